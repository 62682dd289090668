"""A guest list on its way in: received, mapped, looked at, done in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from datetime import tzinfo
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.documents.reading import Choice, Sheet, UnreadableSheet, read_sheet
from seatrobot.events.models import Event, Field
from seatrobot.guests import capacity
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.fields import OpenField
from seatrobot.guests.guest_list import GuestList, open_list
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import Target, is_known, is_of_diet
from seatrobot.guests.importing.mapping import NOTHING, Mapping
from seatrobot.guests.importing.reports import ExistingGuest, Kind, Outcome, Report
from seatrobot.guests.importing.values import is_filler
from seatrobot.guests.models import FileRecord, Import, ImportFile, ImportRecord
from seatrobot.guests.reading import load_import
from seatrobot.guests.records import LONGEST_LABEL
from seatrobot.guests.services import contacts, fields, mapping_memory, read_sheets
from seatrobot.guests.services.applying import apply
from seatrobot.guests.services.fields import FieldFacts
from seatrobot.guests.services.import_cards import refuse_cards
from seatrobot.guests.statuses import REPLIES, STATUSES, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.progress.services import Report as Tell
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line

LONGEST_FILENAME = 200
LONGEST_ANSWER = 60
MOST_ANSWERS = 10_000
"""To questions of rows; the newest count."""
LONGEST_WORD = 200
MOST_WORDS = 400
"""Whose meaning is kept; the newest count, and a file is asked about fewer."""
_QUESTION = re.compile(rf"(?:[0-9]{{1,7}}|\*):(?:{'|'.join(Kind)})")


class ImportRefused(Refused):
    """Why an import was not done; nothing was changed."""


class ParsedImport(NamedTuple):
    """A sheet laid beside the list.

    fields: the columns of the list by the sheet's headings. misread: as of the Sheet.
    """

    found: Comparison
    row_count: int
    fields: MappingOf[str, OpenField]
    misread: tuple[str, str] | None = None


def receive(*, actor: Principal, event: Event, filename: str, data: bytes) -> Import:
    """Keep an uploaded file sealed until it is imported; raises UnreadableSheet."""
    actor.require(Permission.GUEST_IMPORT, event.pk)
    sheet = read_sheet(data, filename, knows=is_known)
    refuse_cards(sheet, data, filename)
    record = ImportRecord(filename[:LONGEST_FILENAME], row_count=sheet.row_count)
    upload = Import.objects.create(
        organization_id=event.organization_id,
        event=event,
        account_id=actor.account_id,
        sealed=record,
        created_at=now(),
    )
    ImportFile.objects.create(
        organization_id=event.organization_id, upload=upload, sealed=FileRecord(data)
    )
    _record_step(upload, "upload")
    return upload


def sheet_of(*, actor: Principal, upload: Import) -> Sheet:
    """Read the file of an import; raise ImportRefused when it was done or purged."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    file = ImportFile.objects.filter(upload=upload)
    said = upload.sealed

    def read() -> Sheet:
        return read_sheet(file.get().sealed.data, said.filename, said.reading, is_known)

    if not file.exists():
        read_sheets.forget(upload_id=upload.pk)
        raise ImportRefused(_("This file was imported or deleted already; upload it again."))
    return read_sheets.read_once(upload.organization_id, upload.pk, said.reading, read)


def set_reading(*, actor: Principal, upload: Import, reading: Choice) -> None:
    """Note how a person says the file is to be read; what was said of it is forgotten.

    What was said of its columns stays where only letters are repaired, and no heading changes.
    Raises UnreadableSheet when it cannot be read so.
    """
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    _require_open(upload)
    before = upload.sealed.reading
    upload.sealed.reading = reading
    try:
        sheet = sheet_of(actor=actor, upload=upload)
    except UnreadableSheet:
        upload.sealed.reading = before
        raise
    refuse_cards(sheet)
    is_same = msgspec.structs.replace(reading, repair=before.repair) == before
    if not is_same or list(upload.sealed.columns) != sheet.columns:
        upload.sealed.columns = {}
    upload.sealed.answers = {}
    upload.sealed.row_count = sheet.row_count
    upload.save()
    _record_step(upload, "reading")


def repair(*, actor: Principal, upload: Import) -> None:
    """Have the texts repaired that were decoded wrongly before they came; see `set_reading`."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    reading = msgspec.structs.replace(upload.sealed.reading, repair=True)
    set_reading(actor=actor, upload=upload, reading=reading)


def guessed(sheet: Sheet, own: Sequence[OpenField] = ()) -> Mapping:
    """Guess what the columns of a sheet mean. own: the columns that the list has."""
    return guess(sheet.columns, islice(sheet.rows, 50), own)


def proposed(
    *, actor: Principal, upload: Import, sheet: Sheet, own: Sequence[OpenField]
) -> tuple[Mapping, str, bool]:
    """Return what a sheet's columns mean, and the status of rows without one.

    As a person agreed already, else as the organization's last list with these headings had it,
    else guessed. The last value tells whether it was remembered.
    """
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    said = upload.sealed
    if said.columns:
        return Mapping(said.columns, said.values), said.default_status, False
    mapping = guessed(sheet, own)
    remembered = mapping_memory.recall(
        actor=actor, event_id=upload.event_id, sheet=sheet, own=own, guessed=mapping
    )
    if remembered:
        return *remembered, True
    return mapping, usual_status(sheet, mapping).value, False


def usual_status(sheet: Sheet, mapping: Mapping) -> Status:
    """Return the status of rows that name none: outstanding where other rows do name one."""
    asked = {Target.STATUS, Target.REPLY}
    indexes = [i for i, name in enumerate(sheet.columns) if mapping.columns.get(name) in asked]
    head = [cells for _number, cells in islice(sheet.rows, 500)]
    named = [any(not is_filler(cells[i]) for i in indexes) for cells in head]
    return Status.OUTSTANDING if any(named) else Status.CONFIRMED


def set_mapping(
    *,
    actor: Principal,
    upload: Import,
    mapping: Mapping,
    default_status: Status,
    keep_contacts: bool = False,
) -> None:
    """Note what a person says the columns mean; raise ImportRefused for what cannot be."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    _require_open(upload)
    sheet = sheet_of(actor=actor, upload=upload)
    own = open_list(actor, upload.event_id, Permission.GUEST_IMPORT).fields
    if problems := mapping.problems(sheet.columns, own):
        raise ImportRefused(" ".join(problems))
    if mapping.columns != upload.sealed.columns:
        upload.sealed.answers = {}
    upload.sealed.columns = dict(mapping.columns)
    upload.sealed.values = dict(mapping.values)
    upload.sealed.default_status = default_status.value
    upload.sealed.keep_contacts = keep_contacts
    upload.save()
    _record_step(upload, "mapping")


def answer(
    *,
    actor: Principal,
    upload: Import,
    answers: MappingOf[str, str],
    values: MappingOf[str, str] = {},
) -> None:
    """Note what a person answered to the dry run: to questions of rows, and what words mean.

    An empty answer takes an earlier one back; a new one for all takes those of single rows back.
    What is longer than any question or word of a file is passed over.
    """
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    _require_open(upload)
    known = {*STATUSES, *REPLIES, NOTHING, ""}
    said = upload.sealed
    general = {
        key.removeprefix("*:")
        for key, text in answers.items()
        if key.startswith("*:") and text != said.answers.get(key, "")
    }
    kept = {
        key: text
        for key, text in _newest(said.answers, answers).items()
        if len(text) <= LONGEST_ANSWER
        and _QUESTION.fullmatch(key)
        and (key.startswith("*:") or key.partition(":")[2] not in general)
    }
    meant = {
        word: text for word, text in values.items() if text in known and len(word) <= LONGEST_WORD
    }
    said.answers = _given(kept, MOST_ANSWERS)
    said.values = _given(_newest(said.values, meant), MOST_WORDS)
    upload.save()
    _record_step(upload, "answers")


def _newest(before: MappingOf[str, str], now_said: MappingOf[str, str]) -> dict[str, str]:
    """Return both, what is said now at the end."""
    return {key: text for key, text in before.items() if key not in now_said} | dict(now_said)


def _given(said: dict[str, str], most: int) -> dict[str, str]:
    """Return the last of what is said, without what was taken back."""
    return dict([(key, text) for key, text in said.items() if text][-most:])


def is_started(upload: Import) -> bool:
    """Whether an import is going on or done; one that failed can be changed and started again."""
    work = Progress.objects.filter(pk=upload.progress_id).first() if upload.progress_id else None
    return work is not None and work.shown_state != Progress.State.FAILED


def _require_open(upload: Import) -> None:
    if is_started(upload):
        raise ImportRefused(_("This import was started already."))


def compare(*, actor: Principal, upload: Import) -> ParsedImport:
    """Lay a file beside the list as it is now; the dry run is this one's report."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    sheet = sheet_of(actor=actor, upload=upload)
    guest_list = open_list(actor, upload.event_id, Permission.GUEST_IMPORT)
    said = upload.sealed
    mapping = Mapping(said.columns, said.values)
    if problems := mapping.problems(sheet.columns, guest_list.fields):
        raise ImportRefused(" ".join(problems))
    default = STATUSES[said.default_status]
    return comparison(guest_list, sheet, mapping, default, said.answers, upload.event.zone)


def comparison(  # noqa: PLR0913, PLR0917  all that an import is
    guest_list: GuestList,
    sheet: Sheet,
    mapping: Mapping,
    default_status: Status,
    answers: MappingOf[str, str] = {},
    zone: tzinfo | None = None,
) -> ParsedImport:
    """Lay a sheet beside the guests an event has now. zone: of times that name none."""
    columns = _columns(mapping, guest_list.fields)
    known = _known(guest_list)
    found = Comparison(
        sheet.columns, sheet.rows, mapping, known, default_status, columns, answers, zone
    )
    return ParsedImport(found, sheet.row_count, columns, sheet.misread)


def dry_run(*, actor: Principal, upload: Import) -> Report:
    """Say what an import would do."""
    incoming = compare(actor=actor, upload=upload)
    report = incoming.found.report()
    report.misread = None if upload.sealed.reading.repair else incoming.misread
    _record_step(upload, "dry-run")
    return report


def start(
    *,
    actor: Principal,
    event_id: UUID,
    upload_id: UUID,
    skip_problems: bool = False,
    overbook: bool = False,
) -> Import:
    """Ask for an import to be done; once however often it is asked, again after it failed."""
    actor.require(Permission.GUEST_IMPORT, event_id)
    upload = load_import(actor, event_id, upload_id, for_update=True)
    if is_started(upload):
        return upload
    work = progress.start("guests.import", event_id=event_id, total=upload.sealed.row_count)
    upload.progress_id = work.pk
    upload.save()
    read_sheets.forget(upload_id=upload.pk)
    defer(
        "guests.import",
        import_id=str(upload_id),
        event_id=str(event_id),
        progress_id=str(work.pk),
        skip_problems="1" if skip_problems else "",
        overbook="1" if overbook else "",
    )
    return upload


def run(
    *,
    actor: Principal,
    upload: Import,
    skip_problems: bool,
    overbook: bool = False,
    tell: Tell | None = None,
) -> dict[Outcome, int]:
    """Import a file against the list as it is now, all of it in the transaction around.

    Raises ImportRefused, and has changed nothing, when rows are wrong and nobody agreed to leave
    them out (`skip_problems`); Full when there are fewer places than guests.
    """
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    capacity.lock_list(upload.event_id)
    incoming = compare(actor=actor, upload=upload)
    counts = finish(
        actor=actor,
        event=upload.event,
        incoming=incoming,
        skip_problems=skip_problems,
        overbook=overbook,
        keep_contacts=upload.sealed.keep_contacts,
        tell=tell,
    )
    own = open_list(actor, upload.event_id, Permission.GUEST_IMPORT).fields
    mapping_memory.remember(actor=actor, upload=upload, own=own)
    delete_file(upload.pk)
    return counts


def finish(  # noqa: PLR0913  all that is said of an import
    *,
    actor: Principal,
    event: Event,
    incoming: ParsedImport,
    skip_problems: bool,
    overbook: bool = False,
    keep_contacts: bool = False,
    tell: Tell | None = None,
) -> dict[Outcome, int]:
    """Do what a comparison found, in the transaction around; the list is locked. See `run`."""
    actor.require(Permission.GUEST_IMPORT, event.pk)
    activity = capacity.lock_list(event.pk)
    new = {field.id: field for field in incoming.fields.values() if field.position < 0}
    special = {field.id for field in new.values() if field.special}
    if special:
        actor.require(Permission.SPECIAL_VIEW, event.pk)
    with capacity.check_capacity(activity, overbook=overbook):
        applied = apply(
            event=event,
            found=incoming.found,
            total=incoming.row_count,
            account_id=actor.account_id,
            new_special=special,
            link=contacts.linking(actor=actor, event_id=event.pk, keep=keep_contacts),
            tell=tell,
        )
    counts = applied.counts
    counts[Outcome.CREATED] += applied.companions
    problems = counts[Outcome.WRONG] + counts[Outcome.ASKED]
    if problems and not skip_problems:
        raise ImportRefused(
            ngettext(
                "%(count)s row cannot be imported, so nothing was; look at the dry run again.",
                "%(count)s rows cannot be imported, so nothing was; look at the dry run again.",
                problems,
            )
            % {"count": problems}
        )
    for field in new.values():
        if field.id in applied.used:
            facts = FieldFacts(field.label, Field.Type(field.type), special=field.special)
            fields.create(event, facts, field.id)
    counted: dict[str, Any] = {outcome.value: count for outcome, count in counts.items()}
    journal.record(Action.GUEST_IMPORT, event_id=event.pk, **counted)
    return counts


def discard(*, actor: Principal, upload: Import) -> None:
    """Forget an upload; the guests stay as they are."""
    actor.require(Permission.GUEST_IMPORT, upload.event_id)
    _require_open(upload)
    _record_step(upload, "discard")
    read_sheets.forget(upload_id=upload.pk)
    upload.delete()


def delete_file(upload_id: UUID) -> None:
    """Delete the uploaded file; what is left of the import tells what came of it."""
    read_sheets.forget(upload_id=upload_id)
    ImportFile.objects.filter(upload_id=upload_id).delete()


def _columns(mapping: Mapping, own: Sequence[OpenField]) -> dict[str, OpenField]:
    """Return the columns that headings fill; new ones have an identifier and no place yet."""
    known = {field.key: field for field in own}
    new = {
        heading: _new_column(heading, special=mapping.columns[heading] == Target.SPECIAL)
        for heading in mapping.new_columns
    }
    old = {heading: known[target] for heading, target in mapping.columns.items() if target in known}
    return {**old, **new}


def _new_column(heading: str, *, special: bool) -> OpenField:
    kind = Field.Type.DIET if special and is_of_diet(heading) else Field.Type.TEXT
    labels = {"": clean_line(heading)[:LONGEST_LABEL] or "?"}
    return OpenField(new_id(), -1, kind.value, "person", special, labels)


def _known(guest_list: GuestList) -> Iterable[ExistingGuest]:
    for guest in guest_list.guests.values():
        has_arrived = guest.checked_in_at is not None
        yield ExistingGuest(
            guest.id, guest.record, guest.facts, has_arrived, guest.party_id, guest.host_id
        )


def _record_step(upload: Import, step: str) -> None:
    journal.record(
        Action.GUEST_IMPORT_PREVIEW, event_id=upload.event_id, subject_id=upload.pk, step=step
    )
