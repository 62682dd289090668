"""A list at the door: a party of three, people with accents, and some who are not expected."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event
from seatrobot.guests import arrivals, writing
from seatrobot.guests.models import Arrival, Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts, Status
from seatrobot.kernel import lists
from seatrobot.kernel.clock import now
from seatrobot.organizations.members import Member
from seatrobot.seating.models import Room, SeatAssignment, Table, TableRecord

Invite = Callable[..., Guest]


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def invite(alice: Member, dinner: Event) -> Invite:
    """Return a function that puts one guest on the list of the dinner."""

    def invite(
        first: str,
        last: str,
        status: Status = Status.CONFIRMED,
        party: UUID | None = None,
        **more: str,
    ) -> Guest:
        with as_(alice):
            guest = Guest.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                party_id=party or writing.new_party(dinner),
                sealed=GuestRecord(first_name=first, last_name=last, **more),
                created_at=now(),
                changed_at=now(),
                **Facts().with_status(status).columns,
            )
            if status is Status.ATTENDED:
                arrivals.arrive(event_id=dinner.pk, guest_ids=[guest.pk], by=None)
            return guest

    return invite


@pytest.fixture
def ada(invite: Invite) -> Guest:
    return invite(
        "Ada",
        "Lovelace",
        title="Countess",
        email="ada@analytical.test",
        phone="+44 20 1815",
        company="Analytical Engines",
        notes="Allergic to bees",
        tags=["mathematician"],
        reference="REF-1815",
    )


@pytest.fixture
def seat(alice: Member, dinner: Event) -> Callable[[Guest], None]:
    """Return a function that seats a guest at the Sponsors' table."""

    def seat(guest: Guest) -> None:
        with as_(alice):
            common = {"organization_id": alice.organization_id, "event": dinner}
            activity = dinner.activities.get()
            room, _created = Room.objects.get_or_create(activity=activity, defaults=common)
            table = Table.objects.create(
                **common,
                room=room,
                number=1,
                seats=10,
                sealed=TableRecord("Sponsors", "Near the exit"),
            )
            SeatAssignment.objects.create(
                **common,
                room=room,
                guest=guest,
                table=table,
                seat=4,
            )

    return seat


@pytest.fixture
def ceremony(alice: Member, dinner: Event) -> Activity:
    """A second activity of the dinner."""
    with as_(alice):
        return Activity.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            position=1,
            sealed=ActivityRecord("Ceremony"),
        )


@pytest.fixture
def arrivals_of(alice: Member) -> Callable[[Guest], list[Arrival]]:
    """Return a function that reads the arrivals of a guest, the first one first."""

    def arrivals_of(guest: Guest) -> list[Arrival]:
        with as_(alice):
            return list(Arrival.objects.filter(guest=guest).order_by("at"))

    return arrivals_of


@pytest.fixture
def fresh(alice: Member) -> Callable[[Guest], Guest]:
    """Return a function that reads a guest again."""

    def fresh(guest: Guest) -> Guest:
        with as_(alice):
            return Guest.objects.get(pk=guest.pk)

    return fresh
