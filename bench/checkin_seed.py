"""Put two events of seated guests and door members with sessions into a running instance."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime
from typing import Any

from seatrobot.runtime.application import application

FIRST = [
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Katherine",
    "Dennis",
    "Margaret",
    "Tony",
    "Radia",
    "Vint",
]
LAST = [
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Johnson",
    "Ritchie",
    "Hamilton",
    "Hoare",
    "Perlman",
]
SEATS = 10
PASSWORD = "correct horse battery staple"


def seed(guests: int, members: int, crowd: int) -> dict[str, Any]:
    """Make an event of so many guests, one with a crowd, and members for the doors of both."""
    from django.test import Client

    from seatrobot.accounts.models import Account
    from seatrobot.accounts.services import create_account
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.organizations import services
    from seatrobot.organizations.permissions import GrantedRole, Role

    with acting(Actor.system("bench")):
        owner = create_account(email="alice@bench.test", name="Alice", password=PASSWORD)
        alice = services.found(name="Bench", owner=owner)
    with acting(Actor.system("bench"), alice.organization_id):
        event, identifiers = fill(alice.organization_id, guests)
        large, many = fill(alice.organization_id, crowd)
        grants = [GrantedRole(Role.DOOR, event), GrantedRole(Role.DOOR, large)]
        doors: list[Account] = []
        for number in range(members):
            email = f"door{number}@bench.test"
            door = create_account(email=email, name=f"Door {number}", password=PASSWORD)
            services.add_member(alice.organization_id, door, Role.LIMITED, grants)
            doors.append(door)
    sessions = []
    for door in doors:
        client = Client()
        client.force_login(door, "seatrobot.accounts.signing_in.sessions.PasswordBackend")
        sessions.append({"session": client.cookies["session"].value, "csrf": "c" * 32})
    texts = [name[:3].lower() for name in FIRST + LAST]
    return {
        "door": f"/o/{alice.organization_id}/events/{event}/door/",
        "large_door": f"/o/{alice.organization_id}/events/{large}/door/",
        "guests": identifiers,
        "crowd": many,
        "texts": [random.choice(texts) for _ in range(100)],
        "members": sessions,
    }


def fill(organization_id: Any, guests: int) -> tuple[Any, list[str]]:
    """Make an event whose guests come in parties of one to four and all have a seat."""
    from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
    from seatrobot.guests.models import Guest, Party, PartyRecord
    from seatrobot.guests.records import GuestRecord
    from seatrobot.guests.statuses import Reply
    from seatrobot.kernel.clock import now
    from seatrobot.seating.models import Room, SeatAssignment, Table, TableRecord

    event = Event.objects.create(
        organization_id=organization_id,
        sealed=EventRecord("Congress Dinner"),
        starts_at=datetime(2027, 1, 20, 23, tzinfo=UTC),
        ends_at=datetime(2027, 1, 21, 3, tzinfo=UTC),
        created_at=now(),
    )
    common = {"organization_id": organization_id, "event": event}
    activity = Activity.objects.create(**common, sealed=ActivityRecord())
    moment = {"created_at": now(), "changed_at": now()}
    parties = [
        Party(**common, created_at=now(), sealed=PartyRecord())
        for number in range(guests)
        if number % 5 in {0, 1, 3}
    ]
    rows, party = [], -1
    for number in range(guests):
        party += number % 5 in {0, 1, 3}
        record = GuestRecord(
            first_name=random.choice(FIRST),
            last_name=f"{random.choice(LAST)} {number}",
            email=f"guest{number}@bench.test",
        )
        rows.append(
            Guest(**common, **moment, party=parties[party], reply=Reply.CONFIRMED, sealed=record)
        )
    room = Room.objects.create(**common, activity=activity)
    tables = [
        Table(**common, room=room, number=number + 1, seats=SEATS, sealed=TableRecord())
        for number in range(guests // SEATS + 1)
    ]
    Party.objects.bulk_create(parties, batch_size=1000)
    Guest.objects.bulk_create(rows, batch_size=1000)
    Table.objects.bulk_create(tables)
    SeatAssignment.objects.bulk_create(
        SeatAssignment(
            **common, room=room, guest=row, table=tables[number // SEATS], seat=number % SEATS
        )
        for number, row in enumerate(rows)
    )
    return event.pk, [str(row.pk) for row in rows]


if __name__ == "__main__":
    random.seed(1)
    with application(as_owner=True) as urls:
        result = seed(*map(int, sys.argv[1:]))
    print(json.dumps({**result, "owner_url": urls.owner}))
