"""What was last published, in files of the data directory: a memory outside the database.

`newest` is the newest head with the streams it speaks of; `leaves` has the hash of every head, 32
bytes each, and is only appended to; `witnesses` is what each witness last said. A database that
is played back, cut off or written anew no longer contains what these files hold.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
from django.conf import settings

from seatrobot.kernel import keyfiles
from seatrobot.kernel.heads import statement
from seatrobot.kernel.heads.checkpoint import HeadClaim, claim_of
from seatrobot.kernel.heads.statement import Statement
from seatrobot.kernel.journal.tree import HASH_BYTES


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """A published head. note: the signed checkpoint. streams: packed as statement.py has them.

    cosignature: the line of the log's own key of the other kind (cosigning.py).
    """

    note: str
    text: str
    streams: bytes
    cosignature: str = ""

    @property
    def statement(self) -> Statement:
        return statement.read(self.text)

    @property
    def claim(self) -> HeadClaim:
        """Return what the note says; nobody has verified its signature."""
        return claim_of(self.note.partition("\n\n")[0] + "\n")

    @property
    def size(self) -> int:
        return self.claim.size

    @property
    def root(self) -> bytes:
        return self.claim.root


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What a witness last said.

    size, at: of the head it last cosigned, and when (seconds since 1970). line: that signature.
    note: the head. trouble: why the last try failed; empty when it did not. refused: whether it
    knows another past than ours. ahead: the size that it knows and our log does not reach, or 0.
    """

    size: int = 0
    at: int = 0
    line: str = ""
    note: str = ""
    trouble: str = ""
    refused: bool = False
    ahead: int = 0


def read() -> Kept | None:
    """Return the head that was last published; None before the first. ValueError: unreadable."""
    try:
        return msgspec.msgpack.decode((_place() / "newest").read_bytes(), type=Kept)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ValueError("the head that was kept cannot be read") from error


def keep(kept: Kept, leaves: Sequence[bytes]) -> None:
    """Replace the newest head, durably, and add to the file of leaves those it lacks.

    leaves: from place `known_leaves()` on, the newest head's last.
    """
    keyfiles.replace(_place() / "newest", msgspec.msgpack.encode(kept))
    descriptor = os.open(_place() / "leaves", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(leaves))


def known_leaves() -> int:
    """Return of how many heads the file of leaves has the hash."""
    try:
        return (_place() / "leaves").stat().st_size // HASH_BYTES
    except FileNotFoundError:
        return 0


def leaves(first: int, most: int) -> list[bytes]:
    """Return the hashes of heads from a place on, as they were published."""
    try:
        with (_place() / "leaves").open("rb") as file:
            file.seek(first * HASH_BYTES)
            data = file.read(most * HASH_BYTES)
    except FileNotFoundError:
        return []
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def answers() -> dict[str, Answer]:
    """Return what each witness last said, by its name."""
    try:
        data = (_place() / "witnesses").read_bytes()
        return msgspec.json.decode(data, type=dict[str, Answer])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def keep_answers(found: dict[str, Answer]) -> None:
    keyfiles.replace(_place() / "witnesses", msgspec.json.encode(found))


def _place() -> Path:
    path: Path = settings.CONFIG.data / "heads"
    return path
