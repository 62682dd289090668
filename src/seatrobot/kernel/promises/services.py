"""Examining promises, keeping the evidence, and noticing when a state changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.dispatch import Signal

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.build import build_name
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises import examining, reading, statements
from seatrobot.kernel.promises.days import note_day
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.examining import Result, Runner
from seatrobot.kernel.promises.models import Change, Evidence, Examination
from seatrobot.kernel.promises.standing import Standing, State, outside

ACTOR = Actor.system("promises")
LOCK = 7166_0001
"""The advisory lock under which examinations run, so that two schedulers never examine at once."""
AGAIN = timedelta(minutes=10)
"""How soon a promise is examined again that could not be measured."""
LAST = """
    SELECT latest.* FROM unnest(%s::text[]) AS asked(promise), LATERAL (
        SELECT promise, at, within, text FROM promises_evidence
        WHERE promise = asked.promise ORDER BY number DESC LIMIT 1
    ) AS latest
"""
FULL_DETAIL = timedelta(days=7)
"""How long all evidence is kept; then, of each day, its first and last and every turn."""
KEPT_FOR = timedelta(days=730)

changed = Signal()
"""Sent in the unit of work with `change` (Change) when a promise is seen in another state."""


class Busy(Exception):
    """Another process is examining just now."""


def examine(promise: Promise, runner: Runner | None = None) -> Evidence:
    """Examine a promise now and keep the evidence, whatever came of it."""
    result = examining.run(promise, runner)
    with acting(ACTOR):
        evidence = _keep(promise, result)
        note_day(evidence, promise)
    return evidence


def examine_due(moment: datetime | None = None, runner: Runner | None = None) -> list[Evidence]:
    """Examine every promise whose turn has come, then note changes; raises Busy."""
    with examining_alone():
        evidence = [examine(promise, runner) for promise in due(moment or now())]
        note_changes()
    return evidence


def ask(promise_id: str) -> None:
    """Have a promise examined soon, once this unit of work commits; asking twice is asking once."""
    defer("promises.examine", once=f"promises.examine {promise_id}", promise=promise_id)


def due(moment: datetime) -> list[Promise]:
    """Return the promises whose last evidence is as old as they are examined often.

    One that could not be measured is due again sooner; one whose check has changed, at once.
    """
    examined = {promise.id: promise for promise in PROMISES.values() if promise.examine}
    with connection.cursor() as cursor:
        cursor.execute(LAST, [list(examined)])
        last = {
            name: (at, within)
            for name, at, within, text in cursor.fetchall()
            if examined[name].check_hash() in text
        }
    return [
        row for row in examined.values() if _is_due(row, *last.get(row.id, (None, None)), moment)
    ]


def note_changes(moment: datetime | None = None) -> list[Change]:
    """Note every promise that stands otherwise than when it was looked at last."""
    with acting(ACTOR):
        before = _last_states()
        return [
            _note_change(row, before.get(row.promise.id, ""))
            for row in reading.standings(moment)
            if before.get(row.promise.id, "") != row.state
        ]


def thin(moment: datetime | None = None) -> int:
    """Delete evidence that is too old or says nothing more; return how many rows.

    The database does it (`promises_thin`), because the application may not delete evidence.
    """
    moment = moment or now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT promises_thin(%s, %s)", [moment - FULL_DETAIL, moment - KEPT_FOR])
        return int(cursor.fetchone()[0])


@contextmanager
def examining_alone() -> Iterator[None]:
    """Hold the lock of all examinations; raises Busy when another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Busy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _is_due(promise: Promise, at: datetime | None, within: bool | None, moment: datetime) -> bool:  # noqa: FBT001  what evidence says
    """Evidence from the future is as good as none."""
    every = promise.every if within is not None else min(promise.every, AGAIN)
    return at is None or not timedelta() <= moment - at < every


def _keep(promise: Promise, result: Result) -> Evidence:
    moment = now()
    pk = new_id()
    within = None if result.failure else not outside(promise, result.measurements)
    entry = journal.record(Action.PROMISE_EXAMINE, subject=pk, promise=promise.id)
    text, signature = statements.sign(
        Examination(
            id=str(pk),
            promise=promise.id,
            at=moment.isoformat(),
            took=result.took,
            code=build_name(),
            check=promise.check_hash(),
            journal=str(entry.pk),
            measurements=result.measurements,
            notes=result.notes,
            failure=result.failure,
            within=within,
        )
    )
    entry.sealed.facts["hash"] = statements.digest(text)
    return Evidence.objects.create(
        id=pk, promise=promise.id, at=moment, within=within, text=text, signature=signature
    )


def _last_states() -> dict[str, str]:
    rows = Change.objects.order_by("promise", "-number").distinct("promise")
    return dict(rows.values_list("promise", "state"))


def _note_change(row: Standing, before: str) -> Change:
    change = Change.objects.create(
        promise=row.promise.id, at=now(), before=before, state=row.state, reason=row.reason[:300]
    )
    journal.record(
        Action.PROMISE_CHANGE,
        subject=change.pk,
        promise=row.promise.id,
        before=before,
        after=str(State(row.state)),
    )
    changed.send(sender=Change, change=change)
    return change
