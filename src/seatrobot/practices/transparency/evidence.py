"""Whether stored statements are those that were signed and journalled, as the examiner reads them.

Evidence, attestations and changes of state have each a journal entry; the journal is proven by its
own tree. So a row put in, changed or taken away afterwards does not fit. What only helps to find
evidence must say what is signed, and the days of a strip must follow from the evidence.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.utils.translation import gettext as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM, first_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import CannotTell, Found, Number
from seatrobot.kernel.promises.models import Attestation, Examination
from seatrobot.kernel.promises.reading import DAYS
from seatrobot.kernel.promises.services import ACTOR, FULL_DETAIL
from seatrobot.kernel.vault.errors import VaultError

RECENT = timedelta(days=2)
SLICE = 200
"""How many older statements are looked at in each examination, from a random place on."""

RECENT_EVIDENCE = """
    SELECT promise, id, at, text, signature, within FROM promises_evidence WHERE number >= (
        SELECT coalesce(min(number), 0) FROM promises_evidence WHERE at >= %s
    ) ORDER BY number
"""
OLDER_EVIDENCE = """
    SELECT promise, id, at, text, signature, within FROM promises_evidence
    WHERE number >= (
        SELECT min(number) + floor(%s * (max(number) - min(number)))::bigint
        FROM promises_evidence
    ) ORDER BY number LIMIT %s
"""
ATTESTATIONS = "SELECT promise, id, at, text, signature FROM promises_attestation ORDER BY at"
CHANGES = "SELECT id, promise, before, state, at FROM promises_change WHERE id >= %s"
ENTRIES_OF = "SELECT id, subject_id, action, sealed FROM journal_entry WHERE id = ANY(%s)"
ENTRIES_SINCE = """
    SELECT id, subject_id, action, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = ANY(%s) AND id >= %s
"""
KNOWN = """
    SELECT id FROM promises_evidence WHERE id = ANY(%s)
    UNION SELECT id FROM promises_attestation WHERE id = ANY(%s)
    UNION SELECT id FROM promises_change WHERE id = ANY(%s)
"""
# Thinning leaves of older days what says how they were, but not when each examination was.
STRANGE_DAYS = """
    WITH evidence AS (
        SELECT promise, (at AT TIME ZONE 'UTC')::date AS day, at, within, max(at) OVER (
            PARTITION BY promise, (at AT TIME ZONE 'UTC')::date ORDER BY number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
        FROM promises_evidence
        WHERE at >= %(first)s::timestamp AT TIME ZONE 'UTC'
    ), found AS (
        SELECT promise, day, min(at) AS first_at, max(at) AS last_at,
            bool_or(within IS FALSE) AS broken, bool_or(within IS NULL) AS failed,
            coalesce(extract(epoch FROM max(at - before)), 0) AS longest_gap
        FROM evidence GROUP BY promise, day
    )
    SELECT promise, day
    FROM found
    FULL JOIN (SELECT * FROM promises_day WHERE day >= %(first)s) AS said USING (promise, day)
    WHERE (found.broken, found.failed) IS DISTINCT FROM (said.broken, said.failed)
        OR day >= %(detailed)s AND (
            (found.first_at, found.last_at) IS DISTINCT FROM (said.first_at, said.last_at)
            OR abs(said.longest_gap - GREATEST(found.longest_gap, 0)) > 1
        )
    ORDER BY day, promise
"""
PEOPLE_SAID = (Action.PROMISE_ATTEST, Action.PROMISE_CONFIRM)


class Row(NamedTuple):
    promise: str
    id: UUID
    at: datetime
    text: str
    signature: str
    within: bool | None = None


class Change(NamedTuple):
    """A change of state, as its table says."""

    id: UUID
    promise: str
    before: str
    after: str
    at: datetime


class Noted(NamedTuple):
    """What the journal says of a statement, or of a change of state."""

    id: UUID
    subject: UUID
    action: str
    digest: str


def look() -> Found:
    """Return how much is not ours or not in the journal, how much is gone, and untrue days."""
    moment = now()
    with examining() as outside:
        evidence = _evidence(outside, moment)
        attested = [Row(*row) for row in outside.execute(ATTESTATIONS)]
        changes = [Change(*row) for row in outside.execute(CHANGES, [first_id(moment - RECENT)])]
        days = _strange_days(outside, moment)
        ours = {row: entry for row in evidence if (entry := _entry_of(row))}
        noted = _noted(outside, ours.values(), moment - RECENT)
        gone = _gone(outside, noted)
    foreign: list[Row | Change] = [
        row for row in evidence if not _is_noted(row, ours.get(row), noted)
    ]
    foreign += [row for row in attested if not _is_attested(row, noted)]
    foreign += [row for row in changes if not _is_change(row, noted)]
    notes = [f"{row.promise} of {row.at:%Y-%m-%d %H:%M:%S} is not ours" for row in foreign]
    notes += [f"the journal knows {each.subject}, which is gone" for each in gone]
    notes += [f"{promise} was otherwise on {day} than its strip says" for promise, day in days]
    count = len(evidence) + len(attested)
    if not count and not gone and not foreign:
        raise CannotTell(_("There is no evidence yet."))
    measured: dict[str, Number] = {"looked_at": count, "foreign": len(foreign)}
    return Found(measured | {"missing": len(gone), "days": len(days)}, notes)


def _strange_days(outside: psycopg.Connection, moment: datetime) -> list[tuple[str, date]]:
    """Return the days of the strips that do not follow from the evidence there is."""
    today = moment.date()
    first = today - timedelta(days=DAYS)
    detailed = today - FULL_DETAIL + timedelta(days=1)
    return outside.execute(STRANGE_DAYS, {"first": first, "detailed": detailed}).fetchall()


def _evidence(outside: psycopg.Connection, moment: datetime) -> list[Row]:
    """Return recent evidence, and some from a random place on."""
    rows = outside.execute(RECENT_EVIDENCE, [moment - RECENT]).fetchall()
    place = secrets.randbelow(1000) / 1000
    rows += outside.execute(OLDER_EVIDENCE, [place, SLICE]).fetchall()
    return list({row[1]: Row(*row) for row in rows}.values())


def _entry_of(row: Row) -> UUID | None:
    """Return the journal's entry that evidence names; None when we have not signed what it says."""
    try:
        said = statements.read(Examination, row.promise, str(row.id), row.text, row.signature)
    except statements.NotOurs:
        return None
    is_said = (datetime.fromisoformat(said.at), said.within) == (row.at, row.within)
    return UUID(said.journal) if is_said else None


def _is_noted(row: Row, entry: UUID | None, noted: Mapping[UUID, Noted]) -> bool:
    found = noted.get(entry) if entry else None
    return found is not None and (found.subject, found.action, found.digest) == (
        row.id,
        Action.PROMISE_EXAMINE,
        statements.digest(row.text),
    )


def _is_attested(row: Row, noted: Mapping[UUID, Noted]) -> bool:
    try:
        statements.read(Attestation, row.promise, str(row.id), row.text, row.signature)
    except statements.NotOurs:
        return False
    digest = statements.digest(row.text)
    return any(
        (each.subject, each.digest) == (row.id, digest) and each.action in PEOPLE_SAID
        for each in noted.values()
    )


def _is_change(row: Change, noted: Mapping[UUID, Noted]) -> bool:
    said = (row.id, Action.PROMISE_CHANGE, f"{row.promise} {row.before} {row.after}")
    return any((each.subject, each.action, each.digest) == said for each in noted.values())


def _noted(
    outside: psycopg.Connection, named: Iterable[UUID], since: datetime
) -> dict[UUID, Noted]:
    """Return the entries that evidence names, recent ones, and those of all attestations."""
    assert FULL_DETAIL > RECENT  # thinning leaves recent evidence alone
    recent = [Action.PROMISE_EXAMINE, Action.PROMISE_CHANGE]
    rows = [
        *outside.execute(ENTRIES_OF, [list(named)]),
        *outside.execute(ENTRIES_SINCE, [recent, first_id(since)]),
        *outside.execute(ENTRIES_SINCE, [list(PEOPLE_SAID), UUID(int=0)]),
    ]
    with acting(ACTOR):
        return {row[0]: _opened(*row) for row in rows}


def _opened(pk: UUID, subject: UUID, action: str, sealed: bytes) -> Noted:
    """Open an entry of the platform's stream; one that does not open knows no hash."""
    try:
        facts = Entry._meta.get_field("sealed").open_record(pk, PLATFORM, bytes(sealed)).facts
    except VaultError:
        facts = {}
    change = " ".join(str(facts.get(name, "")) for name in ("promise", "before", "after"))
    said = change if action == Action.PROMISE_CHANGE else str(facts.get("hash", ""))
    return Noted(pk, subject, action, said)


def _gone(outside: psycopg.Connection, noted: Mapping[UUID, Noted]) -> list[Noted]:
    """Return entries whose statement is gone; of old evidence only what a row names is known."""
    ids = [each.subject for each in noted.values()]
    known = {pk for (pk,) in outside.execute(KNOWN, [ids, ids, ids])}
    return [each for each in noted.values() if each.subject not in known]
