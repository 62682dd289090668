"""Which column of a file fills what: guessed, corrected by a person, and made ready for speed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeVar

import msgspec
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.dates import FIRST_YEAR, LAST_YEAR
from seatrobot.guests.fields import OpenField, WrongAnswer, column_of
from seatrobot.guests.importing.headings import AMBIGUOUS, TARGETS, Target, plain
from seatrobot.guests.importing.layout import headings_of, is_place_heading
from seatrobot.guests.importing.names import split_name
from seatrobot.guests.importing.reports import Arrived
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import REPLIES, STATUSES, Delivery, Money, Status
from seatrobot.normalizing import clean_line, clean_text, fold, is_email

TARGET_LABELS = {
    **{Target(field): label for field, label in LABELS.items()},
    Target.FULL_NAME: gettext_lazy("Full name (is split)"),
    Target.STATUS: gettext_lazy("Status"),
    Target.REPLY: gettext_lazy("Reply"),
    Target.DELIVERY: gettext_lazy("Mail delivery"),
    Target.MONEY: gettext_lazy("Payment"),
    Target.ARRIVED: gettext_lazy("Checked in at"),
    Target.GROUP: gettext_lazy("Group (same value: one party)"),
    Target.HOST: gettext_lazy("Guest of (name, e-mail or reference of the host)"),
    Target.NEW: gettext_lazy("A new column"),
    Target.IGNORE: gettext_lazy("Leave out"),
}
_MANY = {Target.NEW, Target.IGNORE}
_NAMING = {Target.FIRST_NAME, Target.LAST_NAME, Target.FULL_NAME, Target.EMAIL}
_SAMPLE = 50
_MOST = 0.8
_LINES = tuple(Target(name) for name in LIMITS if name != Target.NOTES)
_BETWEEN_TAGS = re.compile(r"[;,|]")
_LONGEST_NAME_TO_SPLIT = 400
T = TypeVar("T")


class Mapping(msgspec.Struct, frozen=True):
    """Heading -> a target, or the key of a field of the event, in the order of the columns.

    Headings are unique within a sheet.
    """

    columns: dict[str, str]

    def problems(self, headings: Sequence[str], fields: Sequence[OpenField] = ()) -> list[str]:
        """Sentences for what keeps this mapping from being used on a sheet with these headings."""
        known = {field.key: field.label for field in fields}
        found = [
            _("The file has no column “%(name)s”.") % {"name": name}
            for name in self.columns
            if name not in headings
        ]
        found += [
            _("The column “%(name)s” is mapped to a column that the list has no more.")
            % {"name": name}
            for name, target in self.columns.items()
            if target not in _TARGETS and target not in known
        ]
        special = {fold(field.label) for field in fields if field.special}
        found += [
            _("The column “%(name)s” is special on the list; choose that one, or leave it out.")
            % {"name": name}
            for name in self.new_columns
            if fold(name) in special
        ]
        counts = Counter(self.columns.values())
        for target, count in counts.items():
            if count > 1 and target not in _MANY:
                names = "”, “".join(n for n, t in self.columns.items() if t == target)
                label = known.get(target) or TARGET_LABELS.get(_TARGETS.get(target, Target.NEW))
                found.append(
                    _("Several columns (“%(names)s”) are mapped to %(target)s; choose one.")
                    % {"names": names, "target": label}
                )
        if not _NAMING & counts.keys():
            found.append(_("Choose the column that holds the names of the guests."))
        return found

    @property
    def new_columns(self) -> list[str]:
        """The headings that become columns of the list."""
        return [name for name, target in self.columns.items() if target == Target.NEW]


_TARGETS = {target.value: target for target in Target}


def guess(
    headings: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]] = (),
    fields: Sequence[OpenField] = (),
) -> Mapping:
    """Guess a mapping from headings and, where they say nothing, from the first rows.

    A heading under which our own lists give a field of the event means that field.
    """
    known = {fold(name): field for name, field in zip(headings_of(fields), fields, strict=True)}
    own = [known.get(fold(heading)) for heading in headings]
    plains = [plain(heading) for heading in headings]
    targets = [
        None if field else TARGETS.get(word) for word, field in zip(plains, own, strict=True)
    ]
    _settle_names(plains, targets)
    _look_at_cells(targets, own, [list(cells) for _number, cells in islice(rows, _SAMPLE)])
    columns: dict[str, str] = {}
    for heading, target, field in zip(headings, targets, own, strict=True):
        meant = field.key if field else target
        is_free = meant is not None and meant not in columns.values()
        columns[heading] = str(meant) if is_free else Target.NEW
        if field is None and is_place_heading(heading):
            columns[heading] = Target.IGNORE
    return Mapping(columns)


def _settle_names(plains: list[str], targets: list[Target | None]) -> None:
    """Decide what "Name" means: beside "Vorname" the last name, beside "Apellidos" the first."""
    for index, word in enumerate(plains):
        if word not in AMBIGUOUS:
            continue
        has_first, has_last = Target.FIRST_NAME in targets, Target.LAST_NAME in targets
        if has_first and has_last:
            continue
        if has_first:
            targets[index] = Target.LAST_NAME
        elif has_last:
            targets[index] = Target.FIRST_NAME
        elif Target.FULL_NAME not in targets:
            targets[index] = Target.FULL_NAME


def _look_at_cells(
    targets: list[Target | None], own: Sequence[OpenField | None], sample: list[list[str]]
) -> None:
    """Recognise addresses and statuses by their cells where no heading named them."""
    for target, fits in ((Target.EMAIL, is_email), (Target.STATUS, _is_status)):
        if target in targets:
            continue
        for index, known in enumerate(targets):
            filled = [cells[index].strip() for cells in sample if cells[index].strip()]
            is_open = known is None and own[index] is None
            if is_open and filled and sum(map(fits, filled)) >= _MOST * len(filled):
                targets[index] = target
                break


def _is_status(text: str) -> bool:
    return text.casefold() in STATUSES


class RowFacts(NamedTuple):
    """What a row says beside the record; None for what it does not say."""

    status: Status | None = None
    reply: str | None = None
    delivery: Delivery | None = None
    money: Money | None = None
    arrived: Arrived | None = None


class Plan:
    """A mapping made ready: from the cells of a row to a record and facts.

    `mapping` must have no problems with the headings. fields: by heading, of those that are or
    become columns of the list.
    """

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, fields: MappingOf[str, OpenField]
    ) -> None:
        places = {name: index for index, name in enumerate(headings)}
        where = {
            _TARGETS[target]: places[name]
            for name, target in mapping.columns.items()
            if target in _TARGETS
        }
        self.lines = [(where[target], target.value) for target in _LINES if target in where]
        self.fields = [
            (places[name], fields[name])
            for name, target in mapping.columns.items()
            if target == Target.NEW or column_of(target)
        ]
        self.notes = where.get(Target.NOTES)
        self.tags = where.get(Target.TAGS)
        self.full_name = where.get(Target.FULL_NAME)
        self.status = where.get(Target.STATUS)
        self.reply = where.get(Target.REPLY)
        self.delivery = where.get(Target.DELIVERY)
        self.money = where.get(Target.MONEY)
        self.arrived = where.get(Target.ARRIVED)
        self.group = where.get(Target.GROUP)
        self.host = where.get(Target.HOST)

    def record(self, cells: Sequence[str]) -> tuple[GuestRecord, list[str]]:
        """Return what the row says of a guest and what is wrong; empty cells say nothing."""
        record = GuestRecord()
        for index, field in self.lines:
            if cells[index]:
                setattr(record, field, clean_line(cells[index]))
        if self.notes is not None:
            record.notes = clean_text(cells[self.notes])
        if self.tags is not None:
            record.tags = split_tags(cells[self.tags])
        if self.full_name is not None:
            _fill_name(record, clean_line(cells[self.full_name]))
        if record.email[:7].lower() == "mailto:":
            record.email = record.email[7:]
        problems = list(record.check())
        for index, question in self.fields:
            if cells[index] and (text := clean_line(cells[index])):
                try:
                    record.answers[question.id] = question.parse(text)
                except WrongAnswer as error:
                    problems.append(str(error))
        return record, problems

    def facts(self, cells: Sequence[str]) -> RowFacts:
        """Return the facts that a row says; raise ValueError (sentence) for an unknown word."""
        if self.status is self.reply is self.delivery is self.money is self.arrived is None:
            return _NO_FACTS
        status = _word(cells, self.status, _("Status"), STATUSES)
        reply = _word(cells, self.reply, _("Reply"), _REPLY_WORDS)
        return RowFacts(
            status,
            reply,
            _word(cells, self.delivery, _("Mail delivery"), _DELIVERIES),
            _word(cells, self.money, _("Payment"), _MONEY),
            _arrival(_cell(cells, self.arrived), status),
        )


_NO_FACTS = RowFacts()
_REPLY_WORDS = {word: word for word in REPLIES}
_DELIVERIES = {delivery.value: delivery for delivery in Delivery}
_MONEY = {money.value: money for money in Money}


def split_tags(text: str) -> list[str]:
    """Split at ; , and |, each tag once, in the order given."""
    if not text:
        return []
    tags = (clean_line(tag) for tag in _BETWEEN_TAGS.split(text))
    return list(dict.fromkeys(tag for tag in tags if tag))


def _cell(cells: Sequence[str], index: int | None) -> str:
    return clean_line(cells[index]) if index is not None else ""


def _word(
    cells: Sequence[str], index: int | None, label: str, words: MappingOf[str, T]
) -> T | None:
    text = _cell(cells, index)
    if not text:
        return None
    found = words.get(text.casefold())
    if found is None:
        raise ValueError(
            _("%(label)s “%(value)s” is unknown; known are %(known)s.")
            % {"label": label, "value": text[:40], "known": ", ".join(words)}
        )
    return found


def _arrival(text: str, status: Status | None) -> Arrived | None:
    """Return the arrival that a row tells; a time needs its zone."""
    if not text:
        return Arrived(None) if status is Status.ATTENDED else None
    moment: datetime | None = None
    if len(text) > len("2027-01-20"):
        try:
            moment = parse_datetime(text)
        except ValueError:
            moment = None
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(
            _("Checked in at “%(value)s” is no time such as 2027-01-20T19:30:00+00:00.")
            % {"value": text[:40]}
        )
    return Arrived(moment)


def _fill_name(record: GuestRecord, text: str) -> None:
    if not text or record.first_name or record.last_name:
        return
    if len(text) > _LONGEST_NAME_TO_SPLIT:
        record.last_name = text
        return
    name = split_name(text)
    record.first_name, record.last_name = name.first_name, name.last_name
    record.title = record.title or name.title
    record.suffix = record.suffix or name.suffix
