"""Reads and verifies what is stored of promises, in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import DatabaseError, connection

from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.models import Attestation, Change, Evidence, Examination, SigningKey
from seatrobot.kernel.promises.statements import Keys, KnownKey
from seatrobot.kernel.promises.status import PromiseStatus, State, StoredEvidence, status_of

DAYS = 90
STATES = {str(state): state for state in State}

# The newest is that with the largest identifier, a UUIDv7, which is part of the signed statement;
# the number of a row is in no signature. Evidence of a clock that was ahead only counts when there
# is no other.
LATEST = """
    SELECT promise, id::text, at, within, text, signature
    FROM unnest(%(names)s::text[]) AS asked(name), LATERAL (
        SELECT * FROM (
            (SELECT false AS is_ahead, * FROM promises_evidence
                WHERE promise = asked.name AND id < %(ahead)s ORDER BY id DESC LIMIT 1)
            UNION ALL
            (SELECT true, * FROM promises_evidence
                WHERE promise = asked.name AND id >= %(ahead)s ORDER BY id DESC LIMIT 1)
        ) AS newest ORDER BY is_ahead LIMIT 1
    ) AS latest
"""
MOST_AHEAD = timedelta(seconds=5)
ATTESTATIONS = """
    SELECT promise, id::text, of_id::text, text, signature, (
        SELECT coalesce(json_agg(json_build_object('id', id, 'account_id', account_id, 'key_hash',
            encode(key_hash, 'hex'), 'rp_id', rp_id, 'attests', attests, 'at', at,
            'removed_at', removed_at)), '[]')::text
        FROM promises_signing_key WHERE attests
    ) FROM promises_attestation
    WHERE promise = ANY(%s::text[]) ORDER BY at DESC
"""
# The worst state of each day with evidence: broken, else unproven for any gap. The first day of all
# begins with its first evidence, so the newest day before them is read, too. The database computes
# it, because four thousand days of all promises take longer to transfer.
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


class LatestEvidence(NamedTuple):
    """The newest evidence of a promise as its row states it, not verified."""

    promise: str
    id: str
    at: datetime
    within: bool | None
    text: str
    signature: str


def statuses(moment: datetime | None = None) -> list[PromiseStatus]:
    """Return the status of every promise, in the order of the page.

    When the evidence cannot be read, every promise is unproven for that reason.
    """
    moment = moment or now()
    try:
        stored = _stored(list(PROMISES.values()))
    except DatabaseError:
        connection.close_if_unusable_or_obsolete()
        stored = {}
    nothing = StoredEvidence(unavailable=True)
    return [status_of(row, stored.get(row.id, nothing), moment) for row in PROMISES.values()]


def read_status(promise: Promise, moment: datetime | None = None) -> PromiseStatus:
    """Return the status of one promise; raises DatabaseError when its evidence cannot be read."""
    return status_of(promise, _stored([promise])[promise.id], moment or now())


def latest_evidence(names: list[str]) -> list[LatestEvidence]:
    """Return the newest evidence of each of these promises that has any."""
    with connection.cursor() as cursor:
        cursor.execute(LATEST, {"names": names, "ahead": first_id(now() + MOST_AHEAD)})
        return [LatestEvidence(*row) for row in cursor.fetchall()]


def last_changes() -> dict[str, Change]:
    """Return the last recorded change of state of each promise."""
    rows = Change.objects.order_by("promise", "-number").distinct("promise")
    return {row.promise: row for row in rows}


def evidence_of(promise: Promise, most: int, before: int | None = None) -> list[Evidence]:
    """Return evidence of a promise, the newest first, from before a number."""
    rows = Evidence.objects.filter(promise=promise.id).order_by("-id")
    return list((rows.filter(number__lt=before) if before else rows)[:most])


def examination_of(row: Evidence) -> Examination:
    """Return the examination that a row of evidence holds; raises InvalidStatement."""
    return statements.read(row.promise, str(row.id), row.text, row.signature)


def examination_if_signed(row: Evidence) -> Examination | None:
    """Return the examination that a row of evidence holds; None without a valid signature."""
    try:
        return examination_of(row)
    except statements.InvalidStatement:
        return None


def signing_keys() -> Keys:
    """Return every passkey that may sign attestations, also those that were removed."""
    return statements.keyed(known_key(row) for row in SigningKey.objects.filter(attests=True))


def keys_of(account_ids: Iterable[UUID]) -> Keys:
    """Return every passkey that these accounts have or had."""
    rows = SigningKey.objects.filter(account_id__in=set(account_ids))
    return statements.keyed(known_key(row) for row in rows)


def known_key(row: SigningKey) -> KnownKey:
    """Return what a row says of a passkey."""
    return KnownKey(
        row.pk,
        row.account_id,
        bytes(row.key_hash).hex(),
        row.rp_id,
        row.attests,
        row.at,
        row.removed_at,
    )


@dataclass(frozen=True, slots=True)
class DayHistory:
    """The worst state of a promise on each of the last days, the oldest first; None: no record.

    kept_at: when it was last measured within its limits.
    """

    days: list[State | None]
    kept_at: datetime | None


def day_histories(
    today: date | None = None, only: list[str] | None = None
) -> dict[str, DayHistory]:
    """Return the days of every promise or of `only` some; raises DatabaseError."""
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
        found = {name: _day_history(*columns) for name, *columns in cursor.fetchall()}
    nothing = DayHistory([None] * DAYS, None)
    return {name: found.get(name, nothing) for name in promises}


def _day_history(places: list[int], states: list[str], kept_at: datetime | None) -> DayHistory:
    """Fill the days between: after the first evidence, a day without any is unproven."""
    begun = max(places[0], 0)
    days: list[State | None] = [None] * begun + [State.UNPROVEN] * (DAYS - begun)
    for place, state in zip(places, states, strict=True):
        if place >= 0:
            days[place] = STATES[state]
    return DayHistory(days, kept_at)


def _stored(promises: Iterable[Promise]) -> dict[str, StoredEvidence]:
    rows = {row.id: row for row in promises}
    examined = _examinations([row.id for row in rows.values() if row.examine])
    attested = _attestations({row.id: row for row in rows.values() if row.attested_by})
    return {name: examined.get(name) or attested.get(name) or StoredEvidence() for name in rows}


def _examinations(names: list[str]) -> dict[str, StoredEvidence]:
    stored = {}
    for row in latest_evidence(names):
        try:
            statement = statements.read(row.promise, row.id, row.text, row.signature)
            stored[row.promise] = StoredEvidence(statement)
        except statements.InvalidStatement:
            stored[row.promise] = StoredEvidence(forged=True)
    return stored


def _attestations(promises: Mapping[str, Promise]) -> dict[str, StoredEvidence]:
    with connection.cursor() as cursor:
        cursor.execute(ATTESTATIONS, [list(promises)])
        rows = cursor.fetchall()
    mine: dict[str, list[Attestation]] = {name: [] for name in promises}
    forged: set[str] = set()
    keys = statements.keyed(msgspec.json.decode(rows[0][5], type=list[KnownKey]) if rows else ())
    for name, pk, of, text, signature, _keys in rows:
        try:
            statement = statements.read_attestation(name, pk, text, signature, keys)
        except statements.InvalidStatement:
            forged.add(name)
        else:
            if statement.of == (of or ""):
                mine[name].append(statement)
            else:
                forged.add(name)
    return {
        name: StoredEvidence(forged=name in forged, attestations=_complete(row, mine[name]))
        for name, row in promises.items()
    }


def _complete(promise: Promise, signed: list[Attestation]) -> list[Attestation]:
    """Return the attestations that enough different people have signed."""
    assert promise.attested_by is not None
    people: dict[str, set[str]] = {}
    for each in signed:
        people.setdefault(each.of or each.id, set()).add(each.by)
    needed = promise.attested_by.people
    return [each for each in signed if not each.of and len(people[each.id]) >= needed]
