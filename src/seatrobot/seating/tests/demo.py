"""The demonstration's 537 guests, without going through the import."""

import csv
from pathlib import Path

import seatrobot.demo
from seatrobot.conftest import as_
from seatrobot.guests.models import Guest, Party, PartyRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.clock import now
from seatrobot.seating.tests.conftest import field

DATA = Path(seatrobot.demo.__file__).parent / "congress-dinner.csv"
COLUMNS = ("party", "state", "committees")
PAIRS_EVERY = 6


def everybody_comes(owner, event):
    """Add them all, confirmed; the first two of every six come together."""
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    fields = {name: field(owner, event, name.capitalize()).pk for name in COLUMNS}
    own = {"organization_id": owner.organization_id, "event": event}
    parties = [Party(**own, sealed=PartyRecord(), created_at=now()) for _ in rows]
    guests = [
        Guest(
            **own,
            party=parties[index - 1] if index % PAIRS_EVERY == 1 else parties[index],
            reply=Reply.CONFIRMED,
            sealed=GuestRecord(
                title=row["title"],
                first_name=row["first_name"],
                last_name=row["last_name"],
                company=row["organization"],
                tags=[row["tags"]],
                answers={fields[name]: row[name] for name in COLUMNS},
            ),
            created_at=now(),
            changed_at=now(),
        )
        for index, row in enumerate(rows)
    ]
    with as_(owner):
        Party.objects.bulk_create(parties)
        Guest.objects.bulk_create(guests)
    return [guest.pk for guest in guests]
