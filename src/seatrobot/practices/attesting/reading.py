"""The evidence of a promise as staff read it, and what was attested, with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.accounts import services as accounts
from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.declaring import Promise
from seatrobot.kernel.promises.models import Attestation, AttestationRow, Evidence, Examination

SHOWN = 20


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One examination; None when its row does not bear our signature."""

    row: Evidence
    examination: Examination | None


@dataclass(frozen=True, slots=True)
class AttestationLine:
    """What was attested.

    said: None when it does not bear our signature. by: names, whoever attested it first. missing:
    how many more people it takes. may_confirm: whether the reader is one of them.
    """

    id: UUID
    at: datetime
    said: Attestation | None
    until: datetime | None
    by: Sequence[str]
    missing: int
    may_confirm: bool


def evidence(promise: Promise, before: int | None) -> tuple[list[EvidenceLine], int | None]:
    """Return a page of examinations, the newest first, and from where the next goes on."""
    rows = reading.evidence_of(promise, SHOWN + 1, before)
    lines = [EvidenceLine(row, reading.examination_if_ours(row)) for row in rows[:SHOWN]]
    return lines, rows[SHOWN - 1].number if len(rows) > SHOWN else None


def attestations(promise: Promise, reader: UUID) -> list[AttestationLine]:
    """Return what was attested of a promise, the newest first; `reader` is who looks."""
    rows = list(AttestationRow.objects.filter(promise=promise.id).order_by("at"))
    said = {row.pk: _attestation(row) for row in rows}
    people = accounts.people(UUID(each.by) for each in said.values() if each)
    names = {str(pk): person.name for pk, person in people.items()}
    needed = promise.attested_by.people if promise.attested_by else 1
    lines = []
    for row in rows:
        if row.of_id is None:
            behind = [said[each.pk] for each in rows if row.pk in {each.pk, each.of_id}]
            by = list(dict.fromkeys(each.by for each in behind if each))
            missing = max(0, needed - len(by))
            may_confirm = bool(said[row.pk] and missing and str(reader) not in by)
            named = [names.get(each, each) for each in by]
            lines.append(_line(row, said[row.pk], named, missing, may_confirm=may_confirm))
    return lines[::-1]


def _line(
    row: AttestationRow,
    said: Attestation | None,
    by: Sequence[str],
    missing: int,
    *,
    may_confirm: bool,
) -> AttestationLine:
    until = datetime.fromisoformat(said.until) if said else None
    return AttestationLine(row.pk, row.at, said, until, by, missing, may_confirm)


def _attestation(row: AttestationRow) -> Attestation | None:
    try:
        return statements.read(Attestation, row.promise, str(row.pk), row.text, row.signature)
    except statements.NotOurs:
        return None
