"""Filters and pages that the access log and the sign-in log have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from seatrobot.kernel import streams
from seatrobot.kernel.ids import first_id

PAGE = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show. since, until: days in UTC, both included."""

    account: UUID | None = None
    since: date | None = None
    until: date | None = None

    def words(self) -> list[str]:
        """Return what is filtered, for the journal."""
        names = [*self.__dataclass_fields__]
        chosen = {name: getattr(self, name) for name in names}
        return [f"{name}: {value}" for name, value in chosen.items() if value]

    def window(self, before: UUID | None) -> streams.Window:
        """Return where the chosen days begin and end, and end earlier at `before`."""
        return window(self.since, self.until, before)


def page_of(found: Sequence[Row]) -> tuple[Sequence[Row], UUID | None]:
    """Return PAGE rows of up to PAGE + 1, and where the next page begins; None when it is last."""
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def window(since: date | None, until: date | None, before: UUID | None) -> streams.Window:
    """Return where the days from `since` to `until` (UTC, both included) begin and end."""
    end = min(_last_id(until), before or streams.NEWEST)
    return streams.Window(_first_id(since) if since else streams.OLDEST, end)


def given(columns: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the columns that something is asked of, as `streams.newest` wants them."""
    return {column: [value] for column, value in columns.items() if value}


def _first_id(day: date) -> UUID:
    return first_id(datetime.combine(day, time(), UTC))


def _last_id(day: date | None) -> UUID:
    return _first_id(day + timedelta(days=1)) if day and day < date.max else streams.NEWEST
