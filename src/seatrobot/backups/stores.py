"""Where backups are: directories, and buckets that speak S3's protocol.

Several of them stand beside each other, each with everything. A store says who uses it in an object
of its own, `identity.json`: one that another instance uses is refused. What is in a store is
encrypted, except that object, the descriptions of backups and the erasure ledger.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import msgspec
from django.conf import settings

from seatrobot.kernel import keyfiles
from seatrobot.kernel.clock import now

IDENTITY = "identity.json"
LEDGER = "erasures/ledger.jsonl"
PIECE = 1024 * 1024
TRIAL = "trial"
"""An object that is written, read and deleted again to see whether a store can be used."""


class StoreError(Exception):
    """A store cannot be used; the text is a sentence about it."""


class StoreGone(StoreError):
    """It is not there, does not answer, or is full or read-only."""


class ForeignStore(StoreError):
    """It belongs to another instance of the service."""


class ObjectMissing(StoreError):
    """It has no object of this name."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of an object. version: "" where the store keeps none."""

    key: str
    size: int
    at: datetime
    version: str = ""
    is_newest: bool = True


class Store(ABC):
    """A place for backups; each method raises StoreGone where nothing answers.

    name: short, unique, and the same as long as the configuration is. where: for people.
    """

    name: str
    where: str

    @abstractmethod
    def put(self, key: str, stream: BinaryIO) -> int:
        """Write an object whole or not at all, durably; return how many bytes it has."""

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Return an object to read, in order; raise ObjectMissing."""

    @abstractmethod
    def list(self, prefix: str = "", *, versions: bool = True) -> Iterator[StoredObject]:
        """Give what is there; versions: also those that were replaced or deleted."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete an object with all of its versions; nothing happens where there is none."""

    @abstractmethod
    def free(self) -> int | None:
        """Return how many bytes may still be written; None where nobody knows."""

    @abstractmethod
    def place(self) -> str:
        """Return what stands for where it is: stores of one place go together."""

    def get(self, key: str) -> bytes:
        """Return a small object; raise ObjectMissing."""
        with self.open(key) as source:
            return source.read()

    def check(self) -> None:
        """Write, read back and delete an object, and look whose store it is.

        Raises StoreGone, or ForeignStore.
        """
        self._require_ours()
        content = secrets.token_bytes(32)
        self.put(TRIAL, io.BytesIO(content))
        if self.get(TRIAL) != content:
            raise StoreGone(f"{self.where} gives other bytes than it was given")
        self.delete(TRIAL)

    def _require_ours(self) -> None:
        ours = instance_id()
        try:
            said = msgspec.json.decode(self.get(IDENTITY), type=Identity)
        except ObjectMissing:
            text = msgspec.json.encode(Identity(ours, now()))
            self.put(IDENTITY, io.BytesIO(text))
            return
        except msgspec.DecodeError as error:
            raise ForeignStore(f"{self.where} does not say whose it is") from error
        if said.instance != ours:
            raise ForeignStore(
                f"{self.where} belongs to another instance ({said.instance}, since"
                f" {said.since:%Y-%m-%d}); give each its own"
            )


class Identity(msgspec.Struct):
    """Whose a store is. instance: see `instance_id`."""

    instance: UUID
    since: datetime


class DirectoryStore(Store):
    """Files below a directory, of mode 0600; a draft has a name that begins with a dot."""

    def __init__(self, directory: Path, name: str = "") -> None:
        self.directory = directory
        self.name = name or directory.name
        self.where = f"the directory {directory}"

    def put(self, key: str, stream: BinaryIO) -> int:
        path = self._path(key)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with self._typed():
            self._make(path.parent)
            try:
                descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    shutil.copyfileobj(stream, file, PIECE)
                    file.flush()
                    os.fsync(file.fileno())
                    size = file.tell()
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            keyfiles.sync(path.parent)
        return size

    def open(self, key: str) -> BinaryIO:
        with self._typed():
            try:
                return self._path(key).open("rb")
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
                raise ObjectMissing(f"{self.where} has no {key}") from error

    def list(self, prefix: str = "", *, versions: bool = True) -> Iterator[StoredObject]:
        """Give every file, drafts that were left behind among them."""
        _ = versions  # a directory keeps none
        with self._typed():
            self.directory.stat()
            top = self._path(prefix) if prefix.endswith("/") else self._path(prefix).parent
            for place, _directories, files in os.walk(top if prefix else self.directory):
                for file in sorted(files):
                    path = Path(place, file)
                    key = path.relative_to(self.directory).as_posix()
                    if not key.startswith(prefix):
                        continue
                    try:
                        state = path.lstat()
                    except FileNotFoundError:
                        continue
                    yield StoredObject(
                        key, state.st_size, datetime.fromtimestamp(state.st_mtime, UTC)
                    )

    def delete(self, key: str) -> None:
        path = self._path(key)
        with self._typed():
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self.directory or self.directory not in parent.parents:
                    break
                try:
                    parent.rmdir()
                except OSError:
                    break

    def free(self) -> int | None:
        with self._typed():
            return shutil.disk_usage(self.directory).free

    def place(self) -> str:
        """Return the device: two directories of one disk are one place."""
        with self._typed():
            return f"disk {self.directory.stat().st_dev}"

    def _path(self, key: str) -> Path:
        parts = key.split("/")
        if key.startswith("/") or ".." in parts:
            raise StoreError(f"{key!r} is no name of an object")
        return self.directory.joinpath(*parts)

    def _make(self, directory: Path) -> None:
        """Make directories below the store's own, which has to be there: a mount may be missing."""
        if not self.directory.is_dir():
            raise StoreGone(f"{self.where} is not there")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _typed(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreGone(f"{self.where} cannot be used: {error.strerror}") from error


def instance_id() -> UUID:
    """Return what tells this instance from others: made on first use, lost with the instance."""
    data: Path = settings.CONFIG.data
    made = str(UUID(bytes=secrets.token_bytes(16), version=4))
    content = keyfiles.load_or_create(data / "backups" / "instance", made.encode)
    return UUID(content.decode())
