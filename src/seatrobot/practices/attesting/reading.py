"""The evidence of a promise and its attestations with names, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.accounts import services as accounts
from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.declaring import Promise
from seatrobot.kernel.promises.models import Attestation, AttestationRow, Evidence, Examination
from seatrobot.kernel.promises.statements import Keys

SHOWN = 20


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One row of evidence; examination is None without a valid signature."""

    row: Evidence
    examination: Examination | None


@dataclass(frozen=True, slots=True)
class AttestationLine:
    """One attestation.

    statement: None without a valid signature. by: names, the first who attested it first. missing:
    how many more people it takes. may_confirm: whether the reader is one of them.
    """

    id: UUID
    at: datetime
    statement: Attestation | None
    until: datetime | None
    by: Sequence[str]
    missing: int
    may_confirm: bool


def evidence(promise: Promise, before: int | None) -> tuple[list[EvidenceLine], int | None]:
    """Return a page of examinations, the newest first, and where the next page begins."""
    rows = reading.evidence_of(promise, SHOWN + 1, before)
    lines = [EvidenceLine(row, reading.examination_if_signed(row)) for row in rows[:SHOWN]]
    return lines, rows[SHOWN - 1].number if len(rows) > SHOWN else None


def attestations(promise: Promise, reader: UUID) -> list[AttestationLine]:
    """Return the attestations of a promise, newest first; `reader` is the account that reads."""
    rows = list(AttestationRow.objects.filter(promise=promise.id).order_by("at"))
    keys = reading.signing_keys()
    stated = {row.pk: _attestation(row, keys) for row in rows}
    people = accounts.people(UUID(each.by) for each in stated.values() if each)
    names = {str(pk): person.name for pk, person in people.items()}
    needed = promise.attested_by.people if promise.attested_by else 1
    lines = []
    for row in rows:
        if row.of_id is None:
            behind = [stated[each.pk] for each in rows if row.pk in {each.pk, each.of_id}]
            by = list(dict.fromkeys(each.by for each in behind if each))
            missing = max(0, needed - len(by))
            may_confirm = bool(stated[row.pk] and missing and str(reader) not in by)
            named = [names.get(each, each) for each in by]
            lines.append(_line(row, stated[row.pk], named, missing, may_confirm=may_confirm))
    return lines[::-1]


def _line(
    row: AttestationRow,
    statement: Attestation | None,
    by: Sequence[str],
    missing: int,
    *,
    may_confirm: bool,
) -> AttestationLine:
    until = datetime.fromisoformat(statement.until) if statement else None
    return AttestationLine(row.pk, row.at, statement, until, by, missing, may_confirm)


def _attestation(row: AttestationRow, keys: Keys) -> Attestation | None:
    try:
        return statements.read_attestation(row.promise, str(row.pk), row.text, row.signature, keys)
    except statements.InvalidStatement:
        return None
