"""The demonstration's 537 guests, without going through the import."""

import csv
from pathlib import Path

import seatrobot.demo
from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id

DATA = Path(seatrobot.demo.__file__).parent / "congress-dinner.csv"
COLUMNS = ("party", "state", "committees")
PAIRS_EVERY = 6


def everybody_comes(owner, event):
    """Add them all, confirmed; the first two of every six come together."""
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    couples = [new_id() for _ in rows]
    guests = [
        Guest(
            organization_id=owner.organization_id,
            event=event,
            party_id=couples[index - 1] if index % PAIRS_EVERY == 1 else couples[index],
            status=Status.CONFIRMED,
            sealed=GuestRecord(
                title=row["title"],
                first_name=row["first_name"],
                last_name=row["last_name"],
                company=row["organization"],
                tags=[row["tags"]],
                extra={name: row[name] for name in COLUMNS},
            ),
            created_at=now(),
            changed_at=now(),
        )
        for index, row in enumerate(rows)
    ]
    with as_(owner):
        Guest.objects.bulk_create(guests)
    return [guest.pk for guest in guests]
