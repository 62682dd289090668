"""An organization with a gala, and the archive of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from seatrobot.archive.tests.organizations import archive_of
from seatrobot.conftest import as_
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord, Field, FieldRecord
from seatrobot.guests.models import Arrival, Guest, Party, PartyRecord
from seatrobot.guests.records import GuestRecord, SpecialRecord
from seatrobot.guests.writing import email_index_of
from seatrobot.kernel.clock import now
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import MailRecord, SentMail
from seatrobot.seating.models import Room, SeatAssignment, Table, TableRecord


@pytest.fixture
def gala(alice: Member) -> Event:
    """An event with two guests, one of whom has arrived, at a table."""
    with as_(alice):
        own = {"organization_id": alice.organization_id}
        person = Contact(
            **own,
            sealed=ContactRecord(first_name="Kim", last_name="Li", emails=["kim@x.example"]),
            created_at=now(),
            changed_at=now(),
        )
        person.save(force_insert=True)
        contacts.index_addresses(alice.organization_id, [person])
        event = Event.objects.create(
            **own,
            sealed=EventRecord("Gala", "Opera"),
            starts_at=datetime(2027, 5, 1, 18, tzinfo=UTC),
            ends_at=datetime(2027, 5, 1, 23, tzinfo=UTC),
            created_at=now(),
        )
        own = {**own, "event": event}
        evening = Activity.objects.create(**own, capacity=40, sealed=ActivityRecord())
        hotel, diet = (
            Field.objects.create(
                **own, position=place, special=bool(place), sealed=FieldRecord({"": label})
            )
            for place, label in enumerate(("Hotel", "Diet"))
        )
        party = Party.objects.create(**own, sealed=PartyRecord("Li family"), created_at=now())
        kim = Guest(
            **own,
            party=party,
            contact=person,
            reply="confirmed",
            sealed=GuestRecord(
                first_name="Kim",
                last_name="Li",
                email="kim@x.example",
                company="=1+1",
                answers={hotel.pk: "Ritz"},
            ),
            special=SpecialRecord({diet.pk: "vegan"}),
            created_at=now(),
            changed_at=now(),
            checked_in_at=now(),
            checked_in_by=alice.account_id,
        )
        kim.email_index = email_index_of(kim)
        Arrival.objects.create(
            **own,
            activity=evening,
            guest_id=kim.pk,
            at=kim.checked_in_at,
            by=kim.checked_in_by,
        )
        kim.save(force_insert=True)
        pat = Guest.objects.create(
            **own,
            party=party,
            host=kim,
            sealed=GuestRecord(first_name="Pat", last_name="Li"),
            created_at=now(),
            changed_at=now(),
        )
        room = Room.objects.create(**own, activity=evening)
        table = Table.objects.create(
            **own, room=room, number=1, seats=8, sealed=TableRecord("Family")
        )
        for seat, guest in enumerate((kim, pat)):
            SeatAssignment.objects.create(**own, room=room, table=table, guest=guest, seat=seat)
        SentMail.objects.create(
            organization_id=alice.organization_id,
            sealed=MailRecord("bob@x.example", "Join", "Follow https://a.example/join/secret now"),
            created_at=now(),
        )
    return event


@pytest.fixture
def whole_of() -> Callable[[Member], bytes]:
    """Return what makes the archive of a member's organization."""

    def make(owner: Member) -> bytes:
        with as_(owner):
            return archive_of(owner)

    return make


@pytest.fixture
def whole(alice: Member, gala: Event, whole_of: Callable[[Member], bytes]) -> bytes:
    """The archive of the organization with the gala."""
    return whole_of(alice)
