"""Examinations on a schedule, in a process of their own, which a hanging check cannot outlive."""

from __future__ import annotations

import subprocess
import sys

from seatrobot.kernel.jobs import Work, every, nightly
from seatrobot.kernel.promises import services

LONGEST_SECONDS = 15 * 60


@every("*/5 * * * *", "promises.examine-due")
def examine_due(_work: Work) -> None:
    """Examine whatever is due; the process is ended when it takes too long."""
    command = [sys.executable, "-P", "-m", "seatrobot", "promises", "examine", "--due"]
    subprocess.run(command, timeout=LONGEST_SECONDS, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  our own command


@nightly("promises.thin")
def thin(_work: Work) -> None:
    """Delete evidence that is too old or says nothing more."""
    services.thin()
