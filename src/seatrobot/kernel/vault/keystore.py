"""Wrapped keyrings, outside the database: a copy of the database alone opens nothing."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from seatrobot.kernel import keyfiles
from seatrobot.kernel.vault.errors import KeyringMissing


class DirectoryKeyStore:
    """One file per keyring, in a directory of mode 0700."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def put(self, name: UUID, wrapped: bytes) -> None:
        """Keep a new keyring durably; raise FileExistsError rather than replace one."""
        keyfiles.create(self._path(name), wrapped)

    def get(self, name: UUID) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyringMissing(name) from None

    def has(self, name: UUID) -> bool:
        return self._path(name).exists()

    def names(self) -> list[UUID]:
        """Return whose keyrings there are, opening none; the oldest first."""
        return sorted(UUID(path.stem) for path in self._directory.glob("*.keyring"))

    def destroy(self, name: UUID) -> None:
        """Delete a keyring for good; what it sealed can never be read again."""
        self._path(name).unlink(missing_ok=True)
        keyfiles.sync(self._directory)

    def _path(self, name: UUID) -> Path:
        return self._directory / f"{name}.keyring"
