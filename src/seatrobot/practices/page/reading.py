"""Reads what the page shows of all promises; answers also when nothing can be read.

Neither a state nor an age is cached from one view to the next.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.reading import DayHistory
from seatrobot.kernel.promises.status import PromiseStatus, StoredEvidence, status_of
from seatrobot.practices.degraded import default_if_unreadable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """days: empty when they cannot be read. is_complete: whether everything could be read."""

    moment: datetime
    statuses: Sequence[PromiseStatus]
    days: Mapping[str, DayHistory]
    is_complete: bool


def read(moment: datetime) -> Reading:
    """Return the status of everything, in three statements; never raises."""
    statuses = _statuses(moment)
    known = not any(row.unavailable for row in statuses)
    days = day_histories_or_none(moment) if known else None
    return Reading(moment, statuses, days or {}, known and days is not None)


def day_histories_or_none(moment: datetime, only: str = "") -> Mapping[str, DayHistory] | None:
    """Return the last ninety days of every promise, or of one; None when they cannot be read."""
    return default_if_unreadable(
        lambda: reading.day_histories(moment.date(), [only] if only else None), None
    )


def _statuses(moment: datetime) -> Sequence[PromiseStatus]:
    try:
        return reading.statuses(moment)
    except Exception:  # such as a missing key: the page must answer
        log.exception("the promises cannot be read")
        return [
            status_of(row, StoredEvidence(unavailable=True), moment) for row in PROMISES.values()
        ]
