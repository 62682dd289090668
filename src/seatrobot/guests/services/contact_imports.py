"""Address books become contacts: with the engine of guest lists, or as vCards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.contacts import bulk
from seatrobot.contacts import services as contacts
from seatrobot.contacts.contact_list import OpenContact, open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import LIMITS, ContactImport, ContactImportRecord, ContactRecord
from seatrobot.contacts.vcard import Card, UnreadableCards, looks_like_cards, read_cards
from seatrobot.documents.reading import Sheet, UnreadableSheet, read_sheet
from seatrobot.documents.sheet import MAX_BYTES
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import Target, is_known
from seatrobot.guests.importing.lines import is_heading, is_total
from seatrobot.guests.importing.mapping import Mapping as Columns
from seatrobot.guests.importing.mapping import Plan
from seatrobot.guests.importing.names import split_name
from seatrobot.guests.importing.values import addresses_in
from seatrobot.guests.services.contacts import contact_record
from seatrobot.guests.services.import_cards import refuse_cards
from seatrobot.kernel import cards
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.progress.services import Report as Tell
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line, clean_text, fold, is_email, normalized_name

MORE_EMAILS = "more_emails"
"""What a column of further addresses becomes, beside the targets of the engine."""
TARGETS = (
    Target.FULL_NAME, Target.FIRST_NAME, Target.MIDDLE_NAME, Target.LAST_NAME, Target.TITLE,
    Target.SUFFIX, Target.EMAIL, Target.COMPANY, Target.PHONE, Target.TAGS, Target.NOTES,
)  # fmt: skip
"""What a column of an address book can be; whatever else one is for a guest is left out."""
SAMPLE = 50
SHOWN = 20
LONGEST_FILENAME = 200
LONGEST_PASTED = 1_000_000
_KEPT = frozenset({"emails", "tags", "notes"})
"""Fields to which an import adds; what they hold stays."""


class BookRefused(Refused):
    """What cannot be imported as contacts."""

    status = 422


class Line(NamedTuple):
    """One row or card. sentences: why it is wrong or left out."""

    number: int
    name: str
    sentences: Sequence[str] = ()


@dataclass(slots=True)
class Outcome:
    """What an import does: counts, and the first lines of each kind."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("new", "changed", "same", "wrong", "left_out"), 0)
    )
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def note(self, kind: str, line: Line) -> None:
        self.counts[kind] += 1
        kept = self.lines.setdefault(kind, [])
        if len(kept) < SHOWN:
            kept.append(line)


@dataclass(slots=True)
class Plans:
    """What is written: new contacts, what is laid over those there are, and what is told of it."""

    new: dict[UUID, ContactRecord] = field(default_factory=dict)
    over: dict[UUID, list[ContactRecord]] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)


class _Read(NamedTuple):
    """A person as the file has it. is_nobody: a line of totals, a heading, a group."""

    number: int
    record: ContactRecord
    problems: Sequence[str]
    is_nobody: bool = False


def receive(*, actor: Principal, filename: str, data: bytes) -> ContactImport:
    """Keep an address book sealed until it is imported. Raises BookRefused, CardNumber."""
    actor.require(Permission.CONTACT_CHANGE)
    if len(data) > MAX_BYTES:
        raise BookRefused(
            _("The file is too large; at most %(most)s MB are accepted.")
            % {"most": MAX_BYTES // 1024**2},
            field="file",
        )
    name = clean_line(filename)[:LONGEST_FILENAME]
    record = ContactImportRecord(name, data, is_cards=looks_like_cards(data))
    try:
        if record.is_cards:
            for text in (name, *_texts(data)):
                cards.refuse(text, field="file", label=_("The file"))
        else:
            sheet = read_sheet(data, filename, knows=is_known)
            refuse_cards(sheet, data, filename)
            record.columns = guessed(sheet)
    except (UnreadableSheet, UnreadableCards) as error:
        raise BookRefused(error, field="file") from error
    row = ContactImport.objects.create(
        organization_id=actor.organization_id,
        account_id=actor.account_id,
        sealed=record,
        created_at=now(),
    )
    journal.record(Action.CONTACT_IMPORT_PREVIEW, subject_id=row.pk)
    return row


def _texts(data: bytes) -> Iterator[str]:
    """Give all that the cards of a file say and a contact would keep."""
    for card in read_cards(data):
        yield from (card.full_name, card.first_name, card.last_name, card.title, card.suffix)
        yield from (card.notes, card.company, card.phone, *card.tags, *card.emails)


def load(principal: Principal, import_id: UUID, *, for_update: bool = False) -> ContactImport:
    """Return an import of somebody who may change contacts; Http404 when there is none."""
    principal.require(Permission.CONTACT_CHANGE)
    rows = ContactImport.objects.filter(pk=import_id)
    row = (rows.select_for_update(no_key=True) if for_update else rows).first()
    if row is None:
        raise Http404
    return row


def sheet_of(row: ContactImport) -> Sheet:
    return read_sheet(row.sealed.data, row.sealed.filename, knows=is_known)


def guessed(sheet: Sheet) -> dict[str, str]:
    """Guess what the columns of an address book are: heading -> target; others are left out."""
    head = list(islice(sheet.rows, SAMPLE))
    found = guess(sheet.columns, head).columns
    columns: dict[str, str] = {}
    for index, name in enumerate(sheet.columns):
        target = found.get(name, Target.IGNORE.value)
        filled = [cells[index].strip() for _number, cells in head if cells[index].strip()]
        is_address = bool(filled) and sum(map(is_email, filled)) > len(filled) / 2
        if target in TARGETS:
            columns[name] = target
        else:
            columns[name] = MORE_EMAILS if is_address else Target.IGNORE.value
    return columns


def set_columns(
    *, actor: Principal, row: ContactImport, columns: Mapping[str, str], overwrite: bool
) -> None:
    """Note what the columns of a file are. Raises BookRefused for what cannot be."""
    actor.require(Permission.CONTACT_CHANGE)
    _require_open(row)
    known = {*TARGETS, MORE_EMAILS, Target.IGNORE}
    said = row.sealed
    if not said.is_cards:
        sheet = sheet_of(row)
        chosen = {name: columns.get(name, Target.IGNORE.value) for name in sheet.columns}
        if any(target not in known for target in chosen.values()):
            raise BookRefused(_("Choose what each column holds."))
        if problems := _mapping(chosen).problems(sheet.columns):
            raise BookRefused(" ".join(problems))
        said.columns = chosen
    said.overwrite = overwrite
    row.save()


def dry_run(*, actor: Principal, row: ContactImport) -> Outcome:
    """Say what an import would do now; nothing is written."""
    actor.require(Permission.CONTACT_CHANGE)
    journal.record(Action.CONTACT_IMPORT_PREVIEW, subject_id=row.pk)
    return plan(open_contacts(actor).by_name, _people(row), overwrite=row.sealed.overwrite).outcome


def start(*, actor: Principal, import_id: UUID) -> ContactImport:
    """Ask for an import to be done; once however often it is asked."""
    row = load(actor, import_id, for_update=True)
    if is_started(row):
        return row
    work = progress.start("guests.import-contacts")
    row.progress_id = work.pk
    row.save()
    defer("guests.import-contacts", import_id=str(row.pk), progress_id=str(work.pk))
    return row


def run(*, actor: Principal, import_id: UUID, tell: Tell | None = None) -> Outcome:
    """Import an address book against the contacts as they are now; wrong rows are left out."""
    row = load(actor, import_id, for_update=True)
    if not row.sealed.data:
        raise BookRefused(_("This file was imported already; upload it again."))
    done = plan(open_contacts(actor).by_name, _people(row), row.sealed.overwrite, tell)
    contacts.insert_many(actor=actor, records=done.new)
    overwrite = row.sealed.overwrite

    def lay_over(pk: UUID, record: ContactRecord) -> ContactRecord:
        for said in done.over[pk]:  # over what the contact is now, under its lock
            record = laid_over(record, said, overwrite=overwrite)
        return record

    bulk.rewrite(actor=actor, ids=done.over, change=lay_over)
    row.sealed = ContactImportRecord(row.sealed.filename, is_cards=row.sealed.is_cards)
    row.save()
    counts: dict[str, Any] = dict(done.outcome.counts)
    journal.record(Action.CONTACT_IMPORT, subject_id=row.pk, **counts)
    return done.outcome


def discard(*, actor: Principal, row: ContactImport) -> None:
    """Forget an address book; the contacts stay as they are."""
    actor.require(Permission.CONTACT_CHANGE)
    _require_open(row)
    row.delete()


def is_started(row: ContactImport) -> bool:
    """Whether an import is going on or done; one that failed can be started again."""
    work = Progress.objects.filter(pk=row.progress_id).first() if row.progress_id else None
    return work is not None and work.shown_state != Progress.State.FAILED


def plan(
    known: Iterable[OpenContact],
    people: Iterable[_Read],
    overwrite: bool = False,  # noqa: FBT001, FBT002  one tick of a page
    tell: Tell | None = None,
) -> Plans:
    """Lay people beside the contacts there are; rows of the same person in a file make one.

    Whoever has one of a contact's addresses and its name is that contact, and so is somebody
    without an address of the same name and company. All others are new.
    """
    done = Plans()
    index = _Index(known)
    for count, each in enumerate(people):
        if tell is not None and count % 1000 == 0:
            tell(count, 0)
        name = each.record.full_name or next(iter(each.record.emails), "")
        line = Line(each.number, name, each.problems)
        if each.is_nobody:
            done.outcome.note("left_out", line)
        elif each.problems:
            done.outcome.note("wrong", line)
        elif (found := index.find(each.record)) is None:
            key = new_id()
            done.new[key] = each.record
            index.add(key, each.record)
            done.outcome.note("new", line)
        else:
            _lay_over(done, index, found, each.record, line, overwrite=overwrite)
    return done


def _lay_over(  # noqa: PLR0913  one step of `plan`
    done: Plans, index: _Index, pk: UUID, record: ContactRecord, line: Line, *, overwrite: bool
) -> None:
    """Add what a file says of somebody who is there, in the contacts or in the file before."""
    before = index.records[pk]
    after = laid_over(before, record, overwrite=overwrite)
    if after == before:
        done.outcome.note("same", line)
        return
    if problems := [sentence for _field, sentence in after.check()]:
        done.outcome.note("wrong", line._replace(sentences=problems))
        return
    if pk in done.new:
        done.new[pk] = after
    else:
        done.over.setdefault(pk, []).append(record)
    index.add(pk, after)
    done.outcome.note("changed", line)


def laid_over(before: ContactRecord, record: ContactRecord, *, overwrite: bool) -> ContactRecord:
    """Return a contact with what a file adds: what is empty is filled, addresses and tags join.

    overwrite: whether what the file says replaces what differs; it empties nothing.
    """
    said: dict[str, Any] = {}
    for name in LIMITS:
        mine, theirs = getattr(before, name), getattr(record, name)
        if theirs and (not mine or (overwrite and name not in _KEPT)):
            said[name] = theirs
    for name in ("emails", "tags"):
        mine, theirs = getattr(before, name), getattr(record, name)
        there = set(map(fold, mine))
        if more := [text for text in theirs if fold(text) not in there]:
            said[name] = [*mine, *more]
    if record.notes and before.notes and record.notes not in before.notes:
        said["notes"] = f"{before.notes}\n{record.notes}"
    return msgspec.structs.replace(before, **said) if said else before


class _Index:
    """Contacts by address and name, and by name and company."""

    def __init__(self, known: Iterable[OpenContact]) -> None:
        self.records: dict[UUID, ContactRecord] = {}
        self._by_email: dict[tuple[str, str], UUID] = {}
        self._by_company: dict[tuple[str, str], set[UUID]] = {}
        for contact in known:
            self.add(contact.id, contact.record)

    def add(self, pk: UUID, record: ContactRecord) -> None:
        self.records[pk] = record
        name = _name_of(record)
        for email in record.emails:
            self._by_email.setdefault((fold(email), name), pk)
        if name:
            key = (name, normalized_name(record.company))
            self._by_company.setdefault(key, set()).add(pk)

    def find(self, record: ContactRecord) -> UUID | None:
        name = _name_of(record)
        for email in record.emails:
            if found := self._by_email.get((fold(email), name)):
                return found
        if record.emails:
            return None
        same: AbstractSet[UUID] = self._by_company.get(
            (name, normalized_name(record.company)), frozenset()
        )
        return next(iter(same)) if len(same) == 1 else None


def _name_of(record: ContactRecord) -> str:
    return normalized_name(f"{record.first_name} {record.last_name}")


def _require_open(row: ContactImport) -> None:
    if is_started(row):
        raise BookRefused(_("This import was started already."))


def _mapping(columns: Mapping[str, str]) -> Columns:
    return Columns({name: target for name, target in columns.items() if target != MORE_EMAILS})


def _people(row: ContactImport) -> Iterator[_Read]:
    if row.sealed.is_cards:
        return map(_of_card, read_cards(row.sealed.data))
    return _of_sheet(sheet_of(row), row.sealed.columns)


def _of_sheet(sheet: Sheet, columns: Mapping[str, str]) -> Iterator[_Read]:
    made = Plan(sheet.columns, _mapping(columns), {})
    made.look_at(sheet.rows)
    more = [i for i, name in enumerate(sheet.columns) if columns.get(name) == MORE_EMAILS]
    main = [i for i, name in enumerate(sheet.columns) if columns.get(name) == Target.EMAIL]
    for number, cells in sheet.rows:
        guest, problems = made.record(cells)
        emails = [email for index in main for email in addresses_in(cells[index])]
        if len(emails) > 1:
            problems = problems[1:]  # of a guest's row with several addresses; a contact has them
        record = contact_record(guest)
        record.tags, record.notes = guest.tags, guest.notes
        emails = [*(emails or record.emails), *(e for i in more for e in addresses_in(cells[i]))]
        record.emails = list({fold(email): email for email in emails}.values())
        is_nobody = made.repeats_headings(cells) or is_total(guest) or is_heading(guest)
        if not is_nobody and made.placeholder(cells) is not None:
            is_nobody = True
        if not problems and not is_nobody and made.several(cells, guest):
            problems = [_("This row names several people; give each a row.")]
        yield _Read(number, record, problems or _problems(record), is_nobody)


def _of_card(card: Card) -> _Read:
    record = ContactRecord(
        title=clean_line(card.title),
        first_name=clean_line(card.first_name),
        last_name=clean_line(card.last_name),
        suffix=clean_line(card.suffix),
        company=clean_line(card.company),
        phone=clean_line(card.phone),
        emails=list(filter(None, map(clean_line, card.emails))),
        language=clean_line(card.language),
        notes=clean_text(card.notes),
        tags=list({fold(tag): tag for tag in filter(None, map(clean_line, card.tags))}.values()),
    )
    if not (record.first_name or record.last_name) and card.full_name not in record.emails:
        name = split_name(clean_line(card.full_name))
        record.first_name, record.last_name = name.first_name, name.last_name
        record.title, record.suffix = record.title or name.title, record.suffix or name.suffix
    return _Read(card.number, record, [*card.problems, *_problems(record)], not card.is_person)


def _problems(record: ContactRecord) -> list[str]:
    return [sentence for _field, sentence in record.check()]
