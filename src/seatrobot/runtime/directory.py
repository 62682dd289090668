"""The data directory: private to its owner, used by one server at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seatrobot.kernel import keyfiles
from seatrobot.runtime.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def make_private(path: Path) -> Path:
    """Create a directory with mode 0700; RefusedError when an existing one is open to others."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    if not path.is_dir():
        raise RefusedError(f"{path} is not a directory; choose another SEATROBOT_DATA.")
    state = path.stat()
    if state.st_uid != os.geteuid():
        raise RefusedError(
            f"The data directory {path} belongs to user number {state.st_uid}, "
            f"not to the one who starts Seatrobot (number {os.geteuid()})."
        )
    if stat.S_IMODE(state.st_mode) & 0o077:
        raise RefusedError(
            f"The data directory {path} is open to other users of this machine; "
            f"close it with: chmod 700 {path}"
        )
    return path


def secret(path: Path) -> str:
    """Return a random secret of 256 bits kept in a file of mode 0600, made on first use."""
    return keyfiles.load_or_create(path, lambda: secrets.token_urlsafe(32).encode()).decode()


class InUseError(RefusedError):
    """Another process holds the data directory."""


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the data directory for this process alone; InUseError when another one holds it."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode() or "just starting"
            raise InUseError(
                f"Seatrobot already runs on {data} (process {holder}); "
                "stop it first, or choose another SEATROBOT_DATA."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
