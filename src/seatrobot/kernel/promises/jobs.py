"""Scheduled examinations, each in a process that is ended when a check hangs."""

from __future__ import annotations

from contextlib import suppress

from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, every, job, nightly
from seatrobot.kernel.promises import services, starting


@every("* * * * *", "promises.examine-due")
def examine_due(_work: Work) -> None:
    """Examine what is due; when nothing is, only record what has gone stale.

    Most minutes nothing is due, and no process is started.
    """
    if services.due(now()):
        starting.ask("--due")
        return
    with suppress(services.Busy), services.examining_alone():
        services.record_changes()


@job("promises.examine")
def examine_one(_work: Work, promise: str) -> None:
    """Examine one promise before it is due; see `services.request_examination`."""
    starting.ask(promise)


@nightly("promises.thin")
def thin(_work: Work) -> None:
    """Delete evidence that is too old or redundant."""
    services.thin()
