"""Wrapped keyrings, outside the database: a copy of the database alone opens nothing."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from seatrobot.kernel import keyfiles
from seatrobot.kernel.vault.errors import KeyringChanged, KeyringMissing


class DirectoryKeyStore:
    """One file per keyring, in a directory of mode 0700.

    is_near: whether `version` costs nothing, so that each unit of work asks for it.
    """

    is_near = True

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def put(self, name: UUID, wrapped: bytes) -> None:
        """Keep a new keyring durably; raise FileExistsError rather than replace one."""
        keyfiles.create(self._path(name), wrapped)

    def replace(self, name: UUID, wrapped: bytes, version: str) -> None:
        """Replace a keyring that still has this version, durably, whole or not at all.

        Raises KeyringChanged where it has not, because another process changed or destroyed it.
        """
        with self._changing():
            if self.version(name) != version:
                raise KeyringChanged(f"the keyring {name} was replaced meanwhile")
            draft = self._directory / f".{self._path(name).name}.{secrets.token_hex(8)}"
            try:
                keyfiles.create(draft, wrapped)
                draft.replace(self._path(name))
            finally:
                draft.unlink(missing_ok=True)
            keyfiles.sync(self._directory)

    def get(self, name: UUID) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyringMissing(name) from None

    def has(self, name: UUID) -> bool:
        return self._path(name).exists()

    def version(self, name: UUID) -> str | None:
        """Return what changes when the keyring does; None without one."""
        try:
            state = self._path(name).stat()
        except FileNotFoundError:
            return None
        return f"{state.st_ino}.{state.st_mtime_ns}"

    def names(self) -> list[UUID]:
        """Return whose keyrings there are, opening none; the oldest first."""
        return sorted(UUID(path.stem) for path in self._directory.glob("*.keyring"))

    def destroy(self, name: UUID) -> None:
        """Delete a keyring for good; what it sealed can never be read again."""
        with self._changing():
            self._path(name).unlink(missing_ok=True)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Let one process after the other change keyrings that are there."""
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _path(self, name: UUID) -> Path:
        return self._directory / f"{name}.keyring"
