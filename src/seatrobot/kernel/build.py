"""Which build of the product runs: its version and a digest of its files."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import seatrobot

PACKAGE = Path(seatrobot.__file__).parent
DIGITS = 16


@cache
def build_name() -> str:
    """Return the name of this build, such as `0.1.0+9f86d081884c7d65`, as long as it runs."""
    return f"{version('seatrobot')}+{digest(PACKAGE)[:DIGITS]}"


def digest(package: Path) -> str:
    """Return a digest of the names and contents of a package's files, but not of bytecode."""
    whole = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if "__pycache__" in file.parts or not file.is_file():
            continue
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        whole.update(f"{file.relative_to(package)} {content}\n".encode())
    return whole.hexdigest()
