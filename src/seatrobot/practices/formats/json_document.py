"""`practices.json`: the status of every promise."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from seatrobot.kernel.build import build_name
from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.promises.declaring import Measure
from seatrobot.kernel.promises.reading import DAYS
from seatrobot.kernel.promises.status import PromiseStatus
from seatrobot.practices import addresses, silence
from seatrobot.practices.faults.score import is_published_as_signed, score
from seatrobot.practices.formats.editions import Edition
from seatrobot.practices.formats.json_form import (
    FORMAT,
    AttestedBy,
    Days,
    Evidence,
    Faults,
    Measurement,
    Place,
    Practices,
    Row,
    Summary,
)
from seatrobot.practices.formats.snapshot import Snapshot, counts, written
from seatrobot.practices.profile import known_profile
from seatrobot.practices.sections import SECTIONS

PATH = "practices.json"


def make(edition: Edition) -> bytes:
    """Return the document as indented UTF-8, its keys always in the same order."""
    text = msgspec.json.encode(_practices(edition), order="deterministic")
    return msgspec.json.format(text, indent=1) + b"\n"


def _practices(edition: Edition) -> Practices:
    snapshot = Snapshot(edition.moment)
    here = addresses.below(PATH)
    return Practices(
        format=FORMAT,
        at=written(edition.moment),
        max_age=round(silence.LONGEST.total_seconds()),
        silence=silence.find(edition.moment, snapshot.statuses),
        operator=known_profile().name,
        code=build_name(),
        link=addresses.page(),
        self=f"{here}?at={edition.name}",
        signature=f"{here}.sig?at={edition.name}",
        key=addresses.below("key"),
        head=witnesses.newest_note() or None,
        summary=Summary(len(snapshot.statuses), *counts(snapshot.statuses).values()),
        faults=_faults(snapshot),
        sections=[Place(section.id, str(section.title)) for section in SECTIONS],
        promises=[_row(row, snapshot) for row in snapshot.statuses],
    )


def _faults(snapshot: Snapshot) -> Faults | None:
    found = score()
    if found is None:
        return None
    is_current = found.is_current and is_published_as_signed(snapshot.statuses)
    return Faults(found.detected, found.seeded, written(found.date), is_current)


def _row(row: PromiseStatus, snapshot: Snapshot) -> Row:
    promise = row.promise
    days = snapshot.days.get(promise.id)
    link = addresses.of_promise(promise.id)
    return Row(
        id=promise.id,
        section=promise.section,
        sentence=str(promise.sentence),
        measured_by=str(promise.measured_by),
        state=row.state,
        reason=row.reason,
        cause=row.cause,
        at=written(row.at) if row.at else None,
        until=written(row.until) if row.until else None,
        measurements=[_measurement(row, measure) for measure in promise.measures],
        evidence=_evidence(row, snapshot),
        attestation=_attested_by(row),
        last_kept=written(days.kept_at) if days and days.kept_at else None,
        days=_days(snapshot, promise.id),
        link=link,
        badge=f"{link}badge.svg",
    )


def _measurement(row: PromiseStatus, measure: Measure) -> Measurement:
    value = row.measurements.get(measure.name)
    return Measurement(
        name=measure.name,
        label=str(measure.label),
        unit=measure.unit,
        value=value,
        most=measure.most,
        least=measure.least,
        within=None if value is None else measure.holds(value),
    )


def _evidence(row: PromiseStatus, snapshot: Snapshot) -> Evidence | None:
    found = row.examination
    if found is None:
        return None
    return Evidence(
        id=found.id,
        sha256=snapshot.hashes.get(found.id),
        journal=found.journal,
        code=found.code,
        check=found.check,
        took=found.took,
        failure=found.failure,
    )


def _attested_by(row: PromiseStatus) -> AttestedBy | None:
    attestation = row.attestation
    if attestation is None:
        return None
    at, until = (
        written(datetime.fromisoformat(text)) for text in (attestation.at, attestation.until)
    )
    return AttestedBy(
        attestation.id, attestation.role, at, until, attestation.document, attestation.note
    )


def _days(snapshot: Snapshot, promise: str) -> Days | None:
    days = snapshot.days.get(promise)
    if days is None:
        return None
    first = snapshot.moment.date() - timedelta(days=DAYS - 1)
    return Days(first.isoformat(), days.days)
