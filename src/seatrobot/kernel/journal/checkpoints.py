"""The text of a checkpoint (C2SP tlog-checkpoint): whose tree, how large, its root.

HOST/journal/STREAM
SIZE
ROOT in base64
"""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple
from uuid import UUID

from seatrobot.kernel.journal import signing


class Claim(NamedTuple):
    """What a checkpoint says of a stream."""

    stream: UUID
    size: int
    root: bytes

    def sign(self) -> str:
        """Return the checkpoint as a signed note."""
        origin = f"{signing.host()}/journal/{self.stream}"
        root = base64.b64encode(self.root).decode()
        return signing.sign_note(f"{origin}\n{self.size}\n{root}\n")


def claim_of(text: str) -> Claim:
    """Read the text of a verified note; ValueError when it is no checkpoint of a journal."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004  three lines and the end of the last
        raise ValueError("a checkpoint has three lines")
    host, _, stream = lines[0].partition("/journal/")
    if not host or not lines[1].isdecimal():
        raise ValueError("this is no checkpoint of a journal")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise ValueError("the root is not base64") from error
    return Claim(UUID(stream), int(lines[1]), root)
