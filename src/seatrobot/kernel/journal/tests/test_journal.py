"""What happened is written down with it, or it did not happen."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.conftest import as_
from seatrobot.events.feature import Action as EventAction
from seatrobot.events.models import Event
from seatrobot.kernel import features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.feature import Action as OrganizationAction

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_what_where_and_from_where(alice, dinner):
    with journal.coming_from("203.0.113.7", "Browser/1.0"), as_(alice):
        journal.record(EventAction.EVENT_VIEW, event_id=dinner.pk, rows=3)
    with as_(alice):
        entry = Entry.objects.latest("id")
        assert (entry.action, entry.actor_id, entry.event_id) == (
            EventAction.EVENT_VIEW,
            alice.account_id,
            dinner.pk,
        )
        assert (entry.sealed.ip, entry.sealed.agent) == ("203.0.113.7", "Browser/1.0")
        assert entry.sealed.facts == {"rows": 3}


def test_reading_sealed_data_alone_leaves_an_entry(alice, dinner):
    with as_(alice):
        assert Event.objects.get().title
    with as_(alice):
        entry = Entry.objects.latest("id")
        assert (entry.action, entry.opened) == (KernelAction.VAULT_OPEN, 1)


def test_what_fails_leaves_no_entry(alice, dinner):
    with pytest.raises(RuntimeError), as_(alice):
        journal.record(EventAction.EVENT_DELETE, event_id=dinner.pk)
        raise RuntimeError
    with as_(alice):
        assert not Entry.objects.filter(action=EventAction.EVENT_DELETE).exists()


def test_a_fact_that_could_not_be_read_again_is_refused(alice, dinner):
    with as_(alice), pytest.raises(TypeError):
        journal.record(EventAction.EVENT_VIEW, event=dinner.pk)


def test_if_the_journal_cannot_be_written_nothing_happens(alice, dinner, monkeypatch):
    def broken(_access):
        raise DatabaseError("disk full")

    monkeypatch.setattr(journal, "write", broken)
    with pytest.raises(DatabaseError), as_(alice):
        Event.objects.update(time_zone="Asia/Tokyo")
    monkeypatch.undo()
    with as_(alice):
        assert Event.objects.get().time_zone == dinner.time_zone


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal_entry SET action = ''", "DELETE FROM journal_entry", "TRUNCATE journal_entry"],
)
def test_the_application_cannot_rewrite_the_past(statement, alice):
    with (
        as_(alice),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE journal_entry SET action = ''", "DELETE FROM journal_entry", "TRUNCATE journal_entry"],
)
def test_nor_can_the_owner_of_the_schema(statement, owner_connection):
    with pytest.raises(Exception, match="the journal only grows"):
        owner_connection.execute(statement)


def test_charlie_reads_nothing_of_alices_journal(alice, charlie):
    with as_(alice):
        journal.record(OrganizationAction.ORGANIZATION_VIEW)
    with as_(charlie):
        assert not Entry.objects.filter(organization_id=alice.organization_id).exists()


def test_a_visitor_adds_to_the_platforms_stream_and_sees_nothing_of_it():
    with acting(Actor.visitor()):
        journal.record(AccountAction.ACCOUNT_SIGN_IN_FAIL)
    with acting(Actor.visitor()):
        assert not Entry.objects.exists()


def test_every_action_has_a_sentence_and_stands_sorted():
    assert all(str(action.sentence) for action in features.actions().values())
