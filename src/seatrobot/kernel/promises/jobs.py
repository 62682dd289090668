"""Examinations on a schedule, in a process of their own, which a hanging check cannot outlive."""

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
    """Examine whatever is due; where nothing is, see only whether something went stale.

    Most minutes nothing is due, and no process is started.
    """
    if services.due(now()):
        _examine("--due")
        return
    with suppress(services.Busy), services.examining_alone():
        services.note_changes()


@job("promises.examine")
def examine_one(_work: Work, promise: str) -> None:
    """Examine one promise out of turn; see `services.ask`."""
    _examine(promise)


@nightly("promises.thin")
def thin(_work: Work) -> None:
    """Delete evidence that is too old or says nothing more."""
    services.thin()


def _examine(what: str) -> None:
    """Run the command line in a process that is ended when it takes too long."""
    command = [sys.executable, "-P", "-m", "seatrobot", "promises", "examine", what]
    subprocess.run(command, timeout=LONGEST_SECONDS, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
