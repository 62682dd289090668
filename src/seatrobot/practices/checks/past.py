"""Days of the strips as the journal tells them, so that a past is found rewritten however old.

Each examination leaves an entry with its moment, its outcome and the hash of its evidence, and no
entry is ever deleted. So what a day's summary must say, and which evidence of it must still be
there, follows from the journal alone; the journal is proven by its tree. Some days have their turn
at each examination, and all ninety within a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.reading import DAYS
from seatrobot.kernel.promises.services import FULL_DETAIL

AT_ONCE = 3
EVERY = timedelta(minutes=30)
"""How often days have their turn."""
AROUND = timedelta(minutes=5)
"""An entry is written a moment after its examination ended, perhaps on the next day."""
GAP_SECONDS = 1
ENTRIES = """
    SELECT id, subject_id, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = %s AND id >= %s AND id < %s ORDER BY id
"""
STORED = """
    SELECT promise, first_at, last_at, kept_at, longest_gap, broken, failed
    FROM promises_day WHERE day = %s
"""
THERE = "SELECT id FROM promises_evidence WHERE id = ANY(%s)"

Open = Callable[[UUID, bytes], Mapping[str, Any]]
"""Opens an entry of the platform's stream by its identifier and sealed bytes; returns its facts."""


class Examined(NamedTuple):
    """An examination as its journal entry tells it."""

    evidence: UUID
    at: datetime
    within: bool | None


class Found(NamedTuple):
    """What is wrong with days. days: promises whose summary differs. gone: evidence that is."""

    days: list[tuple[str, date]]
    gone: list[UUID]


def days_of_this_turn(moment: datetime) -> list[date]:
    """Return which of the last ninety days have their turn."""
    turn = int(moment.timestamp() // EVERY.total_seconds()) * AT_ONCE
    return [moment.date() - timedelta(days=(turn + each) % DAYS) for each in range(AT_ONCE)]


def compare(examiner: psycopg.Connection, moment: datetime, day: date, open_: Open) -> Found:
    """Compare the summaries and the evidence of a day with the journal."""
    examined = _examined(examiner, day, open_)
    stored = {row[0]: row[1:] for row in examiner.execute(STORED, [day])}
    wrong = [
        (promise, day)
        for promise in sorted({*examined, *stored})
        if not _agree(examined.get(promise, []), stored.get(promise))
    ]
    is_thinned = day <= (moment - FULL_DETAIL).date()
    wanted = {
        each.evidence for rows in examined.values() for each in _lasting(rows, thinned=is_thinned)
    }
    there = {pk for (pk,) in examiner.execute(THERE, [list(wanted)])}
    return Found(wrong, sorted(wanted - there))


def _examined(examiner: psycopg.Connection, day: date, open_: Open) -> dict[str, list[Examined]]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    bounds = [first_id(midnight - AROUND), first_id(midnight + timedelta(days=1) + AROUND)]
    found: dict[str, list[Examined]] = defaultdict(list)
    for pk, subject, sealed in examiner.execute(ENTRIES, [Action.PROMISE_EXAMINE, *bounds]):
        facts = open_(pk, bytes(sealed))
        at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(facts.get("at", 0)))
        if at.date() == day:
            found[str(facts.get("promise", ""))].append(Examined(subject, at, facts.get("within")))
    return found


def _agree(rows: Sequence[Examined], stored: tuple[Any, ...] | None) -> bool:
    """Whether a stored summary is what the examinations of its day make."""
    if not rows or stored is None:
        return not rows and stored is None
    moments = [each.at for each in rows]
    kept = [each.at for each in rows if each.within]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    first_at, last_at, kept_at, longest_gap, broken, failed = stored
    return (first_at, last_at, kept_at) == (
        min(moments),
        max(moments),
        kept[-1] if kept else None,
    ) and (
        abs(longest_gap - max([0.0, *gaps])) <= GAP_SECONDS
        and broken == any(each.within is False for each in rows)
        and failed == any(each.within is None for each in rows)
    )


def _lasting(rows: Sequence[Examined], *, thinned: bool) -> Iterator[Examined]:
    """Return the examinations whose evidence must still be there.

    thinned: only the first and the last of the day, and every one with another outcome than the
    one before, as `promises_thin` leaves them.
    """
    for place, each in enumerate(rows):
        is_end = place in {0, len(rows) - 1}
        if not thinned or is_end or rows[place - 1].within != each.within:
            yield each
