"""Why somebody is not checked in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from seatrobot.guests.statuses import Status


class Refused(Exception):
    """Nothing was changed at the door."""


class UnknownGuest(Refused):
    """There is no such guest, or no such party, at this event."""


class AlreadyIn(Refused):
    """Somebody was first. at: when. by: the account at the other door, where it is known."""

    def __init__(self, at: datetime, by: UUID | None) -> None:
        super().__init__(f"checked in at {at:%H:%M:%S}")
        self.at = at
        self.by = by


class NoPlace(Refused):
    """The guest's status takes no place, so the guest is not expected."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"a guest who is {status} takes no place")
        self.status = status


class NotIn(Refused):
    """A check-in was taken back that is not there (any more)."""
