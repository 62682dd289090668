"""Scheduled examinations, each in a process that is ended when a check hangs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, every, job, nightly
from seatrobot.kernel.promises import services

LONGEST_SECONDS = 15 * 60


@every("* * * * *", "promises.examine-due")
def examine_due(_work: Work) -> None:
    """Examine what is due; when nothing is, only record what has gone stale.

    Most minutes nothing is due, and no process is started.
    """
    if services.due(now()):
        _examine("--due")
        return
    with suppress(services.Busy), services.examining_alone():
        services.record_changes()


@job("promises.examine")
def examine_one(_work: Work, promise: str) -> None:
    """Examine one promise before it is due; see `services.request_examination`."""
    _examine(promise)


@nightly("promises.thin")
def thin(_work: Work) -> None:
    """Delete evidence that is too old or redundant."""
    services.thin()


def _examine(what: str) -> None:
    """Run `seatrobot promises examine`; it is ended after LONGEST_SECONDS."""
    command = [sys.executable, "-P", "-m", "seatrobot", "promises", "examine", what]
    subprocess.run(command, timeout=LONGEST_SECONDS, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
