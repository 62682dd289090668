"""What the page shows of all promises: read at once, as rows by section, and counted.

It answers also when nothing can be read. No state and no age is cached from one view to the next.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.kernel.build import build_name
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.reading import DayHistory
from seatrobot.kernel.promises.status import Cause, PromiseStatus, State, StoredEvidence, status_of
from seatrobot.practices.degraded import default_if_unreadable
from seatrobot.practices.faults.score import is_published_as_signed
from seatrobot.practices.page import appearance
from seatrobot.practices.page.appearance import APPEARANCES
from seatrobot.practices.page.rows import Row
from seatrobot.practices.sections import SECTIONS, Section

log = logging.getLogger(__name__)

FOLDED = {
    Cause.NOT_SET_UP: (
        "%d promise about what is not set up here",
        "%d promises about what is not set up here",
        gettext_lazy("Each says what would set it up. It is examined a few minutes later."),
    ),
    Cause.NOT_BUILT: (
        "%d promise that nothing measures yet",
        "%d promises that nothing measures yet",
        gettext_lazy("Each says what it waits for."),
    ),
}
"""Causes whose rows are folded into one block: its title for one and for many, and a hint."""
OTHERS = (
    (
        (Cause.FORGED, Cause.CLOCK),
        "An alarm: the evidence of %d was forged, or a clock was wrong.",
        "An alarm: the evidence of %d was forged, or a clock was wrong.",
    ),
    (
        (Cause.NOT_EXAMINED, Cause.CHECK_CHANGED),
        "The examination of %d more is under way; a first round takes some minutes.",
        "Examinations of %d more are under way; a first round takes some minutes.",
    ),
    ((Cause.NOT_MEASURABLE,), "%d could not be measured.", "%d could not be measured."),
    ((Cause.TOO_OLD,), "The evidence of %d is too old.", "The evidence of %d is too old."),
    (
        (Cause.WORDING_CHANGED,),
        "The wording of %d has changed since somebody read it.",
        "The wordings of %d have changed since somebody read them.",
    ),
    ((Cause.UNREADABLE,), "%d cannot be read just now.", "%d cannot be read just now."),
    ((Cause.NOT_ATTESTED,), "%d waits for a signature.", "%d wait for a signature."),
    (
        (Cause.NOT_SET_UP,),
        "%d is about something that is not set up here.",
        "%d are about something that is not set up here.",
    ),
)
"""What the first lines say of the promises that are unproven, by cause, the worst first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """days: empty when they cannot be read. is_complete: whether everything could be read."""

    moment: datetime
    statuses: Sequence[PromiseStatus]
    days: Mapping[str, DayHistory]
    is_complete: bool

    @property
    def is_published_as_signed(self) -> bool:
        """Whether changelog and score are those that the newest evidence was signed with."""
        return is_published_as_signed(self.statuses)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the page is about: the service's host, the build, and since when there is evidence.

    since: the first day with a record, None where there is none or it is before the strips.
    """

    host: str
    build: str
    since: date | None
    is_longer: bool


def scope(found: Reading) -> Scope:
    """Return what the page is about."""
    lengths = [_recorded(each.days) for each in found.days.values()]
    length, most = (
        max(lengths, default=0),
        max((len(e.days) for e in found.days.values()), default=0),
    )
    is_longer = 0 < length == most
    since = found.moment.date() - timedelta(days=length - 1) if length and not is_longer else None
    return Scope(urlsplit(settings.BASE_URL).netloc, build_name(), since, is_longer)


def _recorded(days: Sequence[State | None]) -> int:
    """Return how many days ago the first record is, that day included; 0 where there is none."""
    return next((len(days) - place for place, state in enumerate(days) if state), 0)


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
    def open(self) -> list[Row]:
        """What is shown and is measured or attested here, or is to be."""
        return [row for row in self.shown if row.status.cause not in FOLDED]

    @property
    def text(self) -> str:
        """Return the counts of the section, the worst first: "1 broken, 3 of 5 kept"."""
        return count_states([row.state for row in self.all])


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of one cause that are folded into one block.

    sections: each with the identifier of its heading, which is its own where no other has it.
    """

    title: str
    hint: str
    sections: Sequence[tuple[Section, str, Sequence[Row]]]


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
        self.causes = Counter(row.status.cause for row in rows if row.state == State.UNPROVEN)

    @property
    def lead(self) -> str:
        """Say how many promises were examined or attested, and why the others were not."""
        planned = self.causes[Cause.NOT_BUILT]
        counts = {"examined": self.examined, "total": self.total, "planned": planned}
        counts["built"] = self.total - planned
        sentences = [
            _(
                "%(built)d of %(total)d promises are built; the other %(planned)d are planned."
                " Examined by running code: %(examined)d of the %(built)d."
            )
            % counts
            if planned
            else _("Examined by running code: %(examined)d of %(total)d promises.") % counts
        ]
        if self.attested:
            sentences.append(_("Attested by people: %d.") % self.attested)
        for causes, one, many in OTHERS:
            if count := sum(self.causes[cause] for cause in causes):
                sentences.append(ngettext(one, many, count) % count)
        return " ".join(sentences)

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


def folds(rows: Sequence[SectionRows]) -> list[Fold]:
    """Return the blocks of what is not set up here, and of what nothing measures yet."""
    taken = {each.section.id for each in rows if each.open}
    found = []
    for cause, (one, many, hint) in FOLDED.items():
        inside = []
        for each in rows:
            if mine := [row for row in each.shown if row.status.cause == cause]:
                own = each.section.id
                inside.append((each.section, f"{own}-{cause}" if own in taken else own, mine))
                taken.add(own)
        if count := sum(len(mine) for _section, _anchor, mine in inside):
            found.append(Fold(ngettext(one, many, count) % count, str(hint), inside))
    return found


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
