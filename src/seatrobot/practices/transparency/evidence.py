"""Whether stored statements are those that were signed and journalled, as the examiner reads them.

Evidence and attestations have each a journal entry with their hash; the journal is proven by its
own tree. So a row put in, changed or taken away afterwards does not fit.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.utils.translation import gettext as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import PLATFORM, first_id
from seatrobot.kernel.journal.actions import Action
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import CannotTell, Found
from seatrobot.kernel.promises.models import Attestation, Examination
from seatrobot.kernel.promises.services import ACTOR, FULL_DETAIL
from seatrobot.kernel.vault.errors import VaultError

RECENT = timedelta(days=2)
SLICE = 200
"""How many older statements are looked at in each examination, from a random place on."""

RECENT_EVIDENCE = """
    SELECT promise, id, at, text, signature FROM promises_evidence WHERE number >= (
        SELECT coalesce(min(number), 0) FROM promises_evidence WHERE at >= %s
    ) ORDER BY number
"""
OLDER_EVIDENCE = """
    SELECT promise, id, at, text, signature FROM promises_evidence
    WHERE number >= (
        SELECT min(number) + floor(%s * (max(number) - min(number)))::bigint
        FROM promises_evidence
    ) ORDER BY number LIMIT %s
"""
ATTESTATIONS = "SELECT promise, id, at, text, signature FROM promises_attestation ORDER BY at"
ENTRIES_OF = "SELECT id, subject_id, action, sealed FROM journal_entry WHERE id = ANY(%s)"
ENTRIES_SINCE = """
    SELECT id, subject_id, action, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = ANY(%s) AND id >= %s
"""
KNOWN = """
    SELECT id FROM promises_evidence WHERE id = ANY(%s)
    UNION SELECT id FROM promises_attestation WHERE id = ANY(%s)
"""
PEOPLE_SAID = (Action.PROMISE_ATTEST, Action.PROMISE_CONFIRM)


class Row(NamedTuple):
    promise: str
    id: UUID
    at: datetime
    text: str
    signature: str


class Noted(NamedTuple):
    """What the journal says of a statement."""

    id: UUID
    subject: UUID
    action: str
    digest: str


def look() -> Found:
    """Return how many statements are not ours or not in the journal, and how many are gone."""
    moment = now()
    with examining() as outside:
        evidence = _evidence(outside, moment)
        attested = [Row(*row) for row in outside.execute(ATTESTATIONS)]
        ours = {row: entry for row in evidence if (entry := _entry_of(row))}
        noted = _noted(outside, ours.values(), moment - RECENT)
        gone = _gone(outside, noted)
    foreign = [row for row in evidence if not _is_noted(row, ours.get(row), noted)]
    foreign += [row for row in attested if not _is_attested(row, noted)]
    notes = [f"{row.promise} of {row.at:%Y-%m-%d %H:%M:%S} is not ours" for row in foreign]
    notes += [f"the journal knows {each.subject}, which is gone" for each in gone]
    count = len(evidence) + len(attested)
    if not count and not gone:
        raise CannotTell(_("There is no evidence yet."))
    return Found({"looked_at": count, "foreign": len(foreign), "missing": len(gone)}, notes)


def _evidence(outside: psycopg.Connection, moment: datetime) -> list[Row]:
    """Return recent evidence, and some from a random place on."""
    rows = outside.execute(RECENT_EVIDENCE, [moment - RECENT]).fetchall()
    place = secrets.randbelow(1000) / 1000
    rows += outside.execute(OLDER_EVIDENCE, [place, SLICE]).fetchall()
    return list({row[1]: Row(*row) for row in rows}.values())


def _entry_of(row: Row) -> UUID | None:
    """Return the journal's entry that evidence names; None when we have not signed it."""
    try:
        said = statements.read(Examination, row.promise, str(row.id), row.text, row.signature)
    except statements.NotOurs:
        return None
    return UUID(said.journal)


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


def _noted(
    outside: psycopg.Connection, named: Iterable[UUID], since: datetime
) -> dict[UUID, Noted]:
    """Return the entries that evidence names, those of recent evidence, and all attestations'."""
    assert FULL_DETAIL > RECENT  # thinning leaves recent evidence alone
    rows = [
        *outside.execute(ENTRIES_OF, [list(named)]),
        *outside.execute(ENTRIES_SINCE, [[Action.PROMISE_EXAMINE], first_id(since)]),
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
    return Noted(pk, subject, action, str(facts.get("hash", "")))


def _gone(outside: psycopg.Connection, noted: Mapping[UUID, Noted]) -> list[Noted]:
    """Return entries whose statement is gone; of old evidence only what a row names is known."""
    ids = [each.subject for each in noted.values()]
    known = {pk for (pk,) in outside.execute(KNOWN, [ids, ids])}
    return [each for each in noted.values() if each.subject not in known]
