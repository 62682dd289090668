"""The newest rows of a long table that fit, from any place on: as quick in ten million as in ten.

PostgreSQL estimates how many rows have a value. Where it is wrong, because a value is new, rare, or
long ago, it walks the whole table backwards and throws nearly everything away. So what is asked is
a range of one index, `(column, id)`, in the order of that index: no other one can answer it. Of
several conditions the one that few rows meet leads, and the others are looked at on the way, within
the time in which there are rows for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThanOrEqual, TupleLessThan

M = TypeVar("M", bound=Model)

OLDEST, NEWEST = UUID(int=0), UUID(int=2**128 - 1)
MANY = 1000
"""Conditions that more rows meet than this are all alike common."""

Wanted = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` on, and older than `before`."""

    since: UUID = OLDEST
    before: UUID = NEWEST


NOTHING = Window(NEWEST, OLDEST)


def newest(
    rows: QuerySet[M], organization_id: UUID | None, wanted: Wanted, window: Window, size: int
) -> list[M]:
    """Return an organization's newest rows within a window that fit.

    wanted: the values that will do, by column, each with an index on `(column, id)`. None fits
    where none will do; without any column all rows of the organization fit.
    """
    if not wanted:
        return list(filtered_page(rows, "organization_id", organization_id, window)[:size])
    if not all(wanted.values()):
        return []
    rows = rows.filter(organization_id=organization_id)
    if len(wanted) > 1:
        window = _common(rows, wanted, window)
    lead = _rarest(rows, wanted, window) if len(wanted) > 1 else next(iter(wanted))
    for column, values in wanted.items():
        if column != lead:
            rows = rows.filter(**{f"{column}__in": values})
    found = _merged(rows, lead, wanted[lead], window, size)
    return list(found.order_by("-id")[:size] if len(wanted[lead]) > 1 else found)


def filtered_page(rows: QuerySet[M], column: str, value: Any, window: Window) -> QuerySet[M]:
    """Return the rows with one value as a range of the index on `(column, id)`, newest first.

    `rows` must not ask for the same column again: PostgreSQL would then order by `id` alone.
    """
    place = (F(column), F("id"))
    within = rows.filter(
        TupleGreaterThanOrEqual(place, (value, window.since)),
        TupleLessThan(place, (value, window.before)),
    )
    return within.filter(**{f"{column}__isnull": False}).order_by(f"-{column}", "-id")


def _common(rows: QuerySet[M], wanted: Wanted, window: Window) -> Window:
    """Narrow a window to the time in which there are rows for each column of one value.

    A member who has left and an event of today never meet, however many rows each of them has.
    """
    for column, values in wanted.items():
        if len(values) == 1:
            ids = filtered_page(rows, column, values[0], window).values_list("id", flat=True)
            last, first = ids.first(), ids.reverse().first()
            window = Window(first, UUID(int=last.int + 1)) if first and last else NOTHING
    return window


def _rarest(rows: QuerySet[M], wanted: Wanted, window: Window) -> str:
    """Return the column whose values the fewest rows have, counting no further than many."""
    return min(
        wanted, key=lambda column: _merged(rows, column, wanted[column], window, MANY).count()
    )


def _merged(
    rows: QuerySet[M], column: str, values: Sequence[Any], window: Window, size: int
) -> QuerySet[M]:
    """Return as many of the newest rows of each value."""
    first, *others = (filtered_page(rows, column, value, window)[:size] for value in values)
    return first.union(*others, all=True) if others else first
