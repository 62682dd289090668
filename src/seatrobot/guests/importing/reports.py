"""What a dry run says and asks, and what the commit step is handed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts


class Outcome(StrEnum):
    """What becomes of one row. asked: nothing, until somebody answers what is asked of it."""

    ASKED = "asked"
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    WRONG = "wrong"


class Kind(StrEnum):
    """What is asked of a row."""

    WORD = "word"
    TOTAL = "total"
    COUPLE = "couple"
    HOST = "host"
    NAME = "name"
    ADDRESS = "address"
    ROW = "row"
    DATE = "date"
    NAMELESS = "nameless"
    COMPANION = "companion"
    BROUGHT = "brought"


class Answer(StrEnum):
    """What can be answered for all rows of a question; one row's may name a guest, too."""

    SAME = "same"
    NEW = "new"
    SPLIT = "split"
    ONE = "one"
    SKIP = "skip"
    DAY = "day"
    MONTH = "month"
    NAMED = "named"
    PLACE = "place"
    NOBODY = "nobody"


class ExistingGuest(NamedTuple):
    """A guest whom the event has."""

    id: UUID
    record: GuestRecord
    facts: Facts
    has_arrived: bool
    party_id: UUID
    host_id: UUID | None = None


class Change(msgspec.Struct, frozen=True):
    """One thing that a row changes. field: of the record, a fact, or a field's identifier."""

    field: str
    label: str
    old: str
    new: str


class Pair(msgspec.Struct, frozen=True):
    """One thing that a row and a guest, or another row, say side by side."""

    label: str
    here: str
    there: str

    @property
    def differs(self) -> bool:
        return bool(self.here and self.there) and self.here.casefold() != self.there.casefold()


class Option(msgspec.Struct, frozen=True):
    """One answer. value: an Answer, or one with the guest or row it means after a colon."""

    value: str
    label: str
    pairs: list[Pair] = []


class Question(msgspec.Struct, frozen=True):
    """answer: what was answered, or what holds as long as nobody does; "" while it is open.

    is_usual: nobody answered; `answer` is what holds until somebody does.
    """

    kind: Kind
    sentence: str
    options: list[Option]
    answer: str = ""
    is_usual: bool = False

    @property
    def pairs(self) -> list[Pair]:
        return next((option.pairs for option in self.options if option.pairs), [])


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row as it is shown; `row` counts as a spreadsheet does, the heading is row 1.

    status, email: of a new guest, the status in words.
    """

    row: int
    name: str
    sentences: list[str] = []
    changes: list[Change] = []
    question: Question | None = None
    status: str = ""
    email: str = ""


class Word(msgspec.Struct, frozen=True):
    """A word of a status column. meaning: a status or reply, "-" for none, "" if not known."""

    key: str
    text: str
    count: int
    meaning: str


class Report(msgspec.Struct):
    """The dry run: counts of all rows, and the first lines of each outcome.

    questions: how many rows are asked about, by kind. usual: to how many of them nobody gave the
    answer they have. `asked` has the first of them: the open ones, then those of `usual`. places:
    how many places are taken beyond those that are taken now. titles: what was taken from whole
    names as a title or suffix, with an example. misread: a text that was decoded wrongly before it
    came and is not repaired, and what it was.
    """

    counts: dict[Outcome, int]
    lines: dict[Outcome, list[Line]]
    questions: dict[Kind, int] = {}
    usual: dict[Kind, int] = {}
    asked: list[Line] = []
    places: int = 0
    companions: int = 0
    words: list[Word] = []
    titles: list[tuple[str, int, str]] = []
    notes: list[str] = []
    misread: tuple[str, str] | None = None

    @property
    def open_words(self) -> list[Word]:
        return [word for word in self.words if not word.meaning]


class ImportedRow(NamedTuple):
    """Somebody has arrived; at: when, None where the row does not say."""

    at: datetime | None


class Create(msgspec.Struct, frozen=True, gc=False):
    """A new guest; rows with the same non-empty `group` form one party.

    host: "row 7" or "guest <identifier>", whose plus-one this is; "" for nobody's.
    """

    row: int
    record: GuestRecord
    facts: Facts
    group: str
    host: str = ""
    arrived: ImportedRow | None = None


class Update(msgspec.Struct, frozen=True, gc=False):
    """An existing guest: what is written, None for what stays.

    group: whose party the guest joins, "" where the party stays. host: as of Create.
    """

    id: UUID
    record: GuestRecord | None
    facts: Facts | None
    arrived: ImportedRow | None = None
    group: str = ""
    host: str = ""


Operation = Create | Update
