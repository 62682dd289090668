"""The erasure ledger: what was deleted, as salted commitments in a file outside the database.

A backup that is restored holds again what was deleted after it was made. `replay` deletes it anew,
before the service opens. The file tells nothing by itself: a line has the moment, the kind, and

    SHA-256("seatrobot erasure v1" ‖ line feed ‖ salt ‖ kind ‖ identifier)

with the salt of the file's first line. Lines are only appended, each durably, once the rows are
gone; a line that stands twice does no harm. Copies of the file belong into every backup store.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec
from django.conf import settings

DOMAIN = b"seatrobot erasure v1\n"
SALT_BYTES = 32
PIECE = 4096
"""Bytes that are read at a time from the end of the file."""


class LedgerBroken(Exception):
    """The file of the ledger cannot be read; the text says where."""


class Line(msgspec.Struct, omit_defaults=True):
    """One line of the file. salt: of the first line alone."""

    at: str = ""
    kind: str = ""
    commitment: str = ""
    salt: str = ""


def path() -> Path:
    """Return where the ledger is: `erasures/ledger.jsonl` of the data directory."""
    data: Path = settings.CONFIG.data
    return data / "erasures" / "ledger.jsonl"


def commitment(salt: bytes, kind: str, identifier: UUID) -> str:
    """Return what the ledger says of one identifier."""
    return hashlib.sha256(DOMAIN + salt + kind.encode() + identifier.bytes).hexdigest()


def append(kind: str, identifiers: Iterable[UUID], at: datetime) -> None:
    """Add identifiers of rows that are gone, durably. kind: a table's name."""
    file = path()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        whole = _whole(opened)
        opened.truncate(whole)  # a line that was cut off is one that nobody relies on
        opened.seek(0)
        salt = _salt(opened.readline())
        lines = []
        if salt is None:
            salt = secrets.token_bytes(SALT_BYTES)
            lines.append(Line(salt=salt.hex()))
        moment = at.isoformat()
        lines += [Line(moment, kind, commitment(salt, kind, each)) for each in identifiers]
        opened.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        opened.flush()
        os.fsync(opened.fileno())


class Ledger:
    """The ledger as it was read, to be asked whether an identifier was erased."""

    def __init__(self, content: bytes) -> None:
        self._salt = _salt(content) or b""
        self._known = {line.commitment for line in _lines(content) if line.commitment}

    def __len__(self) -> int:
        return len(self._known)

    def has(self, kind: str, identifier: UUID) -> bool:
        """Whether this row was deleted."""
        return commitment(self._salt, kind, identifier) in self._known


def read(file: Path | None = None) -> Ledger:
    """Return the ledger, an empty one where there is no file; raises LedgerBroken."""
    try:
        return Ledger((file or path()).read_bytes())
    except FileNotFoundError:
        return Ledger(b"")


def _whole(opened: BinaryIO) -> int:
    """Return how many bytes the whole lines of a file have; only its end is read."""
    end = opened.seek(0, os.SEEK_END)
    while end:
        begin = max(0, end - PIECE)
        opened.seek(begin)
        if place := opened.read(end - begin).rfind(b"\n") + 1:
            return begin + place
        end = begin
    return 0


def _salt(content: bytes) -> bytes | None:
    first = content.partition(b"\n")[0]
    return bytes.fromhex(_line(first, 1).salt) if first else None


def _lines(content: bytes) -> list[Line]:
    """Read the lines; a last one that was cut off by a failing machine is left out."""
    whole = content[: content.rfind(b"\n") + 1].splitlines()
    return [_line(text, number) for number, text in enumerate(whole, start=1)]


def _line(text: bytes, number: int) -> Line:
    try:
        return msgspec.json.decode(text, type=Line)
    except msgspec.DecodeError as error:
        raise LedgerBroken(f"line {number} of the erasure ledger cannot be read") from error
