"""Guests and tables for the tests of seating."""

from collections.abc import Callable

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Event, EventRecord
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.seating.services import tables as table_services
from seatrobot.seating.services.tables import TableFacts


def invite(owner, event, *names, party=None, status=Status.CONFIRMED, **extra):
    """Add guests by full name; `party=True` makes them one party. Returns their identifiers."""
    party_id = new_id() if party else None
    with as_(owner):
        rows = [
            Guest(
                organization_id=owner.organization_id,
                event=event,
                party_id=party_id or new_id(),
                status=status,
                sealed=GuestRecord(
                    first_name=name.partition(" ")[0],
                    last_name=name.partition(" ")[2],
                    extra=dict(extra),
                ),
                created_at=now(),
                changed_at=now(),
            )
            for name in names
        ]
        Guest.objects.bulk_create(rows)
    return [row.pk for row in rows]


def furnish(owner, event, count=2, seats=4, **facts):
    """Add tables; returns their identifiers in order."""
    with as_(owner):
        added = table_services.add_tables(
            actor=owner, event_id=event.pk, count=count, facts=TableFacts(seats=seats, **facts)
        )
    return [table.pk for table in added]


@pytest.fixture
def guests(alice, dinner) -> Callable[..., list]:
    return lambda *names, **facts: invite(alice, dinner, *names, **facts)


@pytest.fixture
def tables(alice, dinner) -> list:
    return furnish(alice, dinner)


@pytest.fixture
def other_event(alice, dinner) -> Event:
    """Another event of the same organization."""
    with as_(alice):
        return Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Breakfast"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=now(),
        )
