"""The deletion of an organization: whole, resumed wherever it was stopped, nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from seatrobot.accounts.models import Account
from seatrobot.conftest import as_, colleague
from seatrobot.deletion import declarations, erasing, ledger, services, steps
from seatrobot.deletion.models import Deletion, State
from seatrobot.deletion.tests.conftest import ask, fill, reload
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.kernel import caches
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members
from seatrobot.organizations.permissions import Role


def left(superuser, organization_id):
    """Return every column of the database in which an organization's identifier still stands."""
    tables = superuser.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    texts = [str(organization_id), organization_id.hex]
    return {
        table
        for (table,) in tables
        if superuser.execute(
            f'SELECT 1 FROM "{table}" t, unnest(%s::text[]) w WHERE strpos(t::text, w) > 0 LIMIT 1',
            [texts],
        ).fetchone()
    }


def test_all_of_it_goes_and_nothing_else(filled, superuser_connection):
    alice, bob, charlie = filled
    others = erasing.count(charlie.organization_id)
    before = erasing.count(alice.organization_id)
    assert {"guests_guest", "contacts_contact", "organizations_sent_mail"} <= before.keys()
    deletion = ask(alice)

    assert steps.advance(deletion.pk) == State.GONE
    row = reload(deletion)
    assert row.counts["guests_guest"] == before["guests_guest"]
    assert all([row.locked_at, row.unreadable_at, row.gone_at, row.entered_at, row.entry_id])
    assert not vault.exists(alice.organization_id)
    assert not erasing.count(alice.organization_id)
    assert left(superuser_connection, alice.organization_id) <= declarations.KEPT.keys()
    assert ledger.read().has("organizations_organization", alice.organization_id)
    with acting(steps.ACTOR):
        assert not Account.objects.filter(pk=alice.account_id).exists()
        assert Account.objects.filter(pk=bob.account_id).exists()
    assert erasing.count(charlie.organization_id) == others
    with as_(charlie):
        assert [guest.sealed.first_name for guest in Guest.objects.all()] == ["Alma"] * 3
    assert alice.organization_id not in {*vault.organizations()}
    assert caches.held(alice.organization_id) == []
    assert steps.advance(deletion.pk) == State.GONE  # the examiner is next


class Killed(BaseException):
    """The process ends here."""


def stops():
    """Name every moment at which a process can be stopped: before and after each act."""
    acts = (
        (erasing, "count"),
        (erasing, "delete_jobs"),
        (steps, "_save"),
        (vault, "destroy_keyring"),
        (erasing, "delete_rows"),
        (erasing, "_execute"),
        (erasing, "_repeat"),
        (erasing, "delete_accounts"),
        (ledger, "append"),
    )
    return [
        pytest.param(place, name, nth, after, id=f"{name} {nth} {'after' if after else 'before'}")
        for place, name in acts
        for nth in (1, 2, 3)
        for after in (False, True)
    ]


@pytest.mark.django_db(transaction=True)
def test_killed_anywhere_it_goes_on(monkeypatch):
    """One organization after the other, each stopped at another moment, then taken up again."""
    from seatrobot.conftest import founder

    stopped = 0
    for number, parameters in enumerate(stops()):
        place, name, nth, after = parameters.values
        owner = founder(f"Owner{number}", "Foundation")
        fill(owner, guests=1)
        deletion = ask(owner)
        calls, real = [], getattr(place, name)

        def dying(*arguments, real=real, calls=calls, nth=nth, after=after, **named):
            calls.append(1)
            if len(calls) == nth and not after:
                raise Killed
            result = real(*arguments, **named)
            if len(calls) == nth and after:
                raise Killed
            return result

        monkeypatch.setattr(place, name, dying)
        try:
            steps.advance(deletion.pk)
        except Killed:
            stopped += 1
        monkeypatch.setattr(place, name, real)
        assert steps.advance(deletion.pk) == State.GONE, parameters.id
        assert not erasing.count(owner.organization_id), parameters.id
        assert not vault.exists(owner.organization_id), parameters.id
        assert ledger.read().has("organizations_organization", owner.organization_id)
        assert reload(deletion).counts["guests_guest"] == 1, parameters.id
        with acting(steps.ACTOR):
            assert not Account.objects.filter(pk=owner.account_id).exists(), parameters.id
    assert stopped > 30


def test_an_hour_to_think_and_then_nobody_gets_in(filled, monkeypatch, client_of):
    alice, bob, _charlie = filled
    deletion = ask(alice, at_once=False)
    assert steps.advance(deletion.pk) == State.REQUESTED
    with as_(alice):
        services.cancel(actor=alice)
    assert reload(deletion).state == State.CANCELLED
    deletion = ask(alice, at_once=False)
    browser = client_of(bob)
    page = f"/o/{alice.organization_id}/events/"
    assert browser.get(page).status_code == 200
    later = now() + timedelta(hours=1, minutes=1)
    monkeypatch.setattr(steps, "now", lambda: later)
    monkeypatch.setitem(steps.STEPS, State.LOCKED, lambda _row: False)
    assert steps.advance(deletion.pk) == State.LOCKED
    assert browser.get(page).status_code == 404
    with as_(alice):
        assert members.load(alice.account_id, alice.organization_id) is None
    monkeypatch.setattr(services, "now", lambda: later)
    with as_(alice), pytest.raises(Refused, match="too late"):
        services.cancel(actor=alice)


def test_the_primary_owner_alone(filled):
    alice, bob, charlie = filled
    administrator = colleague("Ada", Role.ADMINISTRATOR, alice)
    for member in (bob, administrator):
        with pytest.raises(NotAllowed):
            ask(member)
    with pytest.raises(Refused, match="exactly"):
        ask(alice, name="foundation")
    ask(alice, at_once=False)
    with pytest.raises(Refused, match="already"):
        ask(alice)
    with as_(charlie):
        assert not Deletion.objects.exists()


def test_every_table_is_declared(db):
    found = declarations.declared()
    assert not found.undeclared
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantModel) and not model._meta.abstract
    }
    assert tables <= {*found.tables}
    assert found.tables[-1] == declarations.ORGANIZATIONS
    assert not {*found.tables} & {*declarations.NOBODYS, *declarations.KEPT}
    order = {table: place for place, table in enumerate(found.tables)}
    for place in found.places:
        assert all(order[to] > order[place.table] for to in place.refers if to in order), place


def test_an_invented_table_goes_too_or_is_noticed(filled, owner_connection):
    """With the organization's column it is emptied; of another somebody has to say what it is."""
    alice, _bob, charlie = filled
    owner_connection.execute("CREATE TABLE toasts (organization_id uuid, words text)")
    owner_connection.execute("CREATE TABLE overheard (words text)")
    try:
        for member in (alice, charlie):
            owner_connection.execute(
                "INSERT INTO toasts VALUES (%s, 'hear, hear')", [member.organization_id]
            )
        assert declarations.declared().undeclared == ["overheard"]
        steps.advance(ask(alice).pk)
        kept = owner_connection.execute("SELECT organization_id FROM toasts").fetchall()
        assert kept == [(charlie.organization_id,)]
    finally:
        owner_connection.execute("DROP TABLE toasts, overheard")


def test_an_event_goes_with_all_that_names_it(filled, superuser_connection):
    from seatrobot.events import services as events

    alice, _bob, _charlie = filled
    with as_(alice):
        event = Event.objects.get()
        events.delete(actor=alice, event=event, typed_title="Gala")
    event_id = event.pk or Event
    with acting(steps.ACTOR):
        row = Deletion.objects.get()
    assert row.state == State.GONE
    assert row.counts["guests_guest"] == 3
    assert left(superuser_connection, row.subject_id) <= declarations.KEPT.keys(), event_id
    steps.advance(row.pk)
    assert ledger.read().has("events_event", row.subject_id)


def test_two_processes_do_not_work_on_one_deletion(filled, superuser_connection):
    alice, _bob, _charlie = filled
    deletion = ask(alice)
    key = deletion.pk.int & 0x7FFFFFFF
    superuser_connection.execute("SELECT pg_advisory_lock(%s, %s)", [steps.LOCK, key])
    try:
        assert steps.advance(deletion.pk) == State.REQUESTED
    finally:
        superuser_connection.execute("SELECT pg_advisory_unlock_all()")
    assert steps.advance(deletion.pk) == State.GONE


def test_the_application_removes_no_deletion(filled):
    alice, _bob, _charlie = filled
    ask(alice, at_once=False)
    with (
        as_(alice),
        pytest.raises(Exception, match="under way stays"),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM deletion_deletion")
