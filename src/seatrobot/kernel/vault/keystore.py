"""Wrapped keyrings, outside the database: a copy of the database alone opens nothing.

One interface, three kinds of place: a directory, a PostgreSQL of its own, a bucket (S3). Several
may stand beside each other as replicas. A keyring that was destroyed leaves a mark in each, so its
name never comes back, whatever a replica that was away still holds.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from seatrobot.kernel import keyfiles
from seatrobot.kernel.vault.errors import (
    KeyringChanged,
    KeyringDamaged,
    KeyringMissing,
    KeyringRemains,
    StoreUnreachable,
)

DESTROYED = "destroyed"
"""The version of a keyring that was there and was destroyed."""
SHORTEST = 4
SECONDS = 3
CONNECTIONS = 4


class KeyStore(Protocol):
    """Where wrapped keyrings are; each method raises StoreUnreachable where nothing answers.

    where: for people. is_near: whether `version` costs nothing, so that it is asked each time.
    """

    where: str
    is_near: bool

    def prepare(self) -> None:
        """Make what it needs on first use; StoreUnreachable where it is not fit for keys."""

    def put(self, name: UUID, wrapped: bytes) -> None:
        """Keep a new keyring durably; FileExistsError for a name that is or ever was taken."""

    def replace(self, name: UUID, wrapped: bytes, version: str) -> None:
        """Replace a keyring that still has this version; KeyringChanged where it has not."""

    def get(self, name: UUID) -> bytes:
        """Return a wrapped keyring; raise KeyringMissing or KeyringDamaged."""

    def version(self, name: UUID) -> str | None:
        """Return what changes when the keyring does: None without one, DESTROYED after its end."""

    def names(self) -> list[UUID]:
        """Return whose keyrings there are, opening none; the oldest first."""

    def destroyed(self) -> set[str]:
        """Return the marks of keyrings that were destroyed here; see `mark_of`."""

    def destroy(self, name: UUID) -> None:
        """Delete a keyring for good and read back; KeyringRemains where a copy is left."""


def mark_of(name: UUID) -> str:
    """Return what is left of a keyring that was destroyed; whose it was cannot be read from it."""
    return hashlib.sha256(b"seatrobot destroyed keyring 1\n" + name.bytes).hexdigest()[:32]


def has(store: KeyStore, name: UUID) -> bool:
    return store.version(name) not in (None, DESTROYED)


def whole(wrapped: bytes, name: UUID, where: str) -> bytes:
    """Return the bytes; raise KeyringDamaged for a file that is cut off at its beginning."""
    if len(wrapped) < SHORTEST:
        raise KeyringDamaged(f"the keyring {name} in {where} is half-written")
    return wrapped


class DirectoryKeyStore:
    """One file per keyring, in a directory of mode 0700.

    is_near: whether `version` costs nothing, so that each unit of work asks for it.
    """

    is_near = True

    def __init__(self, directory: Path) -> None:
        self.where = f"the directory {directory}"
        self._directory = directory
        with self._reachable():
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def prepare(self) -> None:
        pass  # it was made above

    def put(self, name: UUID, wrapped: bytes) -> None:
        with self._reachable():
            if self._mark(name).exists():
                raise FileExistsError(name)
            keyfiles.create(self._path(name), wrapped)

    def replace(self, name: UUID, wrapped: bytes, version: str) -> None:
        draft = self._directory / f".{name}.keyring.{secrets.token_hex(8)}"
        with self._reachable(), self._changing():
            if self.version(name) != version:
                raise KeyringChanged(f"the keyring {name} was replaced meanwhile")
            try:
                keyfiles.create(draft, wrapped)
                draft.replace(self._path(name))
            finally:
                draft.unlink(missing_ok=True)

    def get(self, name: UUID) -> bytes:
        with self._reachable():
            try:
                return whole(self._path(name).read_bytes(), name, self.where)
            except FileNotFoundError:
                raise KeyringMissing(name) from None

    def version(self, name: UUID) -> str | None:
        with self._reachable():
            try:
                state = os.stat(self._path(name))  # noqa: PTH116  asked for each unit of work
            except FileNotFoundError:
                return DESTROYED if self._mark(name).exists() else None
            return f"{state.st_ino}.{state.st_mtime_ns}"

    def has(self, name: UUID) -> bool:
        return has(self, name)

    def names(self) -> list[UUID]:
        return sorted(map(UUID, self._stems(".keyring")))

    def destroyed(self) -> set[str]:
        return set(self._stems(".destroyed"))

    def destroy(self, name: UUID) -> None:
        with self._reachable(), self._changing():
            with suppress(FileExistsError):
                keyfiles.create(self._mark(name), b"")
            self._path(name).unlink(missing_ok=True)
        if self.version(name) != DESTROYED:
            raise KeyringRemains(f"the keyring {name} is still in {self.where}")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Let one process after the other change keyrings that are there, durably."""
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _stems(self, suffix: str) -> list[str]:
        with self._reachable():
            return [
                path.stem
                for path in self._directory.iterdir()
                if path.suffix == suffix and not path.name.startswith(".")
            ]

    def _reachable(self) -> _Reachable:
        return _Reachable(self.where)

    def _path(self, name: UUID) -> Path:
        return self._directory / f"{name}.keyring"

    def _mark(self, name: UUID) -> Path:
        return self._directory / f"{mark_of(name)}.destroyed"


class _Reachable:
    """Turns errors of the file system into StoreUnreachable, but for those that mean something."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            raise StoreUnreachable(
                f"{self.where} cannot be used: {error.strerror or error}"
            ) from error


TABLES = """
    CREATE TABLE IF NOT EXISTS keyring (
        name uuid PRIMARY KEY,
        wrapped bytea NOT NULL,
        version bigint NOT NULL DEFAULT 1
    );
    CREATE TABLE IF NOT EXISTS destroyed_keyring (
        mark text PRIMARY KEY,
        destroyed_at timestamptz NOT NULL DEFAULT now()
    );
"""
OTHER_TABLES = "SELECT to_regclass('journal_entry') IS NOT NULL"


class PostgresKeyStore:
    """A table in a PostgreSQL database of its own, best on a server of its own.

    The bytes of a destroyed keyring are in the server's write-ahead log and its backups until those
    are deleted.
    """

    is_near = False

    def __init__(self, url: str, where: str) -> None:
        self.where = where
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=CONNECTIONS,
            kwargs={"autocommit": True, "connect_timeout": SECONDS},
            timeout=SECONDS,
            check=ConnectionPool.check_connection,
            open=False,
        )

    def prepare(self) -> None:
        """Make the table where there is none; StoreUnreachable in the database of the service."""
        if self._run(OTHER_TABLES)[0][0]:
            raise StoreUnreachable(
                f"{self.where} is the database that the keys are kept apart from: name another one"
            )
        self._run(TABLES)

    def put(self, name: UUID, wrapped: bytes) -> None:
        put = (
            "INSERT INTO keyring (name, wrapped) SELECT %s, %s"
            " WHERE NOT EXISTS (SELECT FROM destroyed_keyring WHERE mark = %s)"
            " ON CONFLICT DO NOTHING RETURNING 1"
        )
        if not self._run(put, (name, wrapped, mark_of(name))):
            raise FileExistsError(name)

    def replace(self, name: UUID, wrapped: bytes, version: str) -> None:
        statement = (
            "UPDATE keyring SET wrapped = %s, version = version + 1"
            " WHERE name = %s AND version = %s RETURNING 1"
        )
        number = int(version) if version.isdecimal() else 0
        if not self._run(statement, (wrapped, name, number)):
            raise KeyringChanged(f"the keyring {name} was replaced meanwhile")

    def get(self, name: UUID) -> bytes:
        if not (rows := self._run("SELECT wrapped FROM keyring WHERE name = %s", (name,))):
            raise KeyringMissing(name)
        return whole(bytes(rows[0][0]), name, self.where)

    def version(self, name: UUID) -> str | None:
        query = (
            "SELECT (SELECT version FROM keyring WHERE name = %s),"
            " EXISTS (SELECT FROM destroyed_keyring WHERE mark = %s)"
        )
        version, is_gone = self._run(query, (name, mark_of(name)))[0]
        if version is not None:
            return str(version)
        return DESTROYED if is_gone else None

    def names(self) -> list[UUID]:
        return [row[0] for row in self._run("SELECT name FROM keyring ORDER BY name")]

    def destroyed(self) -> set[str]:
        return {row[0] for row in self._run("SELECT mark FROM destroyed_keyring")}

    def destroy(self, name: UUID) -> None:
        mark = "INSERT INTO destroyed_keyring (mark) VALUES (%s) ON CONFLICT DO NOTHING"
        self._run(mark, (mark_of(name),))
        self._run("DELETE FROM keyring WHERE name = %s", (name,))
        self._run("VACUUM FULL keyring")  # the old row's bytes leave the table's file
        if self.version(name) != DESTROYED:
            raise KeyringRemains(f"the keyring {name} is still in {self.where}")

    def _run(self, statement: str, values: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        if self._pool.closed:
            self._pool.open()
            atexit.register(self._pool.close)
        try:
            with self._pool.connection() as connection:
                cursor = connection.execute(statement.encode(), values)
                return cursor.fetchall() if cursor.description else []
        except (psycopg.Error, PoolTimeout) as error:
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreUnreachable(f"{self.where} cannot be used: {said}") from error


class ReplicatedKeyStore:
    """Several stores with the same keyrings: what is changed is changed in all of them.

    Reading takes the first that answers and has it. One destroyed in any of them is destroyed: a
    replica that was away then may still hold it, `settle` deletes it there when it is back.
    """

    def __init__(self, stores: Sequence[KeyStore]) -> None:
        self.stores = stores
        self.where = ", ".join(each.where for each in stores)
        self.is_near = all(each.is_near for each in stores)

    def prepare(self) -> None:
        for store in self.stores:
            store.prepare()

    def put(self, name: UUID, wrapped: bytes) -> None:
        for store in self.stores:
            store.put(name, wrapped)

    def replace(self, name: UUID, wrapped: bytes, version: str) -> None:
        versions = version.split("|")
        if len(versions) != len(self.stores) or "" in versions:
            raise KeyringChanged(f"the keyring {name} is not in every replica")
        for store, each in zip(self.stores, versions, strict=True):
            store.replace(name, wrapped, each)

    def get(self, name: UUID) -> bytes:
        failure: Exception = KeyringMissing(name)
        if self.version(name) in (None, DESTROYED):
            raise failure
        for store in self.stores:
            try:
                return store.get(name)
            except (KeyringMissing, KeyringDamaged, StoreUnreachable) as error:
                failure = error
        raise failure

    def version(self, name: UUID) -> str | None:
        """Return the versions in all replicas; those that do not answer are left empty."""
        found, unreachable = [], None
        for store in self.stores:
            try:
                found.append(store.version(name))
            except StoreUnreachable as error:
                unreachable = error
                found.append(None)
        if DESTROYED in found:
            return DESTROYED
        if any(found):
            return "|".join(each or "" for each in found)
        if unreachable:
            raise unreachable
        return None

    def names(self) -> list[UUID]:
        gone = self.destroyed()
        found = {name for store in self._answering() for name in store.names()}
        return sorted(name for name in found if mark_of(name) not in gone)

    def destroyed(self) -> set[str]:
        return {mark for store in self._answering() for mark in store.destroyed()}

    def destroy(self, name: UUID) -> None:
        left = []
        for store in self.stores:
            try:
                store.destroy(name)
            except (StoreUnreachable, KeyringRemains) as error:
                left.append(str(getattr(error, "cause", error)))
        if left:
            raise KeyringRemains(
                f"the keyring {name} is not destroyed everywhere: {'; '.join(left)}"
            )

    def settle(self) -> list[UUID]:
        """Destroy in every replica what was destroyed in one; return what was left somewhere.

        And put what a replica lacks; a replica that does not answer is left for the next time.
        """
        mended = []
        gone = self.destroyed()
        for store in self._answering():
            for name in store.names():
                if mark_of(name) in gone:
                    store.destroy(name)
                    mended.append(name)
        for name in self.names():
            for store in self._answering():
                if store.version(name) is None:
                    store.put(name, self.get(name))
                    mended.append(name)
        return mended

    def _answering(self) -> list[KeyStore]:
        answering, failure = [], None
        for store in self.stores:
            try:
                store.version(UUID(int=0))
                answering.append(store)
            except StoreUnreachable as error:
                failure = error
        if not answering and failure:
            raise failure
        return answering
