"""Entries of an organization's stream, the newest first, page by page and by filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from seatrobot.kernel import streams
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.log import text

PAGE = 50


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to show. since, until: days in UTC, both included. area: the first part of actions."""

    account: UUID | None = None
    area: str = ""
    event: UUID | None = None
    since: date | None = None
    until: date | None = None

    def words(self) -> list[str]:
        """Return what is filtered, for the journal."""
        chosen = {name: getattr(self, name) for name in self.__slots__}
        return [f"{name}: {value}" for name, value in chosen.items() if value]


def newest(organization_id: UUID, chosen: LogFilter, before: UUID | None, size: int) -> list[Entry]:
    """Return the newest matching entries older than `before`."""
    wanted: dict[str, list[Any]] = {}
    if chosen.account:
        wanted["actor_id"] = [chosen.account]
    if chosen.event:
        wanted["event_id"] = [chosen.event]
    if chosen.area:
        wanted["action"] = text.actions_of(chosen.area)
    return streams.newest(
        Entry.objects.all(),
        organization_id,
        wanted,
        window(chosen.since, chosen.until, before),
        size,
    )


def page(
    organization_id: UUID, chosen: LogFilter, before: UUID | None
) -> tuple[list[Entry], UUID | None]:
    """Return one page, and from where the next one goes on (None when this is the last)."""
    found = newest(organization_id, chosen, before, PAGE + 1)
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def window(since: date | None, until: date | None, before: UUID | None) -> streams.Window:
    """Return where the days from `since` to `until` (UTC, both included) begin and end."""
    end = min(_last_id(until), before or streams.NEWEST)
    return streams.Window(_first_id(since) if since else streams.OLDEST, end)


def _first_id(day: date) -> UUID:
    return first_id(datetime.combine(day, time(), UTC))


def _last_id(day: date | None) -> UUID:
    return _first_id(day + timedelta(days=1)) if day and day < date.max else streams.NEWEST
