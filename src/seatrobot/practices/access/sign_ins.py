"""Whether every sign-in is logged: the web tier's count against the log, as the examiner."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import psycopg

from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.declaring import Found
from seatrobot.kernel.vault.looks import SHORTEST
from seatrobot.practices.access import counting

TRIES = 4
PAUSE_SECONDS = 1.0
"""A sign-in is logged a moment before it is counted; then a second look sees both."""

BARE = """
    SELECT count(*) FROM accounts_sign_in
    WHERE organization_id IS NULL AND outcome = %s AND at > %s AND id >= %s
      AND (device = '' OR length(sealed) < %s)
"""


def look() -> Found:
    """Return how many sign-ins the log lacks or has too many, and how many say too little."""
    with examining() as outside:
        for turn in range(TRIES):
            moment = now()
            hours = counting.hours(outside, moment)
            missing, surplus = counting.compared(hours, moment)
            if not missing and not surplus:
                break
            if turn < TRIES - 1:
                time.sleep(PAUSE_SECONDS)
        bare = _bare(outside, moment)
    logged = sum(hour.logged for hour in hours.values())
    return Found({"logged": logged, "missing": missing, "surplus": surplus, "bare": bare})


def _bare(outside: psycopg.Connection, moment: datetime) -> int:
    since = moment - timedelta(hours=counting.WINDOW)
    words = [Outcome.SUCCESS, since, first_id(since), SHORTEST]
    row = outside.execute(BARE, words).fetchone()
    assert row is not None
    return int(row[0])
