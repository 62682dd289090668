"""Until when what a person signed or passed counts; pure functions over editions and times."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

GRACE = timedelta(days=14)
"""How long a signature under the edition before still counts once a new one is published."""
CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far in the future something may be dated that counts already."""


@dataclass(frozen=True, slots=True)
class Stated:
    """An edition as far as the rules ask. earlier_days, valid_days: of courses, see `markdown`."""

    number: int
    published_at: datetime
    valid_days: int = 0
    earlier_days: int | None = None


class Passed(NamedTuple):
    """A completion: of which edition, and when."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """holds: whether it counts now. until: when it stops, None where time does not end it."""

    holds: bool
    until: datetime | None = None


def signature_due(editions: Sequence[Stated], signed: Collection[int], moment: datetime) -> Due:
    """Return whether signatures under these editions of a policy count at a moment.

    editions: by number. Without any nothing can be signed, so nothing counts. Time runs from the
    first edition that is not signed after the last that is, so that editions which follow quickly
    put it off no further.
    """
    if not editions or not signed:
        return Due(holds=False)
    last = max(signed)
    missing = [each for each in editions if each.number > last]
    if not missing:
        return Due(holds=True)
    until = missing[0].published_at + GRACE
    return Due(moment < until, until)


def training_due(editions: Sequence[Stated], passed: Collection[Passed], moment: datetime) -> Due:
    """Return whether completions of these editions of a course count at a moment.

    A completion counts for the days that its edition says, and no longer than a later edition lets
    earlier ones count.
    """
    by_number = {each.number: each for each in editions}
    ends = [
        _end(by_number, each)
        for each in passed
        if each.number in by_number and each.at <= moment + CLOCK_TOLERANCE
    ]
    if not ends:
        return Due(holds=False)
    until = max(ends)
    return Due(moment < until, until)


def _end(editions: dict[int, Stated], passed: Passed) -> datetime:
    own = passed.at + timedelta(days=editions[passed.number].valid_days)
    later = [
        each.published_at + timedelta(days=each.earlier_days)
        for each in editions.values()
        if each.number > passed.number and each.earlier_days is not None
    ]
    return min([own, *later])
