"""A file that holds a secret: made on first use, for its owner alone, by one process only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def kept(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """Return what the file holds; where there is none it is made, of what `fresh` returns."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        _make(path, fresh())
        return path.read_bytes()


def _make(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: then theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
