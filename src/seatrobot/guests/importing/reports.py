"""What a dry run says, and what the commit step is handed."""

from enum import StrEnum
from uuid import UUID

import msgspec

from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status


class Outcome(StrEnum):
    """What becomes of one row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    WRONG = "wrong"


class Change(msgspec.Struct, frozen=True):
    """One field of an existing guest: `field` is a field of the record, "status" or a heading."""

    field: str
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

    `parties` says, for a group of the file, which existing guest's party its new guests join.
    """

    counts: dict[Outcome, int]
    lines: dict[Outcome, list[Line]]
    parties: dict[str, UUID]


class Create(msgspec.Struct, frozen=True, gc=False):
    """A new guest; rows with the same non-empty `group` form one party.

    A `plus_one` names a host: the one guest of the group who is no plus-one.
    """

    row: int
    record: GuestRecord
    status: Status
    group: str
    plus_one: bool = False


class Update(msgspec.Struct, frozen=True, gc=False):
    """An existing guest with the whole new record and status; the party stays as it is."""

    id: UUID
    record: GuestRecord
    status: Status


Operation = Create | Update
