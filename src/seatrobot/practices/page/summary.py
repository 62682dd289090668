"""All rows by section, and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.status import State
from seatrobot.practices.page import bars
from seatrobot.practices.page.appearance import APPEARANCES
from seatrobot.practices.page.reading import Reading
from seatrobot.practices.page.rows import Row
from seatrobot.practices.sections import SECTIONS, Section


@dataclass(frozen=True, slots=True)
class SectionRows:
    """all: the rows of the section; shown: those that pass the filter."""

    section: Section
    all: Sequence[Row]
    shown: Sequence[Row]

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

    def __str__(self) -> str:
        """Return "9 of 45 kept · 2 attested · 34 unproven · 0 broken"."""
        return " · ".join(counted(each.state, count, self.total) for each, count in self.counts)


def sections(reading: Reading, wanted: State | None = None) -> list[SectionRows]:
    """Return the sections in the order of the page; with `wanted` only rows in that state show."""
    rows = list(_rows(reading))
    mine = [(each, [row for row in rows if row.promise.section == each.id]) for each in SECTIONS]
    return [
        SectionRows(each, all_, [row for row in all_ if wanted in {None, row.state}])
        for each, all_ in mine
    ]


def overview(rows: Sequence[SectionRows]) -> SafeString:
    """Draw every promise as one bar, in the order of the page."""
    return bars.overview([[row.state for row in section.all] for section in rows])


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


def _rows(reading: Reading) -> Iterator[Row]:
    for standing in reading.statuses:
        yield Row(standing, reading.days.get(standing.promise.id), reading.moment)
