r"""The form of an entry that is hashed into its stream's Merkle tree.

A leaf's hash is SHA-256 of a zero byte (RFC 6962, 2.1) and the entry's form. The form is
PostgreSQL's binary format of a row of these eleven columns, all integers signed and big-endian:

    int32  11, the number of columns
    then for each column, in the order of COLUMNS:
    int32  number of its type, the one beside it in COLUMNS
    int32  length of its value in bytes, or -1 and no bytes where it is empty (NULL)
    bytes  uuid: its 16 bytes; text: UTF-8; integer: int32; sealed: the sealed bytes themselves;
           at: int64, microseconds since 2000-01-01 00:00 UTC

The database computes it in the entry's own INSERT (`journal_leaf_hash`); `form` writes the same
bytes for a proof, and a test compares them.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

UUID_TYPE, TEXT_TYPE, TIME_TYPE, INTEGER_TYPE, BYTES_TYPE = 2950, 1043, 1184, 23, 17
COLUMNS = {
    "id": UUID_TYPE,
    "organization_id": UUID_TYPE,
    "at": TIME_TYPE,
    "action": TEXT_TYPE,
    "actor_kind": TEXT_TYPE,
    "actor_id": UUID_TYPE,
    "actor_name": TEXT_TYPE,
    "event_id": UUID_TYPE,
    "subject_id": UUID_TYPE,
    "opened": INTEGER_TYPE,
    "sealed": BYTES_TYPE,
}
HASH_SQL = (
    r"pg_catalog.sha256('\x00'::bytea || pg_catalog.record_send(ROW("
    + ", ".join(f"e.{column}" for column in COLUMNS)
    + ")))"
)
"""The same in SQL for a row `e`, independent of what `journal_leaf_hash` may have become."""

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def form(row: Mapping[str, Any]) -> bytes:
    """Return the bytes that stand for an entry."""
    parts = [struct.pack(">i", len(COLUMNS))]
    for column, kind in COLUMNS.items():
        value = row[column]
        data = None if value is None else _bytes(value)
        parts.append(struct.pack(">ii", kind, -1 if data is None else len(data)))
        parts.append(data or b"")
    return b"".join(parts)


def read_form(data: bytes) -> dict[str, Any]:
    """Return the columns of an entry from the bytes that stand for it; raises ValueError."""
    row: dict[str, Any] = {}
    try:
        (count,), at = struct.unpack_from(">i", data), 4
        for column, kind in COLUMNS.items():
            found, length = struct.unpack_from(">ii", data, at)
            at += 8
            value = data[at : at + length] if length >= 0 else None
            if found != kind or (value is not None and len(value) != length):
                raise ValueError("this is not an entry")
            row[column] = None if value is None else _value(kind, value)
            at += max(length, 0)
    except struct.error as error:
        raise ValueError("this is not an entry") from error
    if count != len(COLUMNS) or at != len(data):
        raise ValueError("this is not an entry")
    return row


def _value(kind: int, data: bytes) -> UUID | datetime | str | int | bytes:
    if kind == UUID_TYPE:
        return UUID(bytes=data)
    if kind == TIME_TYPE:
        return EPOCH + int(struct.unpack(">q", data)[0]) * MICROSECOND
    if kind == TEXT_TYPE:
        return data.decode()
    return int(struct.unpack(">i", data)[0]) if kind == INTEGER_TYPE else data


def _bytes(value: UUID | datetime | str | int | bytes) -> bytes:
    match value:
        case UUID():
            return value.bytes
        case datetime():
            return struct.pack(">q", (value - EPOCH) // MICROSECOND)
        case str():
            return value.encode()
        case int():
            return struct.pack(">i", value)
    return bytes(value)
