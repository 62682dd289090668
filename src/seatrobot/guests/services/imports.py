"""A guest list on its way in: received, mapped, looked at, done in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.documents.reading import Sheet, read_sheet
from seatrobot.events.models import Event
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.existing import Guest as ExistingGuest
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import Mapping, guess
from seatrobot.guests.importing.reports import Outcome, Report
from seatrobot.guests.models import (
    FileRecord,
    Guest,
    Import,
    ImportFile,
    ImportRecord,
    sealed_field,
)
from seatrobot.guests.services.applying import apply
from seatrobot.guests.statuses import STATUSES, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress.services import Report as Tell

LONGEST_FILENAME = 200


class ImportRefused(Exception):
    """Why an import was not done; `str` is one sentence, and nothing was changed."""


class Incoming(NamedTuple):
    """A file laid beside the list: what was found, and for the journal where it came from."""

    found: Comparison
    filename: str
    row_count: int


def receive(*, actor: Principal, event: Event, filename: str, data: bytes) -> Import:
    """Keep an uploaded file sealed until it is imported; raises UnreadableSheet."""
    actor.require(Permission.GUEST_IMPORT, event.pk)
    sheet = read_sheet(data, filename)
    record = ImportRecord(filename[:LONGEST_FILENAME], row_count=sheet.row_count)
    row = Import.objects.create(
        organization_id=event.organization_id,
        event=event,
        account_id=actor.account_id,
        sealed=record,
        created_at=now(),
    )
    ImportFile.objects.create(
        organization_id=event.organization_id, upload=row, sealed=FileRecord(data)
    )
    _tell_preview(row, "upload")
    return row


def sheet_of(*, actor: Principal, upload: Import) -> Sheet:
    """Read the file of an import; raise ImportRefused when it was done or purged."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    file = ImportFile.objects.filter(upload=upload).first()
    if file is None:
        raise ImportRefused(_("This file was imported or deleted already; upload it again."))
    return read_sheet(file.sealed.data, upload.sealed.filename)


def guessed(sheet: Sheet) -> Mapping:
    """Guess what the columns of a sheet mean."""
    return guess(sheet.columns, islice(sheet.rows, 50))


def set_mapping(
    *, actor: Principal, upload: Import, mapping: Mapping, default_status: Status
) -> None:
    """Note what a person says the columns mean; raise ImportRefused for what cannot be."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    sheet = sheet_of(actor=actor, upload=upload)
    if problems := mapping.problems(sheet.columns):
        raise ImportRefused(" ".join(problems))
    upload.sealed.columns = {name: target.value for name, target in mapping.columns.items()}
    upload.sealed.default_status = default_status.value
    upload.save()
    _tell_preview(upload, "mapping")


def compare(*, actor: Principal, upload: Import) -> Comparison:
    """Lay a file beside the list as it is now; the dry run is this one's report."""
    sheet = sheet_of(actor=actor, upload=upload)
    record = upload.sealed
    mapping = Mapping({name: Target(target) for name, target in record.columns.items()})
    return comparison(upload.event, sheet, mapping, STATUSES[record.default_status])


def comparison(event: Event, sheet: Sheet, mapping: Mapping, default_status: Status) -> Comparison:
    """Lay a sheet beside the guests an event has now."""
    return Comparison(sheet.columns, sheet.rows, mapping, _existing(event), default_status)


def run(
    *, actor: Principal, upload: Import, skip_problems: bool, tell: Tell | None = None
) -> dict[Outcome, int]:
    """Import a file against the list as it is now, all of it in the transaction around.

    Raises ImportRefused, and has changed nothing, when rows are wrong and nobody agreed to leave
    them out (`skip_problems`).
    """
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    lock(upload.event)
    found = compare(actor=actor, upload=upload)
    incoming = Incoming(found, upload.sealed.filename, upload.sealed.row_count)
    return finish(
        actor=actor, event=upload.event, incoming=incoming, skip_problems=skip_problems, tell=tell
    )


def finish(
    *,
    actor: Principal,
    event: Event,
    incoming: Incoming,
    skip_problems: bool,
    tell: Tell | None = None,
) -> dict[Outcome, int]:
    """Do what a comparison found, in the transaction around; see `run`."""
    actor.require(Permission.GUEST_IMPORT, event.pk)
    counts = apply(actor, event, incoming.found, incoming.row_count, tell)
    problems = counts[Outcome.WRONG] + counts[Outcome.DUPLICATE]
    if problems and not skip_problems:
        raise ImportRefused(
            _("%(count)s rows cannot be imported, so nothing was; look at the dry run again.")
            % {"count": problems}
        )
    facts: dict[str, Any] = {outcome.value: count for outcome, count in counts.items()}
    journal.record(Action.GUEST_IMPORT, event=event.pk, file=incoming.filename, **facts)
    return counts


def discard(*, actor: Principal, upload: Import) -> None:
    """Forget an upload; the guests stay as they are."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    _tell_preview(upload, "discard")
    upload.delete()


def delete_file(upload_id: UUID) -> None:
    """Delete the uploaded file; what is left of the import tells what came of it."""
    ImportFile.objects.filter(upload_id=upload_id).delete()


def lock(event: Event) -> None:
    """Keep others from adding guests to this event until the transaction ends."""
    Event.objects.select_for_update(no_key=True).values_list("pk").get(pk=event.pk)


def dry_run(*, actor: Principal, upload: Import) -> Report:
    """Say what an import would do."""
    report = compare(actor=actor, upload=upload).report()
    _tell_preview(upload, "dry run")
    return report


def _existing(event: Event) -> Iterator[ExistingGuest]:
    field = sealed_field()
    rows = Guest.objects.filter(event=event).values_list("pk", "sealed", "status")
    for pk, sealed, status in rows.iterator(chunk_size=5000):
        record = field.open_record(pk, event.organization_id, cast("bytes", sealed))
        yield pk, record, STATUSES[status]


def _tell_preview(upload: Import, step: str) -> None:
    journal.record(
        Action.GUEST_IMPORT_PREVIEW,
        event=upload.event_id,
        subject=upload.pk,
        file=upload.sealed.filename,
        step=step,
    )
