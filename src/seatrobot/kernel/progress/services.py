"""Long work tells how far it is, outside its own transaction, so that people see it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from uuid import UUID

from seatrobot.kernel import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.progress.herald import Herald
from seatrobot.kernel.progress.models import Outcome, Progress


class Report(Protocol):
    def __call__(self, done: int, total: int) -> None: ...


def start(kind: str, *, event_id: UUID | None = None, total: int = 0) -> Progress:
    """Note that a piece of long work was asked for."""
    access = acting.current()
    assert access.organization_id is not None
    return Progress.objects.create(
        organization_id=access.organization_id,
        kind=kind,
        account_id=access.actor.id,
        event_id=event_id,
        total=total,
        started_at=now(),
        sealed=Outcome(),
    )


def finish(progress_id: UUID, message: str, **facts: str | float | bool | list[str] | None) -> None:
    """Note that the work is done, with one sentence on what came of it."""
    _end(progress_id, Progress.State.DONE, Outcome(message, facts))


def fail(progress_id: UUID, message: str) -> None:
    """Note that the work was given up, with one sentence on why."""
    _end(progress_id, Progress.State.FAILED, Outcome(message))


def _end(progress_id: UUID, state: Progress.State, outcome: Outcome) -> None:
    progress = Progress.objects.get(pk=progress_id)
    progress.state = state
    progress.finished_at = now()
    progress.sealed = outcome
    if state == Progress.State.DONE:
        progress.done = progress.total
    progress.save()


@contextmanager
def reporting(progress: Progress) -> Iterator[Report]:
    """Give a function that reports `done` of `total`; meanwhile the work gives signs of life."""
    herald = Herald(progress)
    herald.start()
    try:
        yield herald.report
    finally:
        herald.stop()
