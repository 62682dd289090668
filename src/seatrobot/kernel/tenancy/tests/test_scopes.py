"""A narrow actor sees one event, or one party of it, whatever the code asks the database for."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection
from django.http import JsonResponse
from django.test import RequestFactory

from seatrobot.accounts.models import Account
from seatrobot.checkin.feature import Permission
from seatrobot.conftest import as_, colleague
from seatrobot.contacts.models import Contact, ContactAddress, ContactRecord
from seatrobot.events.models import Activity, ActivityRecord, Event, Field, FieldRecord
from seatrobot.guests.arrivals import arrive
from seatrobot.guests.models import (
    FileRecord,
    Guest,
    Import,
    ImportFile,
    ImportMemory,
    ImportRecord,
    MemoryRecord,
    Party,
    PartyRecord,
)
from seatrobot.guests.records import GuestRecord
from seatrobot.kernel import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.progress.models import Outcome, Progress
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.tenancy.operations import EVENT_AND_PARTY, narrowing
from seatrobot.kernel.tenancy.scopes import Scope, WiderScope
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.organizations.pages import member_page
from seatrobot.organizations.permissions import Role
from seatrobot.seating.models import (
    Proposal,
    Report,
    Room,
    Rule,
    RuleRecord,
    SeatAssignment,
    Step,
    Table,
    TableRecord,
)

pytestmark = pytest.mark.django_db

OPEN = {
    "practices_sign_in_count": "how many people signed in, by hour",
    "accounts_attempt": "counts of failed tries under hashed keys",
    "accounts_pending_reset": "who asked to reset whose factors, and until when; identifiers only",
    "accounts_staff_link": "hashes of one-time links, followed before anybody is signed in",
    "auth_group": "Django's, unused and empty",
    "auth_group_permissions": "Django's, unused and empty",
    "auth_permission": "names of models",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "heads_head": "signed heads over all streams: hashes and counts only",
    "heads_stream": "size and root of each stream; identifiers only",
    "journal_checkpoint": "signed roots of hashes; identifiers of organizations only",
    "journal_leaf": "hashes of entries and their places; identifiers only",
    "organizations_setup_link": "hashes of one-time links from before there is an organization",
    "practices_probe": "which organization is kept for examinations; identifiers only",
    "procrastinate_events": "the queue: identifiers only; narrow actors defer jobs too",
    "procrastinate_jobs": "the queue: identifiers only; narrow actors defer jobs too",
    "procrastinate_periodic_defers": "the queue: identifiers only",
    "procrastinate_workers": "the queue: identifiers only",
    "promises_attestation": "what people attest in a role; public",
    "promises_change": "when a promise changed its state; public",
    "promises_day": "what became of a promise on a day; public",
    "promises_evidence": "what examinations measured, never Customer Data; signed",
    "promises_signing_key": "hashes of public keys of passkeys; identifiers only",
    "subscribing_listener": "which organizations want to hear of changes; identifiers only",
    "subscribing_untold": "which changes of promises are still to be told; identifiers only",
}
"""Tables that a narrow actor sees all of, with the reason. None of them holds a sealed value."""

UNHELD = """
    SELECT relname FROM pg_class c
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND NOT (relrowsecurity AND relforcerowsecurity AND EXISTS (
        SELECT FROM pg_policy WHERE polrelid = c.oid AND polroles = '{0}'
          AND NOT polpermissive AND polcmd IN ('*', 'r')
          AND pg_get_expr(polqual, polrelid) LIKE ALL
              (ARRAY['%seatrobot.event''%', '%seatrobot.party''%', '%seatrobot.package''%'])))
"""
READABLE = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND has_table_privilege(oid, 'SELECT')
"""
DROP_SCOPE = "DROP POLICY guests_guest_scope ON guests_guest;"


def unheld(cursor) -> set[str]:
    return {name for (name,) in cursor.execute(UNHELD).fetchall()}


def test_every_table_holds_a_narrow_actor_or_is_named_with_a_reason(superuser_connection):
    assert unheld(superuser_connection) == OPEN.keys()


def test_no_table_with_a_sealed_value_is_open_to_a_narrow_actor():
    sealed = {
        model._meta.db_table
        for model in apps.get_models()
        if any(isinstance(field, SealedField) for field in model._meta.local_concrete_fields)
    }
    assert sealed
    assert sealed.isdisjoint(OPEN)


@pytest.mark.parametrize(
    "fault",
    [
        DROP_SCOPE,
        "CREATE TABLE forgotten (organization_id uuid)",
        DROP_SCOPE + narrowing("guests_guest", EVENT_AND_PARTY).replace(".party", ".other"),
    ],
)
def test_a_table_that_holds_nobody_is_found(fault, superuser_connection, db):
    with superuser_connection.transaction(force_rollback=True):
        superuser_connection.execute(fault)
        assert unheld(superuser_connection) - OPEN.keys()


@pytest.fixture
def gala(alice, dinner):
    with as_(alice):
        row = Event.objects.get(pk=dinner.pk)
        row.pk, row.sealed = new_id(), row.sealed  # sealed again, for the new row
        row.save(force_insert=True)
        Activity.objects.create(
            organization_id=alice.organization_id, event=row, sealed=ActivityRecord()
        )
    return row


def guest(event, name):
    moment = {"created_at": now(), "changed_at": now()}
    own = {"organization_id": event.organization_id, "event": event}
    party = Party.objects.create(**own, created_at=now(), sealed=PartyRecord())
    return Guest.objects.create(**own, **moment, party=party, sealed=GuestRecord(last_name=name))


@pytest.fixture
def guests(alice, bob, charlie, dinner, gala):
    """Two parties of Alice's dinner, one of her gala; tables, rules and mail beside them."""
    with as_(alice):
        found = {name: guest(dinner, name) for name in ("Adams", "Baker")}
        found["Clark"] = guest(gala, "Clark")
        for event in (dinner, gala):
            own = {"organization_id": alice.organization_id, "event": event}
            activity = Activity.objects.get(event=event)
            its_guest = found["Adams" if event == dinner else "Clark"]
            fill(own, activity, its_guest)
    return found


def fill(own, activity, its_guest):
    """Make a row in every table that an event has rows in."""
    moment = now()
    organization = {"organization_id": own["organization_id"]}
    contact = Contact.objects.create(
        **organization,
        created_at=moment,
        changed_at=moment,
        sealed=ContactRecord(last_name=its_guest.sealed.last_name),
    )
    ContactAddress.objects.create(**organization, contact=contact, email_index=b"x")
    arrive(event_id=own["event"].pk, guest_ids=[its_guest.pk], by=None, activity_id=activity.pk)
    Field.objects.create(**own, position=0, sealed=FieldRecord({"": "Hotel"}))
    upload = Import.objects.create(**own, created_at=moment, sealed=ImportRecord("a.csv"))
    ImportFile.objects.create(**organization, upload=upload, sealed=FileRecord(b"x"))
    ImportMemory.objects.create(
        **organization,
        headings_index=own["event"].pk.bytes,
        sealed=MemoryRecord(),
        used_at=moment,
    )
    Progress.objects.create(
        **organization,
        kind="guests.import",
        event_id=own["event"].pk,
        started_at=moment,
        sealed=Outcome(),
    )
    own["room"] = Room.objects.create(**own, activity=activity)
    table = Table.objects.create(**own, number=1, seats=8, sealed=TableRecord())
    Rule.objects.create(**own, kind=Rule.Kind.APART, sealed=RuleRecord())
    SeatAssignment.objects.create(**own, table=table, guest=its_guest, seat=0)
    Step.objects.create(**own, kind=Step.Kind.MOVE, before=[], after=[], at=moment)
    Proposal.objects.create(
        **own,
        mode=Proposal.Mode.AGAIN,
        progress_id=new_id(),
        seconds_allowed=1,
        created_at=moment,
        sealed=Report(),
    )


def everything() -> dict[str, list[dict]]:
    """Ask for every row of every table, as a view would that forgot each condition."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(READABLE)
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT to_jsonb(t) FROM {name} t")
            found[name] = [json.loads(row) for (row,) in cursor.fetchall()]
    return {name: rows for name, rows in found.items() if rows and name not in OPEN}


def stolen(member, scope):
    return acting.acting(Actor.link("guest", new_id()), member.organization_id, scope=scope)


def test_a_stolen_event_shows_that_event_alone(alice, dinner, guests):
    with stolen(alice, Scope(dinner.pk)):
        seen = everything()
    assert [row["id"] for row in seen.pop("events_event")] == [str(dinner.pk)]
    assert [row["id"] for row in seen.pop("organizations_organization")]
    assert len(seen["guests_guest"]) == 2
    for rows in seen.values():
        assert {row["event_id"] for row in rows} == {str(dinner.pk)}


def test_a_stolen_party_shows_that_party_alone(alice, dinner, guests):
    party = guests["Adams"].party_id
    with stolen(alice, Scope(dinner.pk, party=party)):
        seen = everything()
    assert [row["id"] for row in seen.pop("events_event")] == [str(dinner.pk)]
    assert [row["id"] for row in seen.pop("organizations_organization")]
    assert [row["id"] for row in seen.pop("guests_guest")] == [str(guests["Adams"].pk)]
    assert [row["id"] for row in seen.pop("guests_party")] == [str(party)]
    assert {row["party_id"] for rows in seen.values() for row in rows} <= {str(party)}


def test_a_party_of_another_event_shows_nobody(alice, gala, guests):
    with stolen(alice, Scope(gala.pk, party=guests["Adams"].party_id)):
        assert "guests_guest" not in everything()


def test_a_stolen_package_shows_nobody(alice, dinner, guests):
    with stolen(alice, Scope(dinner.pk, package=new_id())):
        assert everything().keys() == {"events_event", "organizations_organization"}


def test_a_member_in_the_scope_of_an_event_sees_their_own_account_too(alice, dinner, guests):
    with alice.acting(Scope(dinner.pk)):
        seen = everything()
    assert [row["id"] for row in seen["accounts_account"]] == [str(alice.account_id)]
    assert [row["account_id"] for row in seen["organizations_membership"]] == [
        str(alice.account_id)
    ]


def test_every_table_of_an_event_has_rows_that_could_be_seen(alice, guests):
    """Or the tests above would show nothing of a table whose policy is wrong."""
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        and model.__module__.split(".")[1] in {"contacts", "events", "guests", "kernel", "seating"}
    }
    with as_(alice):
        assert tables <= everything().keys()


def test_without_a_scope_the_same_question_shows_more(alice, guests):
    with as_(alice):
        seen = everything()
    assert len(seen["guests_guest"]) == 3
    assert len(seen["organizations_membership"]) == 2


def test_nothing_outside_a_scope_can_be_changed(alice, dinner, gala, guests):
    with stolen(alice, Scope(dinner.pk, party=guests["Adams"].party_id)):
        assert Guest.objects.update(email_index=b"x") == 1
        assert Guest.objects.filter(pk=guests["Clark"].pk).delete()[0] == 0
    with pytest.raises(ProgrammingError, match="row-level security"):
        with stolen(alice, Scope(dinner.pk)):
            guest(gala, "Davis")


def test_no_row_can_be_moved_out_of_a_scope(alice, dinner, gala, guests):
    with pytest.raises(ProgrammingError, match="row-level security"):
        with stolen(alice, Scope(dinner.pk)):
            Guest.objects.update(event=gala)


def test_a_view_written_wrong_shows_the_door_its_own_event(alice, dinner, gala, guests, rf):
    """It asks for every guest of everybody, with SQL of its own."""
    doris = colleague("Doris", Role.DOOR, alice, [dinner.pk, gala.pk])

    @member_page(Permission.CHECKIN_USE, in_event=True)
    def wrong(request, event_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM guests_guest UNION ALL SELECT id FROM accounts_account")
            return JsonResponse([str(pk) for (pk,) in cursor.fetchall()], safe=False)

    request = RequestFactory().get("/")
    request.user = Account.objects.get(pk=doris.account_id)
    request.session = type("NoSession", (), {"row": None})()
    answer = wrong(request, organization=alice.organization_id, event_id=gala.pk)
    assert json.loads(answer.content) == [str(guests["Clark"].pk), str(doris.account_id)]


def test_work_inside_a_scope_keeps_it(alice, dinner, gala, guests):
    with alice.acting(Scope(dinner.pk)):
        with as_(alice):
            assert Guest.objects.count() == 2
        with alice.acting(Scope(dinner.pk, party=guests["Baker"].party_id)):
            assert Guest.objects.count() == 1
        assert Guest.objects.count() == 2
    with as_(alice):
        assert Guest.objects.count() == 3


@pytest.mark.parametrize("wider", ["another event", "another party", "the whole event"])
def test_work_inside_a_scope_cannot_leave_it(wider, alice, dinner, gala, guests):
    adams, baker = guests["Adams"].party_id, guests["Baker"].party_id
    scope = {
        "another event": Scope(gala.pk, party=adams),
        "another party": Scope(dinner.pk, party=baker),
        "the whole event": Scope(dinner.pk),
    }[wider]
    with alice.acting(Scope(dinner.pk, party=adams)), pytest.raises(WiderScope):
        with alice.acting(scope):
            pass


def test_a_scope_does_not_outlive_its_work(alice, dinner):
    with alice.acting(Scope(dinner.pk)):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('seatrobot.event', true)")
        assert cursor.fetchone() == ("",)


def test_a_narrow_actor_adds_to_a_journal_that_it_cannot_read(alice, dinner, guests):
    link = new_id()
    scope = Scope(dinner.pk, party=guests["Adams"].party_id)
    with acting.acting(Actor.link("guest", link), alice.organization_id, scope=scope):
        assert Guest.objects.get().sealed.last_name == "Adams"
        assert not Entry.objects.exists()
    with as_(alice):
        entry = Entry.objects.order_by("-id")[0]
    assert (entry.actor_kind, entry.actor_id, entry.opened) == ("link", link, 1)
