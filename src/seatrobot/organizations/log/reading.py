"""Entries of an organization's stream, the newest first, page by page and by filter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.log import kinds

M = TypeVar("M", bound=Model)

PAGE = 50
MILLISECONDS_SHIFT = 80


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


def entries(
    organization_id: UUID, chosen: LogFilter, before: UUID | None = None
) -> QuerySet[Entry]:
    """Return matching entries older than `before`, the newest first, along the stream's index."""
    found = Entry.objects.filter(organization_id=organization_id).order_by("-id")
    if chosen.account:
        found = found.filter(actor_id=chosen.account)
    if chosen.event:
        found = found.filter(event_id=chosen.event)
    return between(found, chosen.since, chosen.until, before)


def newest(organization_id: UUID, chosen: LogFilter, before: UUID | None, size: int) -> list[Entry]:
    """Return the newest matching entries older than `before`.

    An area is several actions: the newest of each, along its own index, then the newest of those.
    """
    found = entries(organization_id, chosen, before)
    if not chosen.area:
        return list(found[:size])
    first, *others = (
        found.filter(action=action)[:size] for action in kinds.actions_of(chosen.area)
    )
    return list(first.union(*others, all=True).order_by("-id")[:size] if others else first)


def page(
    organization_id: UUID, chosen: LogFilter, before: UUID | None
) -> tuple[list[Entry], UUID | None]:
    """Return one page, and from where the next one goes on (None when this is the last)."""
    found = newest(organization_id, chosen, before, PAGE + 1)
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def between(
    rows: QuerySet[M], since: date | None, until: date | None, before: UUID | None
) -> QuerySet[M]:
    """Keep rows of the days from `since` to `until` (UTC, both included) older than `before`."""
    if since:
        rows = rows.filter(id__gte=_first_id(since))
    if until:
        rows = rows.filter(id__lt=_first_id(until + timedelta(days=1)))
    return rows.filter(id__lt=before) if before else rows


def _first_id(day: date) -> UUID:
    """Return the smallest UUIDv7 of a day: its 48 bits of milliseconds and zeros."""
    start = datetime.combine(day, time(), UTC)
    return UUID(int=int(start.timestamp() * 1000) << MILLISECONDS_SHIFT)
