"""Files for their owner alone, written whole or not at all: keys once, others again and again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def load_or_create(path: Path, fresh: Callable[[], bytes]) -> bytes:
    """Return what the file holds; where there is none it is made, of what `fresh` returns."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        with suppress(FileExistsError):  # another process was first: then theirs counts
            create(path, fresh())
        return path.read_bytes()


def create(path: Path, content: bytes) -> None:
    """Write a new file durably, of mode 0600; FileExistsError when there is one already.

    It appears under its name with all of its content. Drafts have names of their own, so one that
    a killed process left stands in nobody's way.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
    sync(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 durably, in place of the one that is there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def sync(directory: Path) -> None:
    """Make durable which files a directory has."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
