"""Reading what is stored of all promises, in few statements, and verifying it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import DatabaseError, connection

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.models import Attestation, Day, Evidence, Examination
from seatrobot.kernel.promises.standing import Seen, Standing, State, standing

DAYS = 90

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


def standings(moment: datetime | None = None) -> list[Standing]:
    """Return every promise as it stands, in the order of the page.

    When the evidence cannot be read every promise is unproven, and says so.
    """
    moment = moment or now()
    try:
        seen = _seen(list(PROMISES.values()))
    except DatabaseError:
        connection.close()
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


@dataclass(frozen=True, slots=True)
class Strip:
    """The last days of a promise, the oldest first: the worst state of each; None: no record.

    kept_at: when it was last found within its limits.
    """

    days: list[State | None]
    kept_at: datetime | None


def strips(today: date | None = None) -> dict[str, Strip]:
    """Return the strip of every promise, from one statement; raises DatabaseError."""
    today = today or now().date()
    first = today - timedelta(days=DAYS - 1)
    rows: dict[str, dict[date, Day]] = {}
    for day in Day.objects.filter(day__gte=first - timedelta(days=1)):
        rows.setdefault(day.promise, {})[day.day] = day
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return {row.id: _strip(row, rows.get(row.id, {}), days) for row in PROMISES.values()}


def _strip(promise: Promise, rows: Mapping[date, Day], days: list[date]) -> Strip:
    kept = [day.kept_at for day in rows.values() if day.kept_at]
    states = [_worst(promise, rows.get(day), rows.get(day - timedelta(days=1))) for day in days]
    begun = next((place for place, state in enumerate(states) if state), len(states))
    gaps = [State.UNPROVEN if place > begun else None for place in range(len(states))]
    filled = [state or gap for state, gap in zip(states, gaps, strict=True)]
    return Strip(filled, max(kept, default=None))


def _worst(promise: Promise, day: Day | None, before: Day | None) -> State | None:
    """Return the worst state of a day with evidence: broken, else unproven for any gap."""
    if day is None:
        return None
    if day.broken:
        return State.BROKEN
    midnight = datetime.combine(day.day, datetime.min.time(), UTC)
    since = before.last_at if before else midnight
    end = min(now(), midnight + timedelta(days=1))
    gap = max(day.first_at - since, end - day.last_at, timedelta(seconds=day.longest_gap))
    return State.UNPROVEN if day.failed or gap > promise.fresh_for else State.KEPT


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
