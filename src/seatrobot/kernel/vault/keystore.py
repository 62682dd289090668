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
from collections.abc import Callable, Iterator, Sequence
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
STATEMENT_SECONDS = 5.0
SILENT = {
    "tcp_user_timeout": 10_000,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""After how long libpq gives up a server that is silent on its connection: 10 s to 20 s."""


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


def copies_of(store: KeyStore, name: UUID) -> list[bytes]:
    """Return a wrapped keyring as every replica has it, the newest first; raise what `get` does.

    StoreUnreachable where a replica is away or lacks it.
    """
    return store.copies(name) if isinstance(store, ReplicatedKeyStore) else [store.get(name)]


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
        with self._reachable(), self._changing():
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
            if self._mark(name).exists():
                raise KeyringMissing(name)
            try:
                return whole(self._path(name).read_bytes(), name, self.where)
            except FileNotFoundError:
                raise KeyringMissing(name) from None

    def version(self, name: UUID) -> str | None:
        with self._reachable():
            if self._mark(name).exists():
                return DESTROYED
            try:
                state = os.stat(self._path(name))  # noqa: PTH116  asked for each unit of work
            except FileNotFoundError:
                return None
            return f"{state.st_ino}.{state.st_mtime_ns}"

    def has(self, name: UUID) -> bool:
        return has(self, name)

    def names(self) -> list[UUID]:
        return sorted(map(UUID, self._stems(".keyring")))

    def destroyed(self) -> set[str]:
        return set(self._stems(".destroyed"))

    def destroy(self, name: UUID) -> None:
        """Delete it, with the drafts of it that a process left that was killed while writing."""
        with self._reachable(), self._changing():
            with suppress(FileExistsError):
                keyfiles.create(self._mark(name), b"")
            for copy in self._copies(name):
                copy.unlink(missing_ok=True)
        with self._reachable():
            left = self._copies(name)
        if left or self.version(name) != DESTROYED:
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

    def _copies(self, name: UUID) -> list[Path]:
        """Return the file of a keyring and every draft of it."""
        return [path for path in self._directory.iterdir() if str(name) in path.name]

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
            kwargs={**SILENT, "autocommit": True, "connect_timeout": SECONDS},
            configure=_limit,
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
        query = (
            "SELECT wrapped FROM keyring WHERE name = %s"
            " AND NOT EXISTS (SELECT FROM destroyed_keyring WHERE mark = %s)"
        )
        if not (rows := self._run(query, (name, mark_of(name)))):
            raise KeyringMissing(name)
        return whole(bytes(rows[0][0]), name, self.where)

    def version(self, name: UUID) -> str | None:
        query = (
            "SELECT (SELECT version FROM keyring WHERE name = %s),"
            " EXISTS (SELECT FROM destroyed_keyring WHERE mark = %s)"
        )
        version, is_gone = self._run(query, (name, mark_of(name)))[0]
        if is_gone:
            return DESTROYED
        return None if version is None else str(version)

    def names(self) -> list[UUID]:
        return [row[0] for row in self._run("SELECT name FROM keyring ORDER BY name")]

    def destroyed(self) -> set[str]:
        return {row[0] for row in self._run("SELECT mark FROM destroyed_keyring")}

    def destroy(self, name: UUID) -> None:
        mark = "INSERT INTO destroyed_keyring (mark) VALUES (%s) ON CONFLICT DO NOTHING"
        self._run(mark, (mark_of(name),))
        self._run("DELETE FROM keyring WHERE name = %s", (name,))
        self._vacuum()
        left = self._run("SELECT FROM keyring WHERE name = %s", (name,))
        if left or self.version(name) != DESTROYED:
            raise KeyringRemains(f"the keyring {name} is still in {self.where}")

    def _vacuum(self) -> None:
        """Have the bytes of deleted rows leave the table's file, however long it takes."""
        with self._connected() as connection:
            connection.execute("SET statement_timeout = 0")
            try:
                connection.execute("VACUUM FULL keyring")
            finally:
                _limit(connection)

    def _run(self, statement: str, values: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        if self._pool.closed:
            self._pool.open()
            atexit.register(self._pool.close)
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            said = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreUnreachable(f"{self.where} cannot be used: {said}") from error


def _limit(connection: psycopg.Connection[Any]) -> None:
    """Let no statement of this connection wait for longer than STATEMENT_SECONDS."""
    connection.execute(f"SET statement_timeout = {round(STATEMENT_SECONDS * 1000)}".encode())


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
        """Replace it in one replica after the other, so the first that has it has the newest.

        Raises StoreUnreachable where a replica is away or lacks it; one that fails after others
        have changed leaves them different, until `settle` or the next `replace`.
        """
        versions = version.split("|")
        if len(versions) != len(self.stores):
            raise KeyringChanged(f"the keyring {name} was replaced meanwhile")
        for store, each in zip(self.stores, versions, strict=True):
            if not each and store.version(name) is None:
                raise StoreUnreachable(f"{store.where} lacks the keyring {name}")
        for number, (store, each) in enumerate(zip(self.stores, versions, strict=True)):
            try:
                store.replace(name, wrapped, each)
            except KeyringChanged:
                if not number or store.get(name) != wrapped:
                    raise  # otherwise `settle` has carried it here meanwhile

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

    def settle(self, opens: Callable[[UUID, bytes], bool] | None = None) -> list[UUID]:
        """Make the replicas alike that answer; return which keyrings were mended.

        What was destroyed in one is destroyed in every one. What one lacks, or has otherwise, it
        gets from the first that has it whole, which has the newest (see `replace`). opens: whether
        the root key opens a copy; one that it does not open replaces none. Raises KeyringRemains
        at the end where something could not be destroyed.
        """
        mended, left = [], []
        gone = self.destroyed()
        for store in self._answering():
            for name in store.names():
                if mark_of(name) in gone:
                    try:
                        store.destroy(name)
                        mended.append(name)
                    except (StoreUnreachable, KeyringRemains) as error:
                        left.append(str(getattr(error, "cause", error)))
        if len(self.stores) > 1:
            for name in self.names():
                with suppress(StoreUnreachable, KeyringChanged, KeyringMissing, FileExistsError):
                    mended += [name] * self._repair(name, opens)
        if left:
            raise KeyringRemains(f"not everything is destroyed that was: {'; '.join(left)}")
        return mended

    def _repair(self, name: UUID, opens: Callable[[UUID, bytes], bool] | None) -> int:
        """Write the newest copy that opens where another one is, or none; return how often."""
        states = []
        for store in self._answering():
            version, content = store.version(name), None
            with suppress(KeyringMissing, KeyringDamaged):
                content = store.get(name)
            states.append((store, version, content))
        copies = [content for _store, _version, content in states]
        if len(set(copies)) == 1:
            return 0
        usable = (each for each in copies if each and (opens is None or opens(name, each)))
        if (newest := next(usable, None)) is None:
            return 0
        behind = [(store, version) for store, version, each in states if each != newest]
        for store, version in behind:
            if version is None:
                store.put(name, newest)
            else:
                store.replace(name, newest, version)
        return len(behind)

    def copies(self, name: UUID) -> list[bytes]:
        """Return what every replica has; raise StoreUnreachable where one is away or lacks it."""
        if self.version(name) in (None, DESTROYED):
            raise KeyringMissing(name)
        found = []
        for store in self.stores:
            try:
                found.append(store.get(name))
            except KeyringMissing:
                raise StoreUnreachable(f"{store.where} lacks the keyring {name}") from None
        return found

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
