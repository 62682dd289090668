"""Background jobs: deferred in the transaction that wants them, run as whoever asked.

    @job("guests.import")
    def run_import(work: Work, import_id: str) -> None:
        with work.acting():
            ...

    defer("guests.import", import_id=str(row.id))     # inside acting(...)

Arguments are identifiers, never Customer Data: the queue's table is not sealed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.db import IntegrityError, close_old_connections, connection, transaction
from django.utils.translation import gettext as _
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.unit_of_work import UnitOfWork, current
from seatrobot.kernel.vault.errors import KeyringLocked, KeysUnavailable

P = ParamSpec("P")
log = logging.getLogger(__name__)
QUEUE = JobManager(DjangoConnector())
"""Writes on Django's connection; a worker gives `app` a connection that commits on its own."""
WAIT = timedelta(seconds=60)
"""After which a job that waits for keys is tried again."""
NIGHT = "17 3 * * *"
"""When nightly jobs run (UTC)."""


@dataclass(frozen=True, slots=True)
class Work:
    """One run of a job: for which organization and on whose behalf.

    is_last_try: whether the queue gives up when this run raises.
    """

    name: str
    organization_id: UUID | None
    account_id: UUID | None
    is_last_try: bool = True

    def acting(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work as this job; a job may open several, one after the other."""
        return acting(Actor.job(self.name, self.account_id), self.organization_id)


def job(
    name: str, *, tries: int = 1
) -> Callable[[Callable[Concatenate[Work, P], None]], Callable[Concatenate[Work, P], None]]:
    """Register a function as a job under a lasting name.

    tries: how often in all it runs while it raises, with waits of 10 s, 100 s, 1,000 s between.
    """

    def register(
        function: Callable[Concatenate[Work, P], None],
    ) -> Callable[Concatenate[Work, P], None]:
        def run(
            context: JobContext, /, organization: str, account: str, **identifiers: str
        ) -> None:
            close_old_connections()
            work = Work(
                name,
                UUID(organization) if organization else None,
                UUID(account) if account else None,
                context.job.attempts + 1 >= tries,
            )
            try:
                function(work, **identifiers)  # type: ignore[call-arg, arg-type]  # the queue keeps names only
            except KeysUnavailable as error:
                _wait(context, error)

        again = RetryStrategy(max_attempts=tries - 1, exponential_wait=10) if tries > 1 else False
        app.task(name=name, retry=again, pass_context=True)(run)
        return function

    return register


def _wait(context: JobContext, error: KeysUnavailable) -> None:
    """Have a job begin anew later, which counts as no try: it waits for keys, and the log says why.

    It stands in the queue as another job with the same arguments.
    """
    job = context.job
    log.error("The job %s (%s) waits: %s.", job.id, job.task_name, error.cause)
    task = app.configure_task(
        job.task_name,
        allow_unknown=False,
        schedule_at=now() + WAIT,
        lock=job.lock,
        queueing_lock=job.queueing_lock,
    )
    task.job_manager = QUEUE
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(**job.task_kwargs)


def nightly(name: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Register a job of the platform itself that runs every night."""
    return every(NIGHT, name)


@contextmanager
def alone(organization_id: UUID) -> Iterator[None]:
    """Keep what goes wrong for one organization from a job's work for the others: log it.

    One that is locked is logged in a sentence, and waits for the next time.
    """
    try:
        yield
    except KeyringLocked as error:
        log.info("Nothing is done for organization %s now: %s.", organization_id, error.cause)
    except Exception:
        log.exception("A job failed for organization %s, and goes on with others", organization_id)


def every(cron: str, name: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Register a job of the platform itself that runs at set times, once however many workers.

    cron: when, in UTC. One that is still waiting when the next is due stays the only one.
    """

    def register(function: Callable[[Work], None]) -> Callable[[Work], None]:
        def run(timestamp: int) -> None:  # noqa: ARG001  what the queue calls a periodic job with
            close_old_connections()
            try:
                function(Work(name, None, None))
            except KeysUnavailable as error:
                log.error("The job %s did nothing: %s.", name, error.cause)  # noqa: TRY400  a sentence, not a trace

        app.periodic(cron=cron)(app.task(name=name, queueing_lock=name)(run))
        return function

    return register


def defer(
    name: str,
    *,
    after: timedelta | None = None,
    once: str = "",
    **identifiers: str,
) -> None:
    """Ask for a job, for the current organization and actor, when this transaction commits.

    name: what it was registered under; importing the function instead would tie services and jobs
    into circles. Raises procrastinate's TaskNotFound for a name that no job has.
    after: how long to wait at least; without it the job is due at once. once: of all that are
    asked for under the same words only one waits in the queue. Raises NoWorkForStaff on a visit.
    """
    unit = current()
    if unit.masks and unit.organization_id is not None:
        raise NoWorkForStaff
    task = app.configure_task(
        name,
        allow_unknown=False,
        schedule_at=now() + after if after else None,
        queueing_lock=once or None,
    )
    task.job_manager = QUEUE
    identifiers |= {
        "organization": str(unit.organization_id or ""),
        "account": str(unit.actor.account_id or ""),
    }
    if not once:
        task.defer(**identifiers)
        return
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(**identifiers)


class NoWorkForStaff(Refused):
    """A job would go on with an organization's data after the page that staff opened."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            _("Staff start no work in the background of an organization: ask one of its members.")
        )


MOST_RUNS = 3
"""How often a job is begun in all when its worker dies each time."""
STALLED_SECONDS = 120
"""Workers give a sign of life every ten seconds."""
STALLED = """
    SELECT j.id, j.task_name, j.attempts FROM procrastinate_jobs j
    LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing'
      AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %s))
    ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
"""
AGAIN = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
GIVEN_UP = "SELECT procrastinate_finish_job_v1(%s, 'failed', false)"


@every("* * * * *", "jobs.rescue")
def rescue(_work: Work) -> None:
    """Run jobs again whose worker was killed in the middle; give up those that kill it each time.

    A job may so have done its work twice, as after any other failure: a mail may come twice, but
    none is lost.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STALLED, [STALLED_SECONDS])
        for job_id, name, attempts in cursor.fetchall():
            if attempts + 1 < MOST_RUNS and _run_again(job_id):
                log.warning("Job %s (%s) runs again: its worker died.", job_id, name)
            else:
                cursor.execute(GIVEN_UP, [job_id])
                log.error("Job %s (%s) is given up: its worker died.", job_id, name)


def _run_again(job_id: int) -> bool:
    """Put a job back into the queue; False when another waits there in its place."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(AGAIN, [job_id])
    except IntegrityError:
        return False
    return True
