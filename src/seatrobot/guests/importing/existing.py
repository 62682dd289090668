"""The guests an event already has, found by reference, e-mail or name."""

from collections.abc import Iterable
from uuid import UUID

from seatrobot.guests.importing.reports import Change
from seatrobot.guests.records import LIMITS, GuestRecord, fold
from seatrobot.guests.statuses import Status

Guest = tuple[UUID, GuestRecord, Status]


def name_key(record: GuestRecord) -> str:
    """Return folded name and company, empty for a record without a name."""
    if not record.first_name and not record.last_name:
        return ""
    return fold(f"{record.first_name} {record.last_name} {record.suffix}\0{record.company}")


class Existing:
    """Looks up guests; where several share a key, the first one is meant.

    A guest without a reference is known by its identifier, as our own exports give it.
    """

    def __init__(self, guests: Iterable[Guest]) -> None:
        self.by_reference: dict[str, Guest] = {}
        self.by_email: dict[str, Guest] = {}
        self.by_name: dict[str, Guest] = {}
        self.guests = list(guests)
        for guest in self.guests:
            record = guest[1]
            self.by_reference.setdefault(record.reference or str(guest[0]), guest)
            if record.email:
                self.by_email.setdefault(record.email.casefold(), guest)
            if key := name_key(record):
                self.by_name.setdefault(key, guest)

    def match(self, record: GuestRecord) -> Guest | None:
        """Find the guest this row updates: by reference, then by e-mail, never by name."""
        if record.reference and (guest := self.by_reference.get(record.reference)):
            if not guest[1].reference:
                record.reference = ""
            return guest
        return self.by_email.get(record.email.casefold()) if record.email else None


def merge(old: GuestRecord, new: GuestRecord) -> tuple[GuestRecord, list[Change]]:
    """Lay a row over a guest: empty cells erase nothing, tags are added, never taken away."""
    changes = [
        Change(field, was, now)
        for field in LIMITS
        if (now := getattr(new, field)) and now != (was := getattr(old, field))
    ]
    for name, now in new.extra.items():
        if now != (was := old.extra.get(name, "")):
            changes.append(Change(name, was, now))
    tags = list(dict.fromkeys([*old.tags, *new.tags]))
    if tags != old.tags:
        changes.append(Change("tags", "; ".join(old.tags), "; ".join(tags)))
    if not changes:
        return old, changes
    merged = {field: getattr(new, field) or getattr(old, field) for field in LIMITS}
    return GuestRecord(**merged, tags=tags, extra={**old.extra, **new.extra}), changes
