"""Reading what is stored of all promises, in few statements, and verifying it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.models import Attestation, Evidence, Examination
from seatrobot.kernel.promises.standing import Seen, Standing, State, standing

DAYS = 90
STATES = {str(state): state for state in State}

LATEST = """
    SELECT latest.promise, latest.id::text, latest.text, latest.signature
    FROM unnest(%s::text[]) AS asked(promise), LATERAL (
        SELECT promise, id, text, signature FROM promises_evidence
        WHERE promise = asked.promise ORDER BY number DESC LIMIT 1
    ) AS latest
"""
ATTESTATIONS = """
    SELECT promise, id::text, of_id::text, text, signature FROM promises_attestation
    WHERE promise = ANY(%s::text[]) ORDER BY at DESC
"""
# Of each day with evidence the worst state: broken, else unproven for any gap; the first day of all
# begins with its first evidence, so the newest day before them is looked at, too. The database does
# it, because four thousand days of all promises are slower to carry over than to look at.
WORST = """
    WITH asked AS MATERIALIZED (
        SELECT promise, fresh_for, coalesce((
            SELECT max(day) FROM promises_day
            WHERE promise = each.promise AND day < %(first)s::date
        ), %(first)s::date) AS begin
        FROM unnest(%(names)s::text[], %(fresh)s::interval[]) AS each(promise, fresh_for)
    ), days AS (
        SELECT day.*, asked.fresh_for, day::timestamp AT TIME ZONE 'UTC' AS midnight,
            CASE
                WHEN lag(day) OVER before = day - 1 THEN lag(last_at) OVER before
                WHEN lag(day) OVER before < day - 1 THEN day::timestamp AT TIME ZONE 'UTC'
            END AS since
        FROM asked JOIN promises_day AS day USING (promise)
        WHERE day BETWEEN asked.begin AND %(last)s::date
        WINDOW before AS (PARTITION BY promise ORDER BY day)
    )
    SELECT promise, array_agg(day - %(first)s::date ORDER BY day),
        array_agg(CASE
            WHEN broken THEN 'broken'
            WHEN failed OR fresh_for < GREATEST(
                first_at - since,
                LEAST(%(now)s, midnight + interval '1 day') - last_at,
                make_interval(secs => longest_gap)
            ) THEN 'unproven'
            ELSE 'kept'
        END ORDER BY day),
        max(kept_at)
    FROM days
    GROUP BY promise
"""


def standings(moment: datetime | None = None) -> list[Standing]:
    """Return every promise as it stands, in the order of the page.

    When the evidence cannot be read every promise is unproven, and says so.
    """
    moment = moment or now()
    try:
        seen = _seen(list(PROMISES.values()))
    except DatabaseError:
        connection.close_if_unusable_or_obsolete()
        seen = {}
    nothing = Seen(unavailable=True)
    return [standing(row, seen.get(row.id, nothing), moment) for row in PROMISES.values()]


def standing_of(promise: Promise, moment: datetime | None = None) -> Standing:
    """Return one promise as it stands; raises DatabaseError when its evidence cannot be read."""
    return standing(promise, _seen([promise])[promise.id], moment or now())


def evidence_of(promise: Promise, most: int, before: int | None = None) -> list[Evidence]:
    """Return evidence of a promise, the newest first, from before a number."""
    rows = Evidence.objects.filter(promise=promise.id).order_by("-number")
    return list((rows.filter(number__lt=before) if before else rows)[:most])


def examination_of(row: Evidence) -> Examination:
    """Return what a row of evidence states; raises NotOurs."""
    return statements.read(Examination, row.promise, str(row.id), row.text, row.signature)


def examination_if_ours(row: Evidence) -> Examination | None:
    """Return what a row of evidence states, or None when it does not bear our signature."""
    try:
        return examination_of(row)
    except statements.NotOurs:
        return None


@dataclass(frozen=True, slots=True)
class Strip:
    """The last days of a promise, the oldest first: the worst state of each; None: no record.

    kept_at: when it was last found within its limits.
    """

    days: list[State | None]
    kept_at: datetime | None


def strips(today: date | None = None, only: list[str] | None = None) -> dict[str, Strip]:
    """Return the strip of every promise or those asked, by one statement; raises DatabaseError."""
    today = today or now().date()
    promises = {name: PROMISES[name] for name in PROMISES if only is None or name in only}
    asked: dict[str, Any] = {
        "names": list(promises),
        "fresh": [row.fresh_for for row in promises.values()],
        "first": today - timedelta(days=DAYS - 1),
        "last": today,
        "now": now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(WORST, asked)
        found = {name: _strip(*columns) for name, *columns in cursor.fetchall()}
    nothing = Strip([None] * DAYS, None)
    return {name: found.get(name, nothing) for name in promises}


def _strip(places: list[int], states: list[str], kept_at: datetime | None) -> Strip:
    """Fill the days between: once there was evidence, a day without any is unproven."""
    begun = max(places[0], 0)
    days: list[State | None] = [None] * begun + [State.UNPROVEN] * (DAYS - begun)
    for place, state in zip(places, states, strict=True):
        if place >= 0:
            days[place] = STATES[state]
    return Strip(days, kept_at)


def _seen(promises: Iterable[Promise]) -> dict[str, Seen]:
    rows = {row.id: row for row in promises}
    examined = _examinations([row.id for row in rows.values() if row.examine])
    attested = _attestations({row.id: row for row in rows.values() if row.attested_by})
    return {name: examined.get(name) or attested.get(name) or Seen() for name in rows}


def _examinations(names: list[str]) -> dict[str, Seen]:
    seen = {}
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [names])
        for name, pk, text, signature in cursor.fetchall():
            try:
                seen[name] = Seen(statements.read(Examination, name, pk, text, signature))
            except statements.NotOurs:
                seen[name] = Seen(forged=True)
    return seen


def _attestations(promises: Mapping[str, Promise]) -> dict[str, Seen]:
    with connection.cursor() as cursor:
        cursor.execute(ATTESTATIONS, [list(promises)])
        rows = cursor.fetchall()
    mine: dict[str, list[Attestation]] = {name: [] for name in promises}
    forged: set[str] = set()
    for name, pk, of, text, signature in rows:
        try:
            statement = statements.read(Attestation, name, pk, text, signature)
        except statements.NotOurs:
            forged.add(name)
        else:
            if statement.of == (of or ""):
                mine[name].append(statement)
    return {
        name: Seen(forged=name in forged, attestations=_complete(row, mine[name]))
        for name, row in promises.items()
    }


def _complete(promise: Promise, statements_: list[Attestation]) -> list[Attestation]:
    """Return the attestations that enough different people stand behind."""
    assert promise.attested_by is not None
    people: dict[str, set[str]] = {}
    for each in statements_:
        people.setdefault(each.of or each.id, set()).add(each.by)
    needed = promise.attested_by.people
    return [each for each in statements_ if not each.of and len(people[each.id]) >= needed]
