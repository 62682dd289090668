"""The history of promises: evidence, days and changes of state, a page at a time."""

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
from seatrobot.kernel.promises.status import PromiseStatus, State, StoredEvidence, status_of
from seatrobot.practices.degraded import default_if_unreadable
from seatrobot.practices.page import appearance
from seatrobot.practices.page.appearance import APPEARANCES, Appearance
from seatrobot.practices.page.rows import Figure, Row, figure_of
from seatrobot.practices.page.summary import day_histories_or_none

log = logging.getLogger(__name__)

PAGE = 20
CHANGES_PAGE = 50


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A row of evidence in words. is_signed: whether it has a valid signature.

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
    def is_signed(self) -> bool:
        return self.examination is not None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of state in words; sentence is empty when the promise is no longer made."""

    id: UUID
    at: datetime
    promise: str
    sentence: str
    before: Appearance | None
    after: Appearance | None
    reason: str


@dataclass(frozen=True, slots=True)
class StateChanges:
    """A page of changes. more: where the next begins. is_complete: whether they could be read."""

    changes: Sequence[StateChange]
    more: UUID | None = None
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class PromiseHistory:
    """One promise with its history. is_complete: whether everything could be read."""

    row: Row
    evidence: Sequence[EvidenceView]
    more: int | None
    changes: Sequence[StateChange]
    runs: Sequence[tuple[Appearance, date, date]]
    is_complete: bool


def of(promise: Promise, moment: datetime, before: int | None) -> PromiseHistory:
    """Return a promise with a page of its evidence, in at most six statements."""
    status = _status(promise, moment)
    days = None if status.unavailable else day_histories_or_none(moment, promise.id)
    day_history = days[promise.id] if days else None
    rows = None if day_history is None else _evidence(promise, before)
    recorded = (
        changes(promise=promise.id) if rows is not None else StateChanges([], is_complete=False)
    )
    shown = (rows or [])[:PAGE]
    return PromiseHistory(
        row=Row(status, day_history, moment),
        evidence=_evidence_views(promise, shown),
        more=shown[-1].number if rows and len(rows) > PAGE else None,
        changes=recorded.changes,
        runs=[
            (APPEARANCES[s], a, b) for s, a, b in appearance.runs(day_history.days, moment.date())
        ]
        if day_history
        else [],
        is_complete=rows is not None and recorded.is_complete,
    )


def changes(before: UUID | None = None, promise: str = "") -> StateChanges:
    """Return a page of changes of state, the newest first, from before a change.

    Of all promises, those that began as unproven are left out: that is no change.
    """
    rows = Change.objects.order_by("-id")
    rows = rows if promise else rows.exclude(before="", state=State.UNPROVEN)
    rows = rows.filter(id__lt=before) if before else rows
    rows = rows.filter(promise=promise) if promise else rows
    found = default_if_unreadable(lambda: list(rows[: CHANGES_PAGE + 1]), None)
    if found is None:
        return StateChanges([], is_complete=False)
    shown = found[:CHANGES_PAGE]
    return StateChanges(
        [_state_change(row) for row in shown], shown[-1].id if len(found) > len(shown) else None
    )


def _status(promise: Promise, moment: datetime) -> PromiseStatus:
    try:
        return reading.read_status(promise, moment)
    except Exception:  # the page answers whatever happens
        log.exception("%s cannot be read", promise.id)
        connection.close_if_unusable_or_obsolete()
        return status_of(promise, StoredEvidence(unavailable=True), moment)


def _evidence(promise: Promise, before: int | None) -> list[Evidence] | None:
    return default_if_unreadable(lambda: reading.evidence_of(promise, PAGE + 1, before), None)


def _evidence_views(promise: Promise, rows: Sequence[Evidence]) -> list[EvidenceView]:
    statements_ = {row.number: reading.examination_if_signed(row) for row in rows}
    places = _places([UUID(each.journal) for each in statements_.values() if each])
    return [_evidence_view(promise, row, statements_[row.number], places) for row in rows]


def _places(entries: Sequence[UUID]) -> Mapping[UUID, int | None]:
    """Return the places of journal entries in their tree; empty when they cannot be read."""
    if not entries:
        return {}
    rows = Leaf.objects.filter(pk__in=entries).values_list("entry_id", "place")
    return default_if_unreadable(lambda: dict(rows), {})


def _evidence_view(
    promise: Promise,
    row: Evidence,
    statement: Examination | None,
    places: Mapping[UUID, int | None],
) -> EvidenceView:
    values = statement.measurements if statement else {}
    return EvidenceView(
        number=row.number,
        at=datetime.fromisoformat(statement.at) if statement else row.at,
        digest=statements.digest(row.text),
        within=statement.within if statement else None,
        examination=statement,
        place=places.get(UUID(statement.journal)) if statement else None,
        figures=[figure_of(m, values[m.name]) for m in promise.measures if m.name in values],
        notes=statement.notes if statement and promise.readers == Readers.EVERYBODY else [],
    )


def _state_change(row: Change) -> StateChange:
    promise = PROMISES.get(row.promise)
    return StateChange(
        id=row.id,
        at=row.at,
        promise=row.promise if promise else "",
        sentence=str(promise.sentence) if promise else row.promise,
        before=next((each for state, each in APPEARANCES.items() if state == row.before), None),
        after=next((each for state, each in APPEARANCES.items() if state == row.state), None),
        reason=row.reason,
    )
