"""A list at the door: a party of three, people with accents, and some who are not expected."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.organizations.members import Member
from seatrobot.seating.models import SeatAssignment, Table, TableRecord

Invite = Callable[..., Guest]


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
            return Guest.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                party_id=party or new_id(),
                status=status,
                sealed=GuestRecord(first_name=first, last_name=last, **more),
                created_at=now(),
                changed_at=now(),
            )

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
        extra={"Diet": "no poetry"},
    )


@pytest.fixture
def seat(alice: Member, dinner: Event) -> Callable[[Guest], None]:
    """Return a function that seats a guest at the Sponsors' table."""

    def seat(guest: Guest) -> None:
        with as_(alice):
            table = Table.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                number=1,
                seats=10,
                sealed=TableRecord("Sponsors", "Near the exit"),
            )
            SeatAssignment.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                guest=guest,
                table=table,
                seat=4,
            )

    return seat


@pytest.fixture
def fresh(alice: Member) -> Callable[[Guest], Guest]:
    """Return a function that reads a guest again."""

    def fresh(guest: Guest) -> Guest:
        with as_(alice):
            return Guest.objects.get(pk=guest.pk)

    return fresh
