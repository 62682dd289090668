"""What the page needs of all promises, read at once; it answers also when nothing can be read.

Neither a state nor an age is kept from one view to the next.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.reading import Strip
from seatrobot.kernel.promises.standing import Seen, Standing, standing
from seatrobot.practices.unavailable import or_nothing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """strips: empty when they cannot be read. is_complete: whether everything could be read."""

    moment: datetime
    standings: Sequence[Standing]
    strips: Mapping[str, Strip]
    is_complete: bool


def read(moment: datetime) -> Reading:
    """Return how everything stands, from three statements; whatever happens, an answer comes."""
    standings = _standings(moment)
    known = not any(row.unavailable for row in standings)
    strips = strips_or_none(moment) if known else None
    return Reading(moment, standings, strips or {}, known and strips is not None)


def strips_or_none(moment: datetime, only: str = "") -> Mapping[str, Strip] | None:
    """Return the last ninety days of every promise, or of one; None when they cannot be read."""
    return or_nothing(lambda: reading.strips(moment.date(), [only] if only else None), None)


def _standings(moment: datetime) -> Sequence[Standing]:
    try:
        return reading.standings(moment)
    except Exception:  # the page is the last thing to fall: a key is gone, a disk is full
        log.exception("the promises cannot be read")
        return [standing(row, Seen(unavailable=True), moment) for row in PROMISES.values()]
