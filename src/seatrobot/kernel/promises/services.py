"""Examines promises, stores the evidence, and records changes of state."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.dispatch import Signal
from django.utils.translation import gettext as _
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.build import build_name
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.declaring import (
    PROMISES,
    CannotMeasure,
    Measurement,
    NotSetUp,
    Number,
    Promise,
    published_hash,
)
from seatrobot.kernel.promises.models import Change, Day, Evidence, Examination
from seatrobot.kernel.promises.reading import LatestEvidence
from seatrobot.kernel.promises.status import (
    PromiseStatus,
    State,
    invalid_measurements,
    outside_limits,
)

log = logging.getLogger(__name__)

ACTOR = Actor.system("promises")
LOCK = 7166_0001
"""The advisory lock under which examinations run, so that two schedulers never examine at once."""
AGAIN = timedelta(minutes=10)
"""How soon a promise is examined again that could not be measured."""
FULL_DETAIL = timedelta(days=7)
"""How long all evidence is kept; after that the first and last of each day, and every change."""
KEPT_FOR = timedelta(days=730)
MOST_NOTES = 20
LONGEST_NOTE = 300

changed = Signal()
"""Sent with `change` (Change) in the unit of work that records a change of state."""

Runner = Callable[[Callable[[], None], float], bool]
"""Runs a function for at most so many seconds; returns whether it came to an end."""


class Busy(Exception):
    """Another process is examining."""


class CannotRecord(Exception):
    """This process does not know the role that inserts evidence; the text says so."""


@dataclass(slots=True)
class Result:
    """The result of one examination.

    failure: why nothing was measured, one public sentence; then measurements are empty.
    not_set_up: whether that is because something is not set up here. took: seconds.
    """

    measurements: dict[str, Number] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failure: str = ""
    not_set_up: bool = False
    took: float = 0.0


def in_thread(function: Callable[[], None], seconds: float) -> bool:
    """Run in a thread with a database connection of its own, whose statements end in time too."""

    def body() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{seconds}s"])
            function()
        finally:
            connection.close()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def measure(promise: Promise, runner: Runner = in_thread) -> Result:
    """Run a promise's check; it may raise, hang or return anything, and a result is returned."""
    result = Result()
    begun = time.monotonic()
    if not runner(lambda: _measure(promise, result), promise.timeout.total_seconds()):
        # The thread may still write into its own result.
        result = Result(failure=_("The examination did not come to an end in time."))
    result.took = round(time.monotonic() - begun, 4)
    return result


def examine(promise: Promise, runner: Runner = in_thread) -> Evidence:
    """Examine a promise now and store the evidence, whatever the result."""
    result = measure(promise, runner)
    with acting(ACTOR):
        evidence = _signed(promise, result)
        with recording():
            evidence.save(force_insert=True)
            _add_to_day(evidence, promise)
    return evidence


def examine_due(moment: datetime | None = None, runner: Runner = in_thread) -> list[Evidence]:
    """Examine every promise that is due, then record changes of state; raises Busy."""
    with examining_alone():
        evidence = [examine(promise, runner) for promise in due(moment or now())]
        record_changes()
    return evidence


def request_examination(promise_id: str) -> None:
    """Have a promise examined soon after this unit of work commits; idempotent until it is."""
    defer("promises.examine", once=f"promises.examine {promise_id}", promise=promise_id)


def due(moment: datetime) -> list[Promise]:
    """Return the promises whose newest evidence is older than their interval.

    One that could not be measured is due again sooner; one whose check or wording has changed is
    due at once.
    """
    examined = {promise.id: promise for promise in PROMISES.values() if promise.examine}
    last = {
        row.promise: row
        for row in reading.latest_evidence(list(examined))
        if examined[row.promise].check_hash() in row.text
        and examined[row.promise].sentence_hash() in row.text
    }
    return [row for row in examined.values() if _is_due(row, last.get(row.id), moment)]


def record_changes(moment: datetime | None = None) -> list[Change]:
    """Record a change for every promise whose state differs from the last recorded one."""
    with acting(ACTOR):
        before = {name: change.state for name, change in reading.last_changes().items()}
        return [
            _record_change(row, before.get(row.promise.id, ""))
            for row in reading.statuses(moment)
            if before.get(row.promise.id, "") != row.state
        ]


def thin(moment: datetime | None = None) -> int:
    """Delete evidence that is too old or redundant; return how many rows.

    The database does it (`promises_thin`), because the application may not delete evidence.
    """
    moment = moment or now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT promises_thin(%s, %s)", [moment - FULL_DETAIL, moment - KEPT_FOR])
        return int(cursor.fetchone()[0])


@contextmanager
def examining_alone() -> Iterator[None]:
    """Hold the lock of all examinations; raises Busy while another process holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Busy
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _is_due(promise: Promise, last: LatestEvidence | None, moment: datetime) -> bool:
    """Whether evidence is old enough to examine again; evidence from the future does not count."""
    if last is None:
        return True
    every = promise.every if last.within is not None else min(promise.every, AGAIN)
    return not timedelta() <= moment - last.at < every


@contextmanager
def recording() -> Iterator[None]:
    """Be the role that inserts evidence, inside a transaction; raises CannotRecord.

    Such a process signs in as that role and is the application otherwise (settings.py). The role of
    web and jobs may neither insert evidence nor become it, whatever this function does.
    """
    application = connection.settings_dict["OPTIONS"].get("assume_role")
    if not application:
        raise CannotRecord("Evidence cannot be stored: DATABASE_RECORDER_URL is not set.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        yield
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(application)))


def _signed(promise: Promise, result: Result) -> Evidence:
    """Return new evidence, and record its hash in the journal."""
    moment = now()
    pk = new_id()
    within = None if result.failure else not outside_limits(promise, result.measurements)
    entry = journal.record(
        Action.PROMISE_EXAMINE,
        subject_id=pk,
        promise=promise.id,
        at=round(moment.timestamp() * 1_000_000),
        within=within,
    )
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
            not_set_up=result.not_set_up,
            wording=promise.sentence_hash(),
            published=published_hash(),
        )
    )
    entry.sealed.facts["hash"] = statements.digest(text)
    return Evidence(
        id=pk, promise=promise.id, at=moment, within=within, text=text, signature=signature
    )


def _record_change(row: PromiseStatus, before: str) -> Change:
    change = Change.objects.create(
        promise=row.promise.id, at=now(), before=before, state=row.state, reason=row.reason[:300]
    )
    journal.record(
        Action.PROMISE_CHANGE,
        subject_id=change.pk,
        promise=row.promise.id,
        before=before,
        after=str(State(row.state)),
        hash=statements.digest(
            statements.text_of_change(
                change.pk,
                change.promise,
                change.at,
                before,
                str(State(change.state)),
                change.reason,
                change.number,
            )
        ),
    )
    changed.send(sender=Change, change=change)
    return change


def _add_to_day(evidence: Evidence, promise: Promise) -> None:
    """Add new evidence to the row of its day."""
    day, is_new = Day.objects.select_for_update().get_or_create(
        promise=promise.id,
        day=evidence.at.date(),
        defaults={"first_at": evidence.at, "last_at": evidence.at},
    )
    if not is_new:
        gap = (evidence.at - day.last_at).total_seconds()
        day.longest_gap = max(day.longest_gap, gap)
        day.first_at = min(day.first_at, evidence.at)
        day.last_at = max(day.last_at, evidence.at)
    day.broken |= evidence.within is False
    day.failed |= evidence.within is None
    if evidence.within:
        day.kept_at = evidence.at
    day.save()


def _measure(promise: Promise, result: Result) -> None:
    assert promise.examine is not None
    try:
        measurement: Any = promise.examine()  # it may return anything
        if not isinstance(measurement, Measurement):
            result.failure = _("The examination returned no measurement.")
            return
        result.failure = invalid_measurements(promise, measurement.values)
    except CannotMeasure as reason:
        result.failure = str(reason)[:LONGEST_NOTE]
        result.not_set_up = isinstance(reason, NotSetUp)
    except Exception as error:
        log.exception("the examination of %s failed", promise.id)
        result.failure = _("The examination failed (%s).") % type(error).__name__
    else:
        if not result.failure:
            result.measurements = dict(measurement.values)
            result.notes = [str(note)[:LONGEST_NOTE] for note in measurement.notes[:MOST_NOTES]]
