"""What a dry run says, and what the commit step is handed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import msgspec

from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts


class Outcome(StrEnum):
    """What becomes of one row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    WRONG = "wrong"


class Known(NamedTuple):
    """A guest whom the event has."""

    id: UUID
    record: GuestRecord
    facts: Facts
    has_arrived: bool
    party_id: UUID


class Change(msgspec.Struct, frozen=True):
    """One thing that a row changes. field: of the record, a fact, or a field's identifier."""

    field: str
    label: str
    old: str
    new: str


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row as it is shown; `row` counts as a spreadsheet does, the heading is row 1."""

    row: int
    name: str
    sentences: list[str] = []
    changes: list[Change] = []


class Report(msgspec.Struct):
    """The dry run: counts of all rows, and the first lines of each outcome.

    questions: rows that are imported although somebody should look at them; `asked` has the first.
    places: how many places are taken beyond those that are taken now.
    """

    counts: dict[Outcome, int]
    lines: dict[Outcome, list[Line]]
    questions: int = 0
    asked: list[Line] = []
    places: int = 0


class Arrived(NamedTuple):
    """Somebody has arrived; at: when, None where the row does not say."""

    at: datetime | None


class Create(msgspec.Struct, frozen=True, gc=False):
    """A new guest; rows with the same non-empty `group` form one party.

    A `plus_one` names a host: the one guest of the group who is no plus-one.
    """

    row: int
    record: GuestRecord
    facts: Facts
    group: str
    plus_one: bool = False
    arrived: Arrived | None = None


class Update(msgspec.Struct, frozen=True, gc=False):
    """An existing guest: what is written, None for what stays; the party stays as it is."""

    id: UUID
    record: GuestRecord | None
    facts: Facts | None
    arrived: Arrived | None = None


Operation = Create | Update
