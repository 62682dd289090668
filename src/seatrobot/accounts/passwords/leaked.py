"""Leaked passwords, looked up in a file that the operator supplies; nothing is asked of anybody.

The file is Have I Been Pwned's "ordered by hash" download, or any other that holds sorted lines of
an upper-case SHA-1 and `:count`. It is searched by halving, so its size (some 40 GB) costs about
forty reads and no memory.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

HASH_LENGTH = 40


def is_leaked(password: str, path: Path) -> bool:
    """Return whether the file names the password."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        return _line_from(file, _place(file, wanted, path.stat().st_size))[:HASH_LENGTH] == wanted


def _place(file: BinaryIO, wanted: bytes, size: int) -> int:
    """Return an offset before the first line that is not below `wanted`."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        line = _line_from(file, middle)
        if line and line[:HASH_LENGTH] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _line_from(file: BinaryIO, offset: int) -> bytes:
    """Return the first whole line that begins at or behind the offset; empty at the end."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline()
    return file.readline()
