"""The date of an event as a file for calendars (RFC 5545), the same for everybody who is invited.

METHOD:PUBLISH and nobody's name: an invitation by METHOD:REQUEST lets calendars answer past the
guest's page, and would name the guests. The time zone is written out for the years around the
event, each change by itself: several readers take only the first of a list of changes, and so show
every summer's time one hour late.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import icalendar
from django.conf import settings

from seatrobot.events.models import Event

AROUND = timedelta(days=370)
STEP, SECOND = timedelta(hours=12), timedelta(seconds=1)
NAME = "invitation.ics"


class _Time(NamedTuple):
    offset: timedelta
    is_summer: bool
    name: str


def file_of(event: Event, *, organizer: tuple[str, str], sequence: int, cancelled: bool) -> bytes:
    """Return the file. organizer: name and an address that somebody reads.

    sequence: higher for each later one, so that calendars replace what they have.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Seatrobot//Invitations//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method(cancelled=cancelled))
    item = icalendar.Event()
    host = settings.BASE_URL.partition("://")[2].partition(":")[0]
    item.add("uid", f"{event.pk}@{host}")
    item.add("sequence", sequence)
    item.add("dtstamp", datetime.now(UTC).replace(microsecond=0))
    item.add("summary", event.title)
    if event.sealed.venue:
        item.add("location", event.sealed.venue)
    item.add("dtstart", event.starts_at.astimezone(event.zone))
    item.add("dtend", event.ends_at.astimezone(event.zone))
    item.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    item.add("transp", "OPAQUE")
    name, address = organizer
    if address:
        person = icalendar.vCalAddress(f"mailto:{address}")
        person.params["cn"] = icalendar.vText(name)
        item.add("organizer", person)
    calendar.add_component(item)
    text: str = calendar.to_ical().decode()
    if event.time_zone == "UTC":
        return text.encode()
    zone = vtimezone(event.zone, event.starts_at - AROUND, event.ends_at + AROUND)
    return text.replace("BEGIN:VEVENT", f"{zone}\r\nBEGIN:VEVENT", 1).encode()


def method(*, cancelled: bool) -> str:
    return "CANCEL" if cancelled else "PUBLISH"


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime) -> str:
    """Return a VTIMEZONE with an observance for each change between two moments."""
    moment = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    at = _at(zone, moment)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone.key}", *_observance(moment, at, at)]
    while moment < last.astimezone(UTC):
        after = _at(zone, moment + STEP)
        if after != at:
            change = _change(zone, moment, moment + STEP)
            lines += _observance(change, at, after)
            at = after
        moment += STEP
    return "\r\n".join([*lines, "END:VTIMEZONE"])


def _at(zone: ZoneInfo, moment: datetime) -> _Time:
    local = moment.astimezone(zone)
    return _Time(local.utcoffset() or timedelta(), bool(local.dst()), local.tzname() or "")


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which the clocks change between two moments."""
    was = _at(zone, before)
    while after - before > SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _at(zone, middle) == was:
            before = middle
        else:
            after = middle
    return after


def _observance(moment: datetime, before: _Time, after: _Time) -> list[str]:
    """Return an observance; its onset is told by the clock before the change."""
    kind = "DAYLIGHT" if after.is_summer else "STANDARD"
    onset = (moment + before.offset).strftime("%Y%m%dT%H%M%S")
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset}",
        f"TZOFFSETFROM:{_offset(before.offset)}",
        f"TZOFFSETTO:{_offset(after.offset)}",
        f"TZNAME:{after.name}",
        f"END:{kind}",
    ]


def _offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign, seconds = ("+", seconds) if seconds >= 0 else ("-", -seconds)
    text = f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}"
    return f"{text}{seconds % 60:02}" if seconds % 60 else text
