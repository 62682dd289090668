"""What a person says about an event, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused

LONGEST = {"title": 200, "venue": 300, "description": 10_000}
MOST_PLACES = 1_000_000


class WrongEvent(Refused):
    """Facts that cannot be an event; `problems` are pairs of field and sentence."""


@dataclass(frozen=True, slots=True)
class EventFacts:
    """starts_at, ends_at: aware. time_zone: IANA name. capacity: places, 0 = unlimited."""

    title: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str = "UTC"
    venue: str = ""
    description: str = ""
    capacity: int = 0

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the field and one sentence for each thing that is wrong."""
        if not self.title.strip():
            yield "title", _("Give the event a title.")
        for field, limit in LONGEST.items():
            if len(getattr(self, field)) > limit:
                yield field, _("At most %(limit)s characters are allowed.") % {"limit": limit}
        if self.time_zone not in available_timezones():
            yield "time_zone", _("Choose a time zone from the list.")
        if self.ends_at <= self.starts_at:
            yield "ends_at", _("The event ends before it starts; choose a later end.")
        if not 0 <= self.capacity <= MOST_PLACES:
            yield "capacity", _("Choose a number of places from 0 (no limit) to 1,000,000.")


@dataclass(frozen=True, slots=True)
class ActivityFacts:
    """A further activity of an event. Times are aware; None where they are the event's."""

    title: str
    place: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    capacity: int = 0

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the field and one sentence for each thing that is wrong."""
        if not self.title.strip():
            yield "title", _("Give the activity a title, such as Ceremony.")
        for field, limit in (("title", LONGEST["title"]), ("place", LONGEST["venue"])):
            if len(getattr(self, field)) > limit:
                yield field, _("At most %(limit)s characters are allowed.") % {"limit": limit}
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            yield "ends_at", _("The activity ends before it starts; choose a later end.")
        if not 0 <= self.capacity <= MOST_PLACES:
            yield "capacity", _("Choose a number of places from 0 (no limit) to 1,000,000.")
