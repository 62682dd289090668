"""Whom a page, a search or a file showed: a set of identifiers, small enough for every entry.

A set keeps the last 40 bits of each UUIDv7, sorted and compressed: 5 bytes a person. They are
random, and no form may choose those of another guest of the event (`guests/services/editing.py`).
Two people of a list of 10,000 are taken for each other once in a hundred million times;
the error is one name too many, never one too few. A list shown whole is one bit.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterable
from uuid import UUID

BYTES = 5
MASK = (1 << (8 * BYTES)) - 1


def mark_of(identifier: UUID) -> bytes:
    """Return what stands for an identifier in a set."""
    return (identifier.int & MASK).to_bytes(BYTES, "big")


def pack(identifiers: Iterable[UUID]) -> bytes:
    """Return a set of identifiers as bytes; empty for none."""
    marks = sorted({mark_of(each) for each in identifiers})
    return zlib.compress(b"".join(marks), 1) if marks else b""


def unpack(packed: bytes) -> list[bytes]:
    """Return the marks of a set, sorted."""
    joined = zlib.decompress(packed) if packed else b""
    return [joined[at : at + BYTES] for at in range(0, len(joined), BYTES)]


def holds(packed: bytes, identifier: UUID) -> bool:
    """Return whether a set holds an identifier."""
    marks, wanted = unpack(packed), mark_of(identifier)
    place = bisect_left(marks, wanted)
    return place < len(marks) and marks[place] == wanted
