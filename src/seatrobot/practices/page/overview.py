"""What the page shows of all promises: read at once, as rows by section, and counted.

It answers also when nothing can be read. No state and no age is cached from one view to the next.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.reading import DayHistory
from seatrobot.kernel.promises.status import PromiseStatus, State, StoredEvidence, status_of
from seatrobot.practices.degraded import default_if_unreadable
from seatrobot.practices.page import appearance
from seatrobot.practices.page.appearance import APPEARANCES
from seatrobot.practices.page.rows import Row
from seatrobot.practices.sections import SECTIONS, Section

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """days: empty when they cannot be read. is_complete: whether everything could be read."""

    moment: datetime
    statuses: Sequence[PromiseStatus]
    days: Mapping[str, DayHistory]
    is_complete: bool


def read(moment: datetime) -> Reading:
    """Return the status of everything, in three statements; never raises."""
    statuses = _statuses(moment)
    known = not any(row.unavailable for row in statuses)
    days = day_histories_or_none(moment) if known else None
    return Reading(moment, statuses, days or {}, known and days is not None)


def day_histories_or_none(moment: datetime, only: str = "") -> Mapping[str, DayHistory] | None:
    """Return the last ninety days of every promise, or of one; None when they cannot be read."""
    return default_if_unreadable(
        lambda: reading.day_histories(moment.date(), [only] if only else None), None
    )


def _statuses(moment: datetime) -> Sequence[PromiseStatus]:
    try:
        return reading.statuses(moment)
    except Exception:  # such as a missing key: the page must answer
        log.exception("the promises cannot be read")
        return [
            status_of(row, StoredEvidence(unavailable=True), moment) for row in PROMISES.values()
        ]


@dataclass(frozen=True, slots=True)
class SectionRows:
    """all: the rows of the section; shown: those that pass the filter."""

    section: Section
    all: Sequence[Row]
    shown: Sequence[Row]

    @property
    def measured(self) -> list[Row]:
        """What is shown and is measured or attested, or could be."""
        return [row for row in self.shown if not _is_planned(row)]

    @property
    def planned(self) -> list[Row]:
        """What is shown and nothing measures yet."""
        return [row for row in self.shown if _is_planned(row)]

    @property
    def text(self) -> str:
        """Return the counts of the section, the worst first: "1 broken, 3 of 5 kept"."""
        return count_states([row.state for row in self.all])


class Summary:
    """How many promises are in each state; counts only, so that nothing is rounded."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.total = len(rows)
        counts = Counter(row.state for row in rows)
        order = [*State]
        if counts[State.BROKEN]:
            order.sort(key=lambda state: state != State.BROKEN)
        self.counts = [(APPEARANCES[state], counts[state]) for state in order]
        self.broken = [row for row in rows if row.state == State.BROKEN]
        measured = {State.KEPT, State.BROKEN}
        self.examined = sum(row.promise.is_examined and row.state in measured for row in rows)
        self.attested = counts[State.ATTESTED]

    @property
    def lead(self) -> str:
        """Say of how many promises anything is known; what is too old to count is not known."""
        return _(
            "Examined by running code: %(examined)d of %(total)d promises. Attested by people:"
            " %(attested)d. Of the other %(others)d nothing is known here, or what is known is too"
            " old to count."
        ) % {
            "examined": self.examined,
            "total": self.total,
            "attested": self.attested,
            "others": self.total - self.examined - self.attested,
        }

    def __str__(self) -> str:
        """Return "9 of 45 kept · 2 attested · 34 unproven · 0 broken"."""
        return " · ".join(counted(each.state, count, self.total) for each, count in self.counts)


def sections(found: Reading, wanted: State | None = None) -> list[SectionRows]:
    """Return the sections in the order of the page; with `wanted` only rows in that state show."""
    rows = list(_rows(found))
    mine = [(each, [row for row in rows if row.promise.section == each.id]) for each in SECTIONS]
    return [
        SectionRows(each, all_, [row for row in all_ if wanted in {None, row.state}])
        for each, all_ in mine
    ]


def _is_planned(row: Row) -> bool:
    return bool(row.promise.waits_for) and row.state == State.UNPROVEN


def picture(rows: Sequence[SectionRows]) -> SafeString:
    """Draw every promise as one bar, in the order of the page."""
    return appearance.overview([[row.state for row in section.all] for section in rows])


def counted(state: State, count: int, total: int) -> str:
    if state == State.KEPT:
        return _("%(count)d of %(total)d kept") % {"count": count, "total": total}
    return f"{count} {state.label}"


def count_states(states: Sequence[State]) -> str:
    """Return "1 broken, 3 of 5 kept": the broken ones first, then the kept ones."""
    counts = Counter(states)
    shown = [State.BROKEN] if counts[State.BROKEN] else []
    shown += [State.KEPT] + ([State.ATTESTED] if counts[State.ATTESTED] else [])
    return ", ".join(counted(state, counts[state], len(states)) for state in shown)


def _rows(found: Reading) -> Iterator[Row]:
    for status in found.statuses:
        yield Row(status, found.days.get(status.promise.id), found.moment)
