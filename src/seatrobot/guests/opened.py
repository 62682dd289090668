"""One guest as the list shows it: the row and its opened record, ready to be searched."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from seatrobot.guests.records import GuestRecord, fold
from seatrobot.guests.statuses import STATUSES, Status


class OpenGuest(msgspec.Struct, frozen=True, gc=False):
    """search_text: folded, all that words are looked for in. sort_key: folded "last, first"."""

    id: UUID
    party_id: UUID
    host_id: UUID | None
    status: Status
    checked_in_at: datetime | None
    record: GuestRecord
    search_text: str
    sort_key: str

    @property
    def is_named(self) -> bool:
        return bool(self.record.first_name or self.record.last_name or self.record.email)


class Row(NamedTuple):
    """A guest as the database has it."""

    id: UUID
    party_id: UUID
    host_id: UUID | None
    status: str
    checked_in_at: datetime | None
    sealed: bytes


def opened(row: Row, record: GuestRecord) -> OpenGuest:
    """Return a row with its record, folded for searching and sorting."""
    return OpenGuest(
        *row[:3],
        STATUSES[row.status],
        row.checked_in_at,
        record,
        record.folded,
        fold(record.sort_name or record.email),
    )
