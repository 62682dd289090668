"""Guests and tables for the tests of seating."""

from collections.abc import Callable

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord, Field, FieldRecord
from seatrobot.events.reading import load_activity
from seatrobot.guests.models import Guest, Party, PartyRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.clock import now
from seatrobot.seating.services import tables as table_services
from seatrobot.seating.services.tables import TableFacts


def field(owner, event, label, **facts):
    """Return a field of the event by its label; it is made where there is none."""
    with as_(owner):
        for row in Field.objects.filter(event=event):
            if row.sealed.label == label:
                return row
        return Field.objects.create(
            organization_id=owner.organization_id,
            event=event,
            position=Field.objects.filter(event=event).count(),
            sealed=FieldRecord({"": label}),
            **facts,
        )


def column(owner, event, label):
    """Return the key of a column by the label of its field."""
    return f"field:{field(owner, event, label).pk.hex}"


def invite(owner, event, *names, party=None, reply=Reply.CONFIRMED, host=None, **answers):
    """Add guests by full name; `party=True` makes them one party. Returns their identifiers."""
    fields = {field(owner, event, label.capitalize()).pk: v for label, v in answers.items()}
    own = {"organization_id": owner.organization_id, "event": event}
    with as_(owner):
        parties = [
            Party(**own, sealed=PartyRecord(), created_at=now())
            for _ in (names[:1] if party else names)
        ]
        Party.objects.bulk_create(parties)
        rows = [
            Guest(
                **own,
                party=parties[0 if party else index],
                host_id=host,
                reply=reply,
                sealed=GuestRecord(
                    first_name=name.partition(" ")[0],
                    last_name=name.partition(" ")[2],
                    answers=fields,
                ),
                created_at=now(),
                changed_at=now(),
            )
            for index, name in enumerate(names)
        ]
        Guest.objects.bulk_create(rows)
    return [row.pk for row in rows]


def furnish(owner, activity, count=2, seats=4, **facts):
    """Add tables; returns their identifiers in order."""
    with as_(owner):
        added = table_services.add_tables(
            actor=owner, activity=activity, count=count, facts=TableFacts(seats=seats, **facts)
        )
    return [table.pk for table in added]


def activity_of(owner, event):
    """Return the activity that every event has."""
    with as_(owner):
        return load_activity(owner, event.pk)


@pytest.fixture
def evening(alice, dinner) -> Activity:
    """The activity of the dinner."""
    return activity_of(alice, dinner)


@pytest.fixture
def ceremony(alice, dinner, evening) -> Activity:
    """A second activity of the same event."""
    with as_(alice):
        return Activity.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            position=1,
            sealed=ActivityRecord("Ceremony", "Chapel"),
        )


@pytest.fixture
def guests(alice, dinner) -> Callable[..., list]:
    return lambda *names, **facts: invite(alice, dinner, *names, **facts)


@pytest.fixture
def tables(alice, evening) -> list:
    return furnish(alice, evening)


@pytest.fixture
def other_event(alice, dinner) -> Event:
    """Another event of the same organization."""
    own = {"organization_id": alice.organization_id}
    with as_(alice):
        event = Event.objects.create(
            **own,
            sealed=EventRecord("Breakfast"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=now(),
        )
        Activity.objects.create(**own, event=event, sealed=ActivityRecord())
    return event


@pytest.fixture
def elsewhere(alice, other_event) -> Activity:
    """The activity of the other event."""
    return activity_of(alice, other_event)
