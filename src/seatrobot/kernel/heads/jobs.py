"""Each minute a head, kept outside the database, then shown to the witnesses."""

from __future__ import annotations

import logging

from seatrobot.kernel.heads import services, witnesses
from seatrobot.kernel.jobs import Work, every
from seatrobot.kernel.journal.sequencer import sequence

log = logging.getLogger(__name__)


@every("* * * * *", "heads.make")
def make(_work: Work) -> None:
    """Sign a head over everything that has its place by now, and keep it."""
    sequence()
    try:
        services.publish()
    except services.Forgotten as error:
        log.error("No head is signed any more. %s", error)  # noqa: TRY400  no trace needed


@every("* * * * *", "heads.witness")
def show(_work: Work) -> None:
    """Show the newest head to every witness."""
    witnesses.show_newest()
