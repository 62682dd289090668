"""Which column of a file fills what: guessed, corrected by a person, and made ready for speed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from datetime import tzinfo
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.dates import FIRST_YEAR, LAST_YEAR
from seatrobot.guests.fields import OpenField, WrongAnswer, column_of
from seatrobot.guests.importing.dates import DateColumns, Order, Written, moment_of, written
from seatrobot.guests.importing.headings import Target, of_companion, plain, target_of
from seatrobot.guests.importing.lines import placeholder
from seatrobot.guests.importing.names import (
    Name,
    Several,
    count_of_companions,
    is_plain_name,
    is_title,
    puts_last_names_first,
    read_several,
    read_several_first_names,
    says_nobody,
    split_name,
    titles_of,
)
from seatrobot.guests.importing.reports import ImportedRow, Word
from seatrobot.guests.importing.values import (
    address_and_name,
    addresses_in,
    count_in,
    guess_reply,
    has_nothing,
    is_filler,
    is_name_filler,
    is_plain_answer,
    is_yes_or_no,
    key_of,
)
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import REPLIES, STATUSES, Delivery, Money, Status
from seatrobot.normalizing import clean_line, clean_text, fold

TARGET_LABELS = {
    **{Target(field): label for field, label in LABELS.items()},
    Target.MIDDLE_NAME: gettext_lazy("Middle name (goes with the first name)"),
    Target.IDENTIFIER: gettext_lazy("Seatrobot ID (of our own exports)"),
    Target.FULL_NAME: gettext_lazy("Full name (is split)"),
    Target.STATUS: gettext_lazy("Status"),
    Target.REPLY: gettext_lazy("Reply"),
    Target.DELIVERY: gettext_lazy("Mail delivery"),
    Target.MONEY: gettext_lazy("Payment"),
    Target.ARRIVED: gettext_lazy("Checked in at"),
    Target.GROUP: gettext_lazy("Group (same value: one party)"),
    Target.HOST: gettext_lazy("Guest of (name, e-mail or reference of the host)"),
    Target.PLUS_ONE: gettext_lazy("Plus-one (yes or no, a number, or a name)"),
    Target.PEOPLE: gettext_lazy("Number of people (the guest included)"),
    Target.NEW: gettext_lazy("A new column"),
    Target.SPECIAL: gettext_lazy("A new special column (health, diet, religion, passport)"),
    Target.IGNORE: gettext_lazy("Leave out"),
}
NEW_COLUMNS = {Target.NEW, Target.SPECIAL}
MANY = {*NEW_COLUMNS, Target.IGNORE, Target.TITLE, Target.TAGS, Target.PLUS_ONE}
NAMING = {Target.FIRST_NAME, Target.LAST_NAME, Target.FULL_NAME, Target.EMAIL}
MOST_PLACES = 20
"""How many people one row can bring at most."""

NOTHING = "-"
"""What a word of a status column means that says nothing."""

_MOST_WORDS = 200
_SAMPLE = 200
_FULL = 3
_MOST = 0.8
_LINES = tuple(Target(name) for name in LIMITS if name != Target.NOTES)
_BETWEEN_TAGS = re.compile(r"[;,|]")
_LONGEST_NAME_TO_SPLIT = 400
T = TypeVar("T")


class Mapping(msgspec.Struct, frozen=True):
    """What the columns of a sheet mean, and the words in its status columns.

    columns: heading -> a target, or the key of a field of the event, in their order; headings are
    unique within a sheet. values: word of a status column, folded -> a word of STATUSES or REPLIES,
    NOTHING for a word that says nothing; for other words there is a guess.
    """

    columns: dict[str, str]
    values: dict[str, str] = {}

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
            if count > 1 and target not in MANY:
                names = "”, “".join(n for n, t in self.columns.items() if t == target)
                label = known.get(target) or TARGET_LABELS.get(_TARGETS.get(target, Target.NEW))
                found.append(
                    _("Several columns (“%(names)s”) are mapped to %(target)s; choose one.")
                    % {"names": names, "target": label}
                )
        if not NAMING & counts.keys():
            found.append(
                _("Choose the column that holds the names or the e-mail addresses of the guests.")
            )
        return found

    @property
    def new_columns(self) -> list[str]:
        """The headings that become columns of the list."""
        return [name for name, target in self.columns.items() if target in NEW_COLUMNS]


_TARGETS = {target.value: target for target in Target}


class UnknownWord(ValueError):
    """A word of a status column that nobody said the meaning of."""


class RowFacts(NamedTuple):
    """What a row says beside the record; None for what it does not say."""

    status: Status | None = None
    reply: str | None = None
    delivery: Delivery | None = None
    money: Money | None = None
    arrived: ImportedRow | None = None


class Companions(NamedTuple):
    """Who comes with the guest of a row. held: how many of them have no name.

    doubt: what a cell says that is neither a number nor a name nor yes or no. offered: how many
    places it may mean.
    """

    names: Sequence[Name] = ()
    held: int = 0
    note: str = ""
    doubt: str = ""
    offered: int = 1


_NOBODY = Companions()


class Plan:
    """A mapping made ready: from the cells of a row to a record and facts.

    `mapping` must have no problems with the headings. fields: by heading, of those that are or
    become columns of the list. While rows are walked it notes the words of status columns and what
    it took for titles.
    """

    def __init__(
        self, headings: Sequence[str], mapping: Mapping, fields: MappingOf[str, OpenField]
    ) -> None:
        places = {name: index for index, name in enumerate(headings)}
        meant = [
            (_TARGETS[target], places[name])
            for name, target in mapping.columns.items()
            if target in _TARGETS
        ]
        where = dict(reversed(meant))
        self.lines = [(where[target], target.value) for target in _LINES if target in where]
        self.more_titles = [i for target, i in meant if target is Target.TITLE][1:]
        self.fields = [
            (places[name], fields[name])
            for name, target in mapping.columns.items()
            if target in NEW_COLUMNS or column_of(target)
        ]
        self.notes = where.get(Target.NOTES)
        self.tags = [index for target, index in meant if target is Target.TAGS]
        self.middle_name = where.get(Target.MIDDLE_NAME)
        self.reference = where.get(Target.REFERENCE)
        self.identifier = where.get(Target.IDENTIFIER)
        self.full_name = where.get(Target.FULL_NAME)
        names = (Target.FULL_NAME, Target.FIRST_NAME, Target.LAST_NAME)
        self.names = [where[target] for target in names if target in where]
        self.headings = [key_of(name) for name in headings]
        self.seconds = [
            (where[target], headings[where[target]], index, name)
            for index, name in enumerate(headings)
            if mapping.columns.get(name) in NEW_COLUMNS
            and (target := target_of(plain(_NUMBERED.sub("", name)))) in where
            and target in _LINES
        ]
        self.status = where.get(Target.STATUS)
        self.reply = where.get(Target.REPLY)
        self.delivery = where.get(Target.DELIVERY)
        self.money = where.get(Target.MONEY)
        self.arrived = where.get(Target.ARRIVED)
        self.group = where.get(Target.GROUP)
        self.host = where.get(Target.HOST)
        self.plus_ones = []
        self.named_parts: dict[str, dict[str, int]] = {}
        for target, index in meant:
            if target is not Target.PLUS_ONE:
                continue
            who, part = of_companion(plain(headings[index])) or ("", "")
            if part in {"first", "last", "title"}:
                self.named_parts.setdefault(who, {})[part] = index
            else:
                self.plus_ones.append(index)
        self.people = where.get(Target.PEOPLE)
        others = (self.middle_name, self.full_name)
        self.has_more_names = bool(self.more_titles) or any(i is not None for i in others)
        self.title = where.get(Target.TITLE)
        self.own_titles: set[str] = set()
        self.puts_last_names_first = False
        self.fills_rows = False
        self.zone: tzinfo | None = None
        days = {index: field.label for index, field in self.fields if field.type == "date"}
        moments = {} if self.arrived is None else {self.arrived: headings[self.arrived]}
        self.dates = DateColumns(days | moments, days)
        self.orders: dict[int, Order | None] = {}
        self.values = mapping.values
        self.words: dict[str, list[Any]] = {}
        self.titles: dict[str, list[Any]] = {}

    def look_at(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Learn from a list how its names and dates are written, and how full its rows are.

        Of names and rows the first tell enough; of dates one alone may.
        """
        self.dates.look_at(rows)
        self.orders = self.dates.known_orders()
        head = [cells for _row, cells in islice(rows, _SAMPLE)]
        if self.full_name is not None:
            names = (clean_line(cells[self.full_name]) for cells in head)
            self.puts_last_names_first = puts_last_names_first(names)
        if self.title is not None:
            self.own_titles = {fold(_cell(cells, self.title)) for cells in head} - {""}
        full = sum(sum(map(bool, cells)) >= _FULL for cells in head)
        self.fills_rows = len(head) >= _FULL and full >= len(head) * _MOST

    def notes_on_seconds(self, rows: Iterable[tuple[int, Sequence[str]]]) -> list[str]:
        """Name rows that say in a second column of a kind alone what the first one is taken for."""
        found: dict[tuple[str, str], list[int]] = {}
        for row, cells in rows if self.seconds else ():
            for first, name, second, other in self.seconds:
                if is_filler(cells[first].strip()) and not is_filler(cells[second].strip()):
                    found.setdefault((name, other), []).append(row)
        return [
            ngettext(
                "%(count)s row (%(rows)s) has nothing in “%(name)s” but something in “%(other)s”, "
                "which becomes a column of its own.",
                "%(count)s rows (%(rows)s) have nothing in “%(name)s” but something in "
                "“%(other)s”, which becomes a column of its own.",
                len(places),
            )
            % {"count": len(places), "rows": _some(places), "name": name, "other": other}
            for (name, other), places in found.items()
        ]

    def stands_alone(self, cells: Sequence[str]) -> bool:
        """Whether a row says nothing but a name in a list that says more of nearly everybody."""
        if not self.fills_rows:
            return False
        filled = [index for index, text in enumerate(cells) if text.strip()]
        return len(filled) == 1 and filled[0] in self.names

    def repeats_headings(self, cells: Sequence[str]) -> bool:
        """Whether a row is that of the headings once more, as at the top of a printed page."""
        if not any(
            cells[index] and key_of(cells[index]) == self.headings[index] for index in self.names
        ):
            return False
        filled = [index for index, text in enumerate(cells) if text.strip()]
        return all(key_of(cells[index]) == self.headings[index] for index in filled)

    def placeholder(self, cells: Sequence[str]) -> str | None:
        """Return whose guest the name of a row stands for that names nobody; see `placeholder`."""
        if self.identifier_of(cells):
            return None  # of our own list
        texts = [text for index in self.names if (text := clean_line(cells[index]))]
        texts = [text for text in texts if not is_name_filler(text)]
        if not texts:
            return None
        is_alone = not any(cells[index] for index, target in self.lines if target in _TELLING)
        if all(placeholder(text, is_alone=is_alone) == "" for text in texts):
            return ""
        return placeholder(" ".join(texts), is_alone=is_alone)

    def record(self, cells: Sequence[str]) -> tuple[GuestRecord, list[str]]:
        """Return what the row says of a guest and what is wrong; empty cells say nothing."""
        record = GuestRecord()
        for index, field in self.lines:
            if cells[index]:
                text = clean_line(cells[index])
                if not (is_name_filler if field in _NAMES else is_filler)(text):
                    setattr(record, field, text)
        if self.notes is not None and not has_nothing(cells[self.notes]):
            record.notes = clean_text(cells[self.notes])
        for index in self.tags:
            tags = (tag for tag in split_tags(cells[index]) if not is_filler(tag))
            record.tags = list(dict.fromkeys([*record.tags, *tags]))
        if self.has_more_names:
            self._add_names(record, cells)
        text, several = record.email, addresses_in(record.email)
        if len(several) > 1:
            record.email = several[0]
        self._tidy(record, cells)
        problems = [*record.check(), *self._add_answers(record, cells)]
        if len(several) > 1:
            problems.insert(
                0,
                _(
                    "“%(text)s” holds %(count)s e-mail addresses; give each guest a row of their "
                    "own, or leave one address."
                )
                % {"text": text[:80], "count": len(several)},
            )
        return record, problems

    def _add_answers(self, record: GuestRecord, cells: Sequence[str]) -> list[str]:
        """Add the answers of a row; return sentences for those that their fields do not take."""
        problems = []
        for index, question in self.fields:
            if cells[index] and (text := clean_line(cells[index])) and _is_answer(question, text):
                try:
                    answer = question.parse(
                        self._iso(index, text) if index in self.orders else text
                    )
                except WrongAnswer as error:
                    problems.append(str(error))
                else:
                    if answer:
                        record.answers[question.id] = answer
        return problems

    def _iso(self, index: int, text: str) -> str:
        """Return a date as a field takes it; "" while nobody knows which day it is."""
        found = written(text)
        if found is None:
            return text
        day = found.by(self.orders[index])
        return day.isoformat() if day else ""

    def open_dates(self, cells: Sequence[str]) -> list[tuple[str, Written]]:
        """Return the dates of a row of which nobody knows whether the day comes first."""
        if not self.orders:
            return []
        return [
            (text, found)
            for index, order in self.orders.items()
            if order is None and (text := _cell(cells, index))
            if (found := written(text)) and found.is_open
        ]

    def answer_dates(self, record: GuestRecord, cells: Sequence[str], order: Order) -> None:
        """Fill in the dates of a row of which somebody said what comes first."""
        for index, question in self.fields:
            found = written(_cell(cells, index)) if question.type == "date" else None
            if found and (day := found.by(self.orders.get(index) or order)):
                record.answers[question.id] = question.parse(day.isoformat())

    def _tidy(self, record: GuestRecord, cells: Sequence[str]) -> None:
        """Take a name out that names nobody, and the address out of what a mail program copies."""
        if (record.first_name or record.last_name) and self.placeholder(cells) is not None:
            record.title = record.first_name = record.last_name = record.suffix = ""
        if ":" in record.email or "<" in record.email:
            record.email, name = address_and_name(record.email)
            if name and not any(clean_line(cells[index]) for index in self.names):
                self._fill_name(record, name)
        if ":" in record.delivery_email or "<" in record.delivery_email:
            record.delivery_email, _name = address_and_name(record.delivery_email)

    def _add_names(self, record: GuestRecord, cells: Sequence[str]) -> None:
        """Add what more than one column says of a name, or one column of all of it."""
        for index in self.more_titles:
            text = _cell(cells, index)
            if text and not is_filler(text) and text != record.title:
                record.title = f"{record.title} {text}".strip()
        middle = _cell(cells, self.middle_name)
        if middle and not is_name_filler(middle):
            record.first_name = f"{record.first_name} {middle}".strip()
        if self.full_name is not None:
            self._fill_name(record, clean_line(cells[self.full_name]))

    def identifier_of(self, cells: Sequence[str]) -> UUID | None:
        """Return the identifier of the guest that a row of our own export means."""
        text = _cell(cells, self.identifier)
        try:
            return UUID(text) if text else None
        except ValueError:
            return None

    def whole_name(self, cells: Sequence[str]) -> str:
        """Return the cell with a whole name as it stands, "" where names come in parts."""
        return _cell(cells, self.full_name)

    def several(self, cells: Sequence[str], record: GuestRecord) -> Several | None:
        """Return the people whom a row names together; None for one."""
        if self.identifier_of(cells):
            return None
        if self.full_name is not None and (text := _lines(cells[self.full_name])):
            if len(text) > _LONGEST_NAME_TO_SPLIT:
                return None
            return read_several(text, last_first=self.puts_last_names_first)
        if len(record.first_name) + len(record.last_name) > _LONGEST_NAME_TO_SPLIT:
            return None
        if record.first_name:
            several = read_several_first_names(record.first_name, record.last_name)
        else:
            several = read_several(record.last_name)
        titles = titles_of(record.title, _PAIR) if several is None else []
        if len(titles) == _PAIR and all(is_title(text) or fold(text) == "m." for text in titles):
            first = Name(titles[0], record.first_name, record.last_name, record.suffix)
            return Several([first, Name(titles[1], "", record.last_name)])
        return several

    def companions(self, cells: Sequence[str]) -> Companions:
        """Return whom a guest brings, by the columns for plus-ones and for the number of people."""
        if not self.plus_ones and not self.named_parts and self.people is None:
            return _NOBODY
        names, held, doubt = self._plus_ones(cells)
        note, offered = "", max(_first_number(doubt), 1) if doubt else 1
        if self.people is not None and (text := _cell(cells, self.people)):
            count = count_in(text)
            if count is None and not is_filler(text):
                doubt, offered = text, max(_first_number(text) - 1, 1)
            held = max(held, (count or 0) - 1 - len(names))
        if held + len(names) > MOST_PLACES:
            note = _("One guest brings at most %(most)s people; the row says %(count)s.") % {
                "most": MOST_PLACES,
                "count": held + len(names),
            }
            held, names = 0, []
        return Companions(names, held, note, doubt, min(offered, MOST_PLACES))

    def _plus_ones(self, cells: Sequence[str]) -> tuple[list[Name], int, str]:
        """Return whom the columns for plus-ones name, how many places they hold, and a doubt.

        A number counts those with a name, too; a guest beside a name ("Ann and guest") does not.
        """
        names: list[Name] = []
        held, unnamed, doubt = 0, 0, ""
        parts: list[list[Name]] = []
        for text in (_cell(cells, index) for index in self.plus_ones):
            found = _plus_ones(text)
            if found is None:
                doubt = text
            elif isinstance(found, int):
                held += found
            else:
                parts.append(found.people)
                unnamed += found.held
        if len(parts) == _PAIR and all(len(part) == 1 and not part[0].first_name for part in parts):
            first, last = parts[0][0], parts[1][0]
            parts = [[Name(first.title, first.last_name, last.last_name)]]
        for places in self.named_parts.values():
            person = self._in_parts(cells, places)
            if isinstance(person, str):
                doubt = person
            elif isinstance(person, int):
                held += person
            else:
                names.append(person)
        for part in parts:
            names.extend(map(self._titled, part))
        return names, max(held - len(names), unnamed), doubt

    def _in_parts(self, cells: Sequence[str], places: MappingOf[str, int]) -> Name | int | str:
        """Return whom columns for the parts of a companion's name name, or how many places.

        What is neither is returned as it stands.
        """
        said = {part: _cell(cells, index) for part, index in places.items()}
        said = {part: text for part, text in said.items() if not is_name_filler(text)}
        first, last = said.get("first", ""), said.get("last", "")
        if not first and not last:
            return 0
        if not (first and last):
            number = _number_of_plus_ones(first or last)
            if number is None:
                return first or last
            if number != _A_NAME:
                return number
        if placeholder(f"{first} {last}".strip()) is not None:
            return 1
        title = said.get("title", "")
        return Name("" if is_filler(title) else title, first, last)

    def _titled(self, name: Name) -> Name:
        """Take a title from a name that this list writes in its column of titles, such as M."""
        word, _blank, rest = name.first_name.partition(" ")
        if not name.title and rest and fold(word) in self.own_titles:
            return name._replace(title=word, first_name=rest)
        if not name.title and not rest and name.last_name and fold(word) in self.own_titles:
            return name._replace(title=word, first_name="")
        return name

    def facts(self, cells: Sequence[str], order: Order | None = None) -> RowFacts:
        """Return the facts that a row says. order: what was said of dates that have none.

        Raise UnknownWord for a word that nobody said the meaning of, ValueError for another that
        cannot be; both with a sentence.
        """
        if self.status is self.reply is self.delivery is self.money is self.arrived is None:
            return _NO_FACTS
        status: Status | None = None
        reply: str | None = None
        for index in (self.status, self.reply):
            word = self._meaning(_cell(cells, index)) if index is not None else None
            if word is None:
                continue
            is_status = word in STATUSES and (index == self.status or word not in REPLIES)
            if is_status:
                status = STATUSES[word]
            else:
                reply = word
        return RowFacts(
            status,
            reply,
            _word(cells, self.delivery, _("Mail delivery"), _DELIVERIES),
            _word(cells, self.money, _("Payment"), _MONEY),
            self._arrival(_cell(cells, self.arrived), status, order),
        )

    def _arrival(self, text: str, status: Status | None, order: Order | None) -> ImportedRow | None:
        """Return the arrival that a row tells; a time without a zone is one of the event's."""
        if not text or is_filler(text):
            return ImportedRow(None) if status is Status.ATTENDED else None
        known = self.orders.get(self.arrived) if self.arrived is not None else None
        moment = moment_of(text, known or order, self.zone)
        if moment is None and (found := written(text)) and found.is_open and self.zone:
            return None  # asked about
        if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ValueError(
                _("Checked in at “%(value)s” is no time such as 2027-01-20T19:30:00+00:00.")
                % {"value": text[:40]}
            )
        return ImportedRow(moment)

    def noted_words(self) -> list[Word]:
        """Return the words of status columns, the unknown ones first."""
        words = [Word(key, text, count, said) for key, (text, count, said) in self.words.items()]
        return sorted(words, key=lambda word: (word.meaning != "", -word.count))

    def noted_titles(self) -> list[tuple[str, int, str]]:
        """Return what was taken from whole names: the word, how often, and one of the names."""
        return sorted((word, count, name) for word, (count, name) in self.titles.items())

    def _meaning(self, text: str) -> str | None:
        """Return what a word of a status column means, None for nothing."""
        if not text:
            return None
        key = key_of(text)
        noted = self.words.get(key)
        if noted is None:
            said = self.values.get(key) or guess_reply(text)
            if said is None:
                said = NOTHING if is_filler(text) and key not in _ASKED_FILLERS else ""
            noted = [text[:80], 0, said]
            if len(self.words) < _MOST_WORDS:
                self.words[key] = noted
        noted[1] += 1
        said = noted[2]
        if not said:
            raise UnknownWord(_("Nobody said yet what “%(word)s” means.") % {"word": text[:40]})
        return None if said == NOTHING else said

    def _fill_name(self, record: GuestRecord, text: str) -> None:
        if not text or record.first_name or record.last_name or is_name_filler(text):
            return
        if len(text) > _LONGEST_NAME_TO_SPLIT:
            record.last_name = text
            return
        name = split_name(text)
        record.first_name, record.last_name = name.first_name, name.last_name
        record.title = record.title or name.title
        record.suffix = record.suffix or name.suffix
        for taken in (name.title, name.suffix):
            if taken and (taken in self.titles or len(self.titles) < _MOST_WORDS):
                self.titles.setdefault(taken, [0, text])[0] += 1


_NO_FACTS = RowFacts()
_NAMES = frozenset({"first_name", "last_name"})
_TELLING = frozenset({"email", "phone", "reference"})
_ASKED_FILLERS = frozenset({"x", "0", "1"})
_PAIR = 2
_DELIVERIES = {delivery.value: delivery for delivery in Delivery}
_MONEY = {money.value: money for money in Money}


def _is_answer(field: OpenField, text: str) -> bool:
    """Whether a cell answers a field: a text may be "none", a number or a date cannot."""
    return field.type == "text" or text == "0" or is_yes_or_no(text) or not is_filler(text)


def _plus_ones(text: str) -> int | Several | None:
    """Return how many people a plus-one cell means, or who they are; None for an unclear word."""
    if not text:
        return 0
    number = _number_of_plus_ones(text)
    if number != _A_NAME:
        return number
    text = _YES.sub("", _AND_WITH.sub("", text))
    if says_nobody(text):
        return 0
    if not is_plain_name(text):
        return None
    if several := read_several(text):
        return several._replace(people=[name for name in several.people if name.text])
    return Several([split_name(text)])


def _some(rows: Sequence[int]) -> str:
    named = ", ".join(map(str, rows[:_NAMED]))
    return f"{named} …" if len(rows) > _NAMED else named


def _first_number(text: str) -> int:
    """Return the first number that stands in a cell, 0 for none."""
    found = _DIGITS.search(text)
    return int(found[0]) if found else 0


def _number_of_plus_ones(text: str) -> int | None:  # noqa: PLR0911  one for each kind of cell
    """Return the number that a plus-one cell says, None for a word such as "maybe"."""
    if "?" in text:
        return None
    if placeholder(text) == "":
        return 1
    if is_plain_answer(text):
        return int(guess_reply(text) == "confirmed" or key_of(text) == "x")
    if (count := count_in(text)) is not None:
        return count
    meant = guess_reply(text)
    if is_filler(text) or meant == "declined":
        return 0
    if named := count_of_companions(_AND_WITH.sub("", text)):
        return named
    if _YES.match(text) and _YES.sub("", text)[:1].isupper():
        return _A_NAME
    if meant == "confirmed" or key_of(text) in _SOMEBODY:
        return 1
    return _A_NAME if meant is None else None


_A_NAME = -1
_NAMED = 3
_NUMBERED = re.compile(r"[\s_-]*\(?\d{1,2}\)?\s*$")
"""What a second column of one heading has behind it, in the file or by our reading of it."""
_DIGITS = re.compile(r"\d{1,4}")
_YES = re.compile(r"^(?:ja|yes|oui|s[i\u00ed]|sim|tak|ano)\b[\s,;:-]+", re.IGNORECASE)
_AND_WITH = re.compile(r"^(?:mit|with|avec|con|com|met|med|plus|und|and|z|ze|\+)\s+", re.IGNORECASE)
_SOMEBODY = frozenset(
    """
    guest gast begleitung partner partnerin invite invitado ospite spouse wife husband ehefrau
    ehemann frau mann n.n. nn
    """.split()  # noqa: SIM905 - a list would be sixty lines
) | {"plus one", "+1", "mit begleitung", "with guest", "name folgt"}


def _lines(text: str) -> str:
    """Return a cell as one line, with ";" between lines that are a whole name each."""
    lines = [clean_line(line) for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(len(line.split()) > 1 for line in lines):
        return "; ".join(lines)
    return clean_line(text)


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
    if not text or is_filler(text):
        return None
    found = words.get(text.casefold())
    if found is None:
        raise ValueError(
            _("%(label)s “%(value)s” is unknown; known are %(known)s.")
            % {"label": label, "value": text[:40], "known": ", ".join(words)}
        )
    return found
