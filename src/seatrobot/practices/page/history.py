"""The past of promises: evidence, days and changes of state, a page at a time."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from seatrobot.kernel.journal.models import Leaf
from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.declaring import PROMISES, Promise, Readers
from seatrobot.kernel.promises.models import Change, Evidence, Examination
from seatrobot.kernel.promises.standing import Seen, Standing, State, standing
from seatrobot.practices.page import strips
from seatrobot.practices.page.looks import LOOKS, Look
from seatrobot.practices.page.reading import strips_or_none
from seatrobot.practices.page.rows import Figure, Row, figure_of
from seatrobot.practices.unavailable import or_nothing

log = logging.getLogger(__name__)

PAGE = 20
CHANGES_PAGE = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of evidence in words. is_ours: whether it bears our signature.

    place: of its journal entry in the platform's Merkle tree; None until it has one.
    """

    number: int
    at: datetime
    digest: str
    within: bool | None
    examination: Examination | None
    place: int | None
    figures: Sequence[Figure]
    notes: Sequence[str]

    @property
    def is_ours(self) -> bool:
        return self.examination is not None


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of state in words; sentence is empty when the promise is no longer made."""

    id: UUID
    at: datetime
    promise: str
    sentence: str
    before: Look | None
    after: Look | None
    reason: str


@dataclass(frozen=True, slots=True)
class Turns:
    """A page of changes; more: where the next begins. None could be read: is_complete is false."""

    turns: Sequence[Turn]
    more: UUID | None = None
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Past:
    """One promise with its past. is_complete: whether everything could be read."""

    row: Row
    findings: Sequence[Finding]
    more: int | None
    turns: Sequence[Turn]
    runs: Sequence[tuple[Look, date, date]]
    is_complete: bool


def of(promise: Promise, moment: datetime, before: int | None) -> Past:
    """Return a promise with a page of its evidence, in at most six statements of its own."""
    now_ = _standing(promise, moment)
    days = None if now_.unavailable else strips_or_none(moment, promise.id)
    strip = days[promise.id] if days else None
    rows = None if strip is None else _evidence(promise, before)
    turns = changes(promise=promise.id) if rows is not None else Turns([], is_complete=False)
    shown = (rows or [])[:PAGE]
    return Past(
        row=Row(now_, strip, moment),
        findings=_findings(promise, shown),
        more=shown[-1].number if rows and len(rows) > PAGE else None,
        turns=turns.turns,
        runs=[(LOOKS[s], a, b) for s, a, b in strips.runs(strip.days, moment.date())]
        if strip
        else [],
        is_complete=rows is not None and turns.is_complete,
    )


def changes(before: UUID | None = None, promise: str = "") -> Turns:
    """Return a page of changes of state, the newest first, from before a change.

    Of all promises those that began as unproven are left out: nothing has changed by that.
    """
    rows = Change.objects.order_by("-id")
    rows = rows if promise else rows.exclude(before="", state=State.UNPROVEN)
    rows = rows.filter(id__lt=before) if before else rows
    rows = rows.filter(promise=promise) if promise else rows
    found = or_nothing(lambda: list(rows[: CHANGES_PAGE + 1]), None)
    if found is None:
        return Turns([], is_complete=False)
    shown = found[:CHANGES_PAGE]
    return Turns([_turn(row) for row in shown], shown[-1].id if len(found) > len(shown) else None)


def _standing(promise: Promise, moment: datetime) -> Standing:
    try:
        return reading.standing_of(promise, moment)
    except Exception:  # as on the page: whatever happens, an answer comes
        log.exception("%s cannot be read", promise.id)
        connection.close_if_unusable_or_obsolete()
        return standing(promise, Seen(unavailable=True), moment)


def _evidence(promise: Promise, before: int | None) -> list[Evidence] | None:
    return or_nothing(lambda: reading.evidence_of(promise, PAGE + 1, before), None)


def _findings(promise: Promise, rows: Sequence[Evidence]) -> list[Finding]:
    said = {row.number: reading.examination_if_ours(row) for row in rows}
    places = _places([UUID(each.journal) for each in said.values() if each])
    return [_finding(promise, row, said[row.number], places) for row in rows]


def _places(entries: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """Return where journal entries stand in their tree; nothing when that cannot be read."""
    if not entries:
        return {}
    rows = Leaf.objects.filter(pk__in=entries).values_list("entry_id", "place")
    return or_nothing(lambda: dict(rows), {})


def _finding(
    promise: Promise,
    row: Evidence,
    said: Examination | None,
    places: Mapping[UUID, int | None],
) -> Finding:
    found = said.measurements if said else {}
    return Finding(
        number=row.number,
        at=datetime.fromisoformat(said.at) if said else row.at,
        digest=statements.digest(row.text),
        within=said.within if said else None,
        examination=said,
        place=places.get(UUID(said.journal)) if said else None,
        figures=[figure_of(m, found[m.name]) for m in promise.measures if m.name in found],
        notes=said.notes if said and promise.readers == Readers.EVERYBODY else [],
    )


def _turn(row: Change) -> Turn:
    promise = PROMISES.get(row.promise)
    return Turn(
        id=row.id,
        at=row.at,
        promise=row.promise if promise else "",
        sentence=str(promise.sentence) if promise else row.promise,
        before=next((look for state, look in LOOKS.items() if state == row.before), None),
        after=next((look for state, look in LOOKS.items() if state == row.state), None),
        reason=row.reason,
    )
