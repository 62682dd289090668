"""What a head says: a few lines of text, which are one leaf of the log of heads (docs/journal.md).

    seatrobot-head/1
    at 2026-11-29T17:50:00Z
    streams 3
    entries 1200
    map ROOT in base64
    evidence 512 SHA-256 of its statement in hexadecimal
    changes 40
    attestations 2

`map` is the root of a Merkle tree (RFC 6962) with one leaf for each stream, sorted by identifier:
the stream's 16 bytes, its size as 8 bytes (big-endian), and its root of 32 bytes. `entries` is the
sum of their sizes. `evidence` is the largest number of evidence and the hash of that statement.

Nothing here needs Django or a database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from seatrobot.kernel.journal import tree

FORMAT = "seatrobot-head/1"
NAMES = ("at", "streams", "entries", "map", "evidence", "changes", "attestations")
STREAM_BYTES = 16 + 8 + tree.HASH_BYTES
TIME = "%Y-%m-%dT%H:%M:%SZ"


class StreamState(NamedTuple):
    """A stream in a head."""

    stream: UUID
    size: int
    root: bytes

    @property
    def packed(self) -> bytes:
        return self.stream.bytes + self.size.to_bytes(8, "big") + self.root


class Statement(NamedTuple):
    """What a head says. evidence: the largest number and the hash of its statement."""

    at: datetime
    streams: int
    entries: int
    map: bytes
    evidence: int
    evidence_hash: str
    changes: int
    attestations: int

    @property
    def text(self) -> str:
        values = {
            "at": self.at.astimezone(UTC).strftime(TIME),
            "streams": self.streams,
            "entries": self.entries,
            "map": base64.b64encode(self.map).decode(),
            "evidence": f"{self.evidence} {self.evidence_hash}".strip(),
            "changes": self.changes,
            "attestations": self.attestations,
        }
        lines = [FORMAT, *(f"{name} {values[name]}" for name in NAMES)]
        return "".join(f"{line}\n" for line in lines)

    @property
    def leaf(self) -> bytes:
        return tree.hash_leaf(self.text.encode())


def read(text: str) -> Statement:
    """Read the text of a head; ValueError when it is none."""
    first, *lines = text.split("\n")
    pairs = [line.partition(" ") for line in lines[:-1]]
    if first != FORMAT or tuple(name for name, _, _ in pairs) != NAMES or lines[-1]:
        raise ValueError("this is no head")
    value = {name: rest for name, _, rest in pairs}
    number, _, digest = value["evidence"].partition(" ")
    try:
        root = base64.b64decode(value["map"], validate=True)
    except binascii.Error as error:
        raise ValueError("the map is not base64") from error
    return Statement(
        at=datetime.strptime(value["at"], TIME).replace(tzinfo=UTC),
        streams=int(value["streams"]),
        entries=int(value["entries"]),
        map=root,
        evidence=int(number),
        evidence_hash=digest,
        changes=int(value["changes"]),
        attestations=int(value["attestations"]),
    )


def pack(streams: Iterable[StreamState]) -> bytes:
    """Return streams, sorted by identifier, as bytes."""
    return b"".join(state.packed for state in streams)


def unpack(packed: bytes) -> list[StreamState]:
    """Return the streams that `pack` wrote; ValueError for anything else."""
    if len(packed) % STREAM_BYTES:
        raise ValueError("these are no streams")
    return [
        StreamState(UUID(bytes=stream), size, root)
        for stream, size, root in struct.iter_unpack(f">16sQ{tree.HASH_BYTES}s", packed)
    ]


def missing(packed: bytes, among: bytes) -> bytes:
    """Return the streams of `packed` that are not in `among` with the same size and root."""
    if packed == among:
        return b""
    places = range(0, len(among), STREAM_BYTES)
    known = {among[at : at + STREAM_BYTES] for at in places}
    rows = (packed[at : at + STREAM_BYTES] for at in range(0, len(packed), STREAM_BYTES))
    return b"".join(row for row in rows if row not in known)


def map_root(packed: bytes) -> bytes:
    """Return the root of the map of packed streams; 20 ms for ten thousand."""
    level = map_leaves(packed)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else tree.EMPTY


def map_proof(packed: bytes, place: int) -> list[bytes]:
    """Return what proves that the stream at a place is in the map (an inclusion proof)."""
    proof, level = [], map_leaves(packed)
    while len(level) > 1:
        if (beside := place ^ 1) < len(level):
            proof.append(level[beside])
        level, place = _above(level), place >> 1
    return proof


def map_leaves(packed: bytes) -> list[bytes]:
    sha256 = hashlib.sha256
    return [
        sha256(b"\0" + packed[at : at + STREAM_BYTES]).digest()
        for at in range(0, len(packed), STREAM_BYTES)
    ]


def _above(level: Sequence[bytes]) -> list[bytes]:
    """Return the hashes one level higher; the last of an odd number moves up as it is."""
    sha256 = hashlib.sha256
    odd = [level[-1]] if len(level) % 2 else []
    pairs = zip(level[::2], level[1::2], strict=False)
    return [sha256(b"\1" + left + right).digest() for left, right in pairs] + odd
