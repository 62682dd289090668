"""Leaked passwords, looked up in a file that the operator supplies; no service is asked.

The file is Have I Been Pwned's download as one file, or any other of sorted lines that begin with a
SHA-1 in hexadecimal and may continue with `:count`. Binary search finds a line in about forty
reads, whatever the size (some 40 GB).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

HASH_LENGTH = 40
LONGEST_LINE = 100
PROBES = 64
LINE = re.compile(rb"[0-9a-fA-F]{40}(:\d+)?\r?\n?")


def is_leaked(password: str, path: Path) -> bool:
    """Return whether the file names the password."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        return _hash(_line_from(file, _place(file, wanted, path.stat().st_size))) == wanted


def unfit(path: Path) -> str:
    """Return why a path cannot be used, or "", judged by lines spread over the whole file."""
    if not path.is_file():
        return "names no file"
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            lines = [_line_from(file, size * probe // PROBES) for probe in range(PROBES)]
    except OSError as error:
        return f"names a file that cannot be read ({error.strerror})"
    lines = [line for line in lines if line]
    if not lines or not all(LINE.fullmatch(line) for line in lines):
        return "names a file that is not made of lines `SHA-1:count`"
    hashes = [_hash(line) for line in lines]
    return "" if hashes == sorted(hashes) else "names a file that is not sorted by hash"


def _place(file: BinaryIO, wanted: bytes, size: int) -> int:
    """Return an offset before the first line that is not below `wanted`."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        line = _line_from(file, middle)
        if line and _hash(line) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _hash(line: bytes) -> bytes:
    return line[:HASH_LENGTH].upper()


def _line_from(file: BinaryIO, offset: int) -> bytes:
    """Return the first whole line that begins at or behind the offset; empty at the end."""
    file.seek(max(0, offset - 1))
    if offset:
        file.readline(LONGEST_LINE)
    return file.readline(LONGEST_LINE)
