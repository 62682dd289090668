"""The database refuses rows that belong to two events, or to two organizations."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection

from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event
from seatrobot.guests import arrivals, writing
from seatrobot.guests.models import Arrival, Guest, Party, PartyRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing, parties
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id

pytestmark = pytest.mark.django_db(transaction=True)


def another_event(member, like):
    with as_(member):
        row = Event.objects.create(
            organization_id=member.organization_id,
            sealed=type(like.sealed)("Gala"),
            starts_at=like.starts_at,
            ends_at=like.ends_at,
            created_at=now(),
        )
        Activity.objects.create(
            organization_id=member.organization_id, event=row, sealed=ActivityRecord()
        )
    return row


def guest(member, event, name):
    own = {"organization_id": member.organization_id, "event_id": event.pk}
    party = Party.objects.create(**own, created_at=now(), sealed=PartyRecord())
    moment = {"created_at": now(), "changed_at": now()}
    return Guest.objects.create(**own, **moment, party=party, sealed=GuestRecord(last_name=name))


@pytest.fixture
def guests(alice, dinner):
    gala = another_event(alice, dinner)
    with as_(alice):
        return guest(alice, dinner, "Adams"), guest(alice, gala, "Clark")


@pytest.mark.parametrize("columns", ["party_id", "event_id", "host_id"])
def test_a_guest_is_of_one_event(columns, alice, guests):
    adams, clark = guests
    wrong = adams.pk if columns == "host_id" else getattr(clark, columns)
    with pytest.raises(IntegrityError), as_(alice):
        Guest.objects.filter(pk=adams.pk).update(**{columns: wrong})


def test_a_guest_is_not_of_an_event_of_another_organization(alice, charlie, dinner, guests):
    theirs = another_event(charlie, dinner)
    with pytest.raises(IntegrityError), as_(alice):
        guest(alice, theirs, "Davis")


@pytest.mark.parametrize("wrong", ["another event", "no event"])
def test_an_arrival_is_at_an_activity_of_its_event(wrong, alice, dinner, guests):
    adams, clark = guests
    event_id = clark.event_id if wrong == "another event" else new_id()
    with pytest.raises(IntegrityError), as_(alice):
        Arrival.objects.create(
            organization_id=alice.organization_id,
            event_id=event_id,
            activity=Activity.objects.get(event=dinner),
            guest=adams,
            at=now(),
        )


def test_guests_of_two_events_do_not_come_together(alice, guests):
    adams, clark = guests
    with as_(alice), pytest.raises(editing.WrongGuest):
        parties.join(actor=alice, guest=adams, other=clark)


@pytest.mark.parametrize("address", ["", "new@guests.test"])
def test_an_address_that_was_changed_is_in_no_index(address, alice, dinner):
    with as_(alice):
        old = GuestRecord(last_name="Adams", email="old@guests.test")
        adams = editing.add(actor=alice, event=dinner, record=old)
        record = GuestRecord(last_name="Adams", email=address)
        editing.change(actor=alice, guest=adams, record=record)
        adams.refresh_from_db()
        index = bytes(adams.email_index) if adams.email_index else None
        assert index == writing.email_index(alice.organization_id, record)


def test_arrivals_of_another_event_are_not_taken_back(alice, dinner, guests):
    _adams, clark = guests
    with as_(alice):
        bulk.check_in(actor=alice, event=clark.event, ids=[clark.pk])
        assert bulk.take_back(actor=alice, event=dinner, ids=[clark.pk]) == 0
        clark.refresh_from_db()
        assert clark.checked_in_at


def run(statement, *values):
    """Run SQL as the application does, past every service."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE guests_guest SET checked_in_at = NULL, checked_in_by = NULL",
        "UPDATE guests_guest SET checked_in_at = checked_in_at - interval '1 hour'",
        "UPDATE guests_guest SET checked_in_by = gen_random_uuid()",
        "UPDATE guests_arrival SET undone_at = now()",
        "UPDATE guests_arrival SET at = at - interval '1 hour'",
        "DELETE FROM guests_arrival",
    ],
)
def test_whoever_is_checked_in_has_arrived(statement, alice, guests):
    adams, clark = guests
    with as_(alice):
        bulk.check_in(actor=alice, event=adams.event, ids=[adams.pk])
    with pytest.raises(DatabaseError), as_(alice):
        run(f"{statement} WHERE event_id = %s", adams.event_id)
    with pytest.raises(IntegrityError), as_(alice):
        run("UPDATE guests_guest SET checked_in_at = now() WHERE id = %s", clark.pk)


def test_whoever_has_arrived_is_checked_in(alice, dinner, guests):
    adams, _clark = guests
    own = {"organization_id": alice.organization_id, "event_id": dinner.pk}
    with as_(alice):
        bulk.check_in(actor=alice, event=dinner, ids=[adams.pk])
        bulk.take_back(actor=alice, event=dinner, ids=[adams.pk])
        activity = Activity.objects.get(event=dinner)
    with pytest.raises(IntegrityError, match="whoever has arrived"), as_(alice):
        run("UPDATE guests_arrival SET undone_at = NULL WHERE guest_id = %s", adams.pk)
    with pytest.raises(IntegrityError, match="whoever has arrived"), as_(alice):
        Arrival.objects.create(**own, activity=activity, guest=adams, at=now())
    with pytest.raises(IntegrityError, match="as one arrival says"), as_(alice):
        run("UPDATE guests_guest SET checked_in_by = gen_random_uuid() WHERE id = %s", adams.pk)
    with as_(alice):  # what does not count needs nobody to be in
        Arrival.objects.create(**own, activity=activity, guest=adams, at=now(), direction="out")


def test_arrivals_go_with_their_guest(alice, guests):
    adams, _clark = guests
    with as_(alice):
        bulk.check_in(actor=alice, event=adams.event, ids=[adams.pk])
        adams.delete()
    with as_(alice):
        assert not Arrival.objects.exists()


def test_an_event_without_an_activity_is_refused(alice, dinner):
    with pytest.raises(IntegrityError), as_(alice):
        Activity.objects.filter(event=dinner).delete()
    with pytest.raises(IntegrityError), as_(alice):
        Event.objects.create(
            organization_id=alice.organization_id,
            sealed=type(dinner.sealed)("Gala"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=now(),
        )
        # Whatever the transaction sees at its end.
        run("SELECT set_config('seatrobot.organization', '', true)")


@pytest.mark.parametrize(
    "value", [b"", b"first_name: Ann, last_name: Adams, e-mail: ann@guests.test"]
)
def test_nothing_in_clear_gets_into_a_sealed_column(value, alice, guests):
    with pytest.raises(IntegrityError), as_(alice):
        run("UPDATE guests_guest SET sealed = %s WHERE id = %s", value, guests[0].pk)


@pytest.mark.parametrize("column", ["reply", "delivery", "money", "withdrawal"])
def test_a_fact_is_one_of_its_words(column, alice, guests):
    with pytest.raises(IntegrityError), as_(alice):
        run(f"UPDATE guests_guest SET {column} = 'unheard' WHERE id = %s", guests[0].pk)


def test_an_activity_takes_no_arrival_with_it_that_counts(alice, dinner, guests):
    adams, _clark = guests
    with as_(alice):
        ceremony = Activity.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            position=1,
            sealed=ActivityRecord("Ceremony"),
        )
        bulk.check_in(actor=alice, event=dinner, ids=[adams.pk])
        arrivals.arrive(event_id=dinner.pk, guest_ids=[adams.pk], by=None, activity_id=ceremony.pk)
        arrivals.take_back(event_id=dinner.pk, guest_ids=[adams.pk], by=None)
    with as_(alice):
        Arrival.objects.filter(activity=ceremony, undone_at=None).get()
    with pytest.raises(IntegrityError), as_(alice):
        ceremony.delete()
