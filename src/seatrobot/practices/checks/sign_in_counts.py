"""The web server's own count of sign-ins, and its comparison with the sign-in log.

The two are independent: the web server counts, in a transaction of its own, the answers that give
a browser the key of a session that has just begun and belongs to an account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from django.db import connection

from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.kernel.ids import first_id, moment_of
from seatrobot.kernel.journal import services as journal
from seatrobot.practices.feature import Action

HOUR = timedelta(hours=1)
WINDOW = 24
"""How many full hours are compared, besides the present one."""
EDGE_SECONDS = 5
"""Within how long after it was logged a sign-in may have been counted in the next hour."""

COUNT = """
    INSERT INTO practices_sign_in_count AS counts (hour, count, since)
    VALUES (date_trunc('hour', now(), 'UTC'), 1, now())
    ON CONFLICT (hour) DO UPDATE SET count = counts.count + 1
"""
# One statement, so that all numbers are of one moment.
COMPARED = """
    WITH begun AS (
        SELECT greatest(min(since), %(start)s) AS at FROM practices_sign_in_count
    ), logged AS (
        SELECT date_trunc('hour', at, 'UTC') AS hour, count(*) AS number,
            count(*) FILTER (
                WHERE at >= date_trunc('hour', at, 'UTC') + interval '1 hour' - %(edge)s
            ) AS late
        FROM accounts_sign_in
        WHERE organization_id IS NULL AND outcome = %(success)s
          AND id >= %(first)s AND at >= (SELECT at FROM begun)
        GROUP BY 1
    ), counted AS (
        SELECT hour, count AS number FROM practices_sign_in_count
        WHERE hour >= date_trunc('hour', %(start)s::timestamptz, 'UTC')
    )
    SELECT hour, coalesce(counted.number, 0), coalesce(logged.number, 0), coalesce(logged.late, 0)
    FROM logged FULL JOIN counted USING (hour) ORDER BY hour
"""


COUNTS = "SELECT hour, count FROM practices_sign_in_count WHERE hour >= %s"
SIGNED = """
    SELECT subject_id FROM journal_entry
    WHERE organization_id IS NULL AND action = %s AND id >= %s AND subject_id IS NOT NULL
"""
FIRST = "SELECT id FROM journal_entry WHERE organization_id IS NULL ORDER BY id LIMIT 1"


@dataclass(frozen=True, slots=True)
class Hour:
    """Sign-ins of an hour. late: how many were logged in its last seconds."""

    counted: int
    logged: int
    late: int


@dataclass(slots=True)
class Recount:
    """changed: hours whose count is not the one in the journal. unsigned: those not in it yet.

    begun_anew: since when sign-ins are counted, if the journal is older and so is the window.
    """

    changed: list[datetime]
    unsigned: list[tuple[datetime, int]]
    begun_anew: datetime | None = None


def recounted(examiner: psycopg.Connection, moment: datetime) -> Recount:
    """Compare each full hour's count with what the journal says of it.

    Counting begins with the instance, so before its journal. One that begins later within the
    window was begun anew, and what was counted before is gone.
    """
    present = moment.replace(minute=0, second=0, microsecond=0)
    start = present - (WINDOW + 1) * HOUR
    begun = examiner.execute("SELECT min(since) FROM practices_sign_in_count").fetchone()
    since: datetime = begun[0] if begun and begun[0] else moment
    counts: dict[datetime, int] = dict(examiner.execute(COUNTS, [start]).fetchall())
    values = [Action.SIGN_INS_COUNT, first_id(start)]
    signed = {moment_of(each): each for (each,) in examiner.execute(SIGNED, values)}
    found = Recount([], [])
    first = examiner.execute(FIRST).fetchone()
    if first and since > max(start, moment_of(first[0])):
        found.begun_anew = since
    hour = start
    while hour < present:
        number = int(counts.get(hour, 0))
        if hour not in signed:
            if hour + HOUR > since:
                found.unsigned.append((hour, number))
        elif signed[hour] != _sign(hour, number):
            found.changed.append(hour)
        hour += HOUR
    return found


def sign(hours: Sequence[tuple[datetime, int]]) -> None:
    """Write the counts of full hours into the journal, where nobody changes them unseen."""
    for hour, number in hours:
        journal.record(
            Action.SIGN_INS_COUNT,
            subject_id=_sign(hour, number),
            hour=round(hour.timestamp()),
            count=number,
        )


def _sign(hour: datetime, number: int) -> UUID:
    """Return an identifier of an hour's time, and of a hash of its count behind it."""
    digest = hashlib.sha256(f"{hour.isoformat()} {number}".encode()).digest()
    return UUID(int=first_id(hour).int | int.from_bytes(digest[:10], "big"))


def count() -> None:
    """Count a sign-in that has just happened."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)


def hours(examiner: psycopg.Connection, moment: datetime) -> dict[datetime, Hour]:
    """Return what was counted and logged in each hour of the window, and of the one before it."""
    start = moment.replace(minute=0, second=0, microsecond=0) - (WINDOW + 1) * HOUR
    values = {
        "start": start,
        "first": first_id(start),
        "edge": timedelta(seconds=EDGE_SECONDS),
        "success": Outcome.SUCCESS,
    }
    rows = examiner.execute(COMPARED, values).fetchall()
    return {hour: Hour(counted, logged, late) for hour, counted, logged, late in rows}


def differences(found: Mapping[datetime, Hour], moment: datetime) -> tuple[int, int]:
    """Return how many sign-ins are missing in the log, and how many of it were not counted.

    A sign-in logged at the end of an hour may have been counted in the next.
    """
    present = moment.replace(minute=0, second=0, microsecond=0)
    row = [found.get(present - back * HOUR, Hour(0, 0, 0)) for back in range(WINDOW + 1, -1, -1)]
    hourly = _evened([each.counted - each.logged for each in row], [e.late for e in row])[1:]
    return sum(d for d in hourly if d > 0), -sum(d for d in hourly if d < 0)


def _evened(differences: Sequence[int], late: Sequence[int]) -> list[int]:
    evened = list(differences)
    for place in range(len(evened) - 1):
        moved = max(0, min(-evened[place], evened[place + 1], late[place]))
        evened[place] += moved
        evened[place + 1] -= moved
    return evened
