"""Restoring a backup from one store: files and keys, the database, its log, and what was erased.

A store, the store of backup keys and the root key are enough; no database is asked. Every step says
what it did. What a store gives is compared with what its description, or the catalogue, says of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import UUID

from seatrobot.backups import reading
from seatrobot.backups.models import Part
from seatrobot.backups.packing import members
from seatrobot.backups.stores import LEDGER, ObjectMissing, StoreError
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.kernel.vault.streaming import StreamDamaged
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.postgres import programs
from seatrobot.runtime.recovering import (
    RecoveringPostgres,
    Target,
    give_all,
    lsn_number,
    lsn_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from seatrobot.backups.making import About
    from seatrobot.backups.stores import Store

PIECE = 1024 * 1024
FRESH, LOG = "cluster.new", "log.new"
BEFORE = "cluster.before"
KEYSTORE = "keystore"
VERIFY_SECONDS = 3600

Say = Callable[[str], None]


class NotRestored(RefusedError):
    """A backup could not be restored; the text is a sentence that says why."""


@dataclass(slots=True)
class Measured:
    """What a restore took, in seconds by step, and how many bytes and files it read."""

    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - begun, 2)


def choose(store: Store, *, to: datetime | None = None, backup: UUID | None = None) -> About:
    """Return the newest backup that the store describes, made before a moment; NotRestored."""
    try:
        found = reading.described(store)
    except StoreError as error:
        raise NotRestored(f"The store cannot be used: {error}.") from error
    if not found:
        raise NotRestored(f"There is no backup in {store.where}.")
    fitting = [
        each
        for each in found
        if (backup is None or each.id == backup) and (to is None or each.made_at <= to)
    ]
    if not fitting:
        oldest = min(each.made_at for each in found)
        raise NotRestored(
            f"No backup in {store.where} was made before that; the oldest is of"
            f" {oldest:%Y-%m-%d %H:%M} UTC."
        )
    return fitting[0]


class Restoration:
    """One backup, brought from one store into a data directory.

    expected: size and SHA-256 of each part; by default what the store itself says. key_stores:
    where the keys of organizations are; those elsewhere than in the data directory are no part.
    """

    def __init__(  # noqa: PLR0913  what is restored, where to, and what it must be
        self,
        store: Store,
        about: About,
        data: Path,
        *,
        expected: dict[str, tuple[int, str]] | None = None,
        key_stores: Sequence[str] = ("directory",),
        say: Say = lambda _text: None,
    ) -> None:
        self.store = store
        self.about = about
        self.data = data
        self.place = data / "postgresql"
        self.expected = expected if expected is not None else about.parts
        self.key_stores = key_stores
        self.say = say
        self.measured = Measured()

    def bring(self) -> None:
        """Bring everything that the database and the service need; raises NotRestored."""
        self.place.mkdir(mode=0o700, exist_ok=True)
        for name in (FRESH, LOG):
            shutil.rmtree(self.place / name, ignore_errors=True)
        with _told():
            # First: the files and keys that are brought then are as new as the log, or newer.
            with self.measured.timed("log"):
                through = self._bring_log(self.place / LOG)
            self.say(f"The log is in place, through {lsn_text(through)}.")
            with self.measured.timed("files"):
                number = self._bring_newest_files() + self._unpack(Part.FILES, self.data)
            if "directory" in self.key_stores and not any((self.data / KEYSTORE).glob("*.keyring")):
                raise NotRestored("The backup has no keys of organizations: nothing would open.")
            self.say(f"{number} files and keys are in place.")
            with self.measured.timed("database"):
                fresh = self.place / FRESH
                fresh.mkdir(mode=0o700)
                number = self._unpack(Part.CLUSTER, fresh)
                self._verify(fresh)
            self.say(f"The database is in place ({number} files, all as they were backed up).")

    def recovered(self, target: Target, *, directory: Path | None = None) -> RecoveringPostgres:
        """Return the database, to be started: it then recovers up to a target."""
        cluster = self.place / "cluster"
        if (fresh := self.place / FRESH).exists():
            fresh.rename(cluster)
        return RecoveringPostgres(directory or self.place, self.place / LOG, target)

    def finish(self) -> None:
        """Remove what only the recovery needed."""
        shutil.rmtree(self.place / LOG, ignore_errors=True)

    def bring_ledger(self) -> int:
        """Take over what was erased since, as the store has it; return how many lines it has.

        The backup's own ledger ends when it was made; the store's is the newest.
        """
        from seatrobot.deletion import ledger

        try:
            with _told():
                newest = self.store.get(LEDGER)
        except NotRestored:
            return 0
        file = self.data / "erasures" / "ledger.jsonl"
        known = file.read_bytes() if file.exists() else b""
        if not newest.startswith(known[: known.rfind(b"\n") + 1]):
            raise NotRestored("The ledger of erasures in the store is another one's.")
        try:
            ledger.Ledger(newest)
        except ledger.LedgerBroken as error:
            raise NotRestored(
                f"The ledger of erasures in the store is damaged: {error}."
            ) from error
        file.parent.mkdir(mode=0o700, exist_ok=True)
        draft = file.with_name(".ledger.restored")
        draft.write_bytes(newest)
        draft.chmod(0o600)
        draft.replace(file)
        return newest.count(b"\n")

    def _unpack(self, part: Part, to: Path) -> int:
        """Unpack a part below a directory, and compare what was read with what it should be.

        Files and keys that are there are newer and stay.
        """
        if str(part) not in self.expected:
            raise NotRestored(f"The backup has no part “{part}”.")
        number = 0
        size, sha256 = self.expected[str(part)]
        hashed = _Hashed(self.store, part)
        with (
            reading.open_part(hashed, self.about.id, part) as plain,  # type: ignore[arg-type]
            members(plain) as archive,
        ):
            for member in archive:
                number += member.isfile()
                if not (part == Part.FILES and (to / member.name).exists()):
                    _extract(archive, member, to)
            while plain.read(PIECE):
                pass
        hashed.finish()
        if (hashed.size, hashed.sha256) != (size, sha256):
            raise NotRestored(
                f"The store gives {hashed.size} bytes of “{part}” that are not the {size} bytes"
                " that were stored."
            )
        if not number:
            raise NotRestored(f"The part “{part}” of the backup is empty.")
        self.measured.counts[f"{part}_bytes"] = size
        return number

    def _bring_newest_files(self) -> int:
        """Bring what files and keys have become since the backup, as the store has them."""
        number = 0
        with reading.open_newest_files(self.store) as plain:
            if plain is None:
                return 0
            with members(plain) as archive:
                for member in archive:
                    if not (self.data / member.name).exists():
                        _extract(archive, member, self.data)
                        number += member.isfile()
        return number

    def _verify(self, fresh: Path) -> None:
        """Compare every file with the manifest that PostgreSQL made when it was backed up."""
        command = [str(programs() / "pg_verifybackup"), "-n", "-q", str(fresh)]
        done = subprocess.run(  # noqa: S603  our own program and arguments
            command, capture_output=True, text=True, check=False, timeout=VERIFY_SECONDS
        )
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
            raise NotRestored(f"The database is not as it was backed up: {said}")

    def _bring_log(self, to: Path) -> int:
        """Bring every file of the log from the backup's beginning on; return through where.

        It has to reach without a gap at least to the backup's end.
        """
        to.mkdir(mode=0o700)
        begin, end = lsn_number(self.about.from_lsn), lsn_number(self.about.to_lsn)
        reached, number = 0, 0
        for file in reading.wal(self.store, begin):
            if file.name.endswith(".history"):
                (to / file.name).write_bytes(reading.fetch(self.store, file))
                continue
            if reached and file.start > reached:
                break  # a gap: what follows it is of no use
            try:
                content = reading.fetch(self.store, file)
            except reading.LogMissing:
                break  # likewise
            (to / file.name).write_bytes(content)
            reached = file.through if file.start <= begin or reached else 0
            number += 1
        if reached < end:
            raise NotRestored(
                f"The log in {self.store.where} ends at {lsn_text(reached)}, before the backup's"
                f" own end at {lsn_text(end)}."
            )
        self.measured.counts["log_files"] = number
        return reached


class _Hashed:
    """A store that notes size and hash of the one object that is read."""

    def __init__(self, store: Store, part: Part) -> None:
        self._store = store
        self._part = part
        self._hash = hashlib.sha256()
        self._source: BinaryIO | None = None
        self.size = 0
        self.sha256 = ""

    def open(self, key: str) -> _Hashed:
        self._source = self._store.open(key)
        return self

    def read(self, size: int = -1) -> bytes:
        assert self._source is not None
        piece = self._source.read(size)
        self.size += len(piece)
        self._hash.update(piece)
        return piece

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def writable(self) -> bool:
        return False

    @property
    def closed(self) -> bool:
        return self._source is None

    def close(self) -> None:
        """Keep it open: what is left is read at the end."""

    def finish(self) -> None:
        assert self._source is not None
        while self.read(PIECE):
            pass
        self._source.close()
        self._source = None
        self.sha256 = self._hash.hexdigest()

    def __enter__(self) -> _Hashed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> None:
    """Extract a file or directory below `to`, for nobody but its owner; refuse anything else."""
    if not (member.isfile() or member.isdir()):
        raise NotRestored(f"The backup has {member.name!r}, which is neither file nor directory.")
    member.mode = 0o700 if member.isdir() else 0o600
    try:
        archive.extract(member, to, filter="data", set_attrs=True)
    except tarfile.FilterError as error:
        raise NotRestored(f"The backup has {member.name!r}, which leads elsewhere.") from error
    place = to / member.name
    if member.isdir():
        return
    for parent in place.parents:
        if parent == to or not parent.is_relative_to(to):
            break
        parent.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(place, 0, 0)


@contextmanager
def _told() -> Iterator[None]:
    """Say what the machinery raises as a sentence."""
    try:
        yield
    except ObjectMissing as error:
        raise NotRestored(f"The backup is not whole: {error}.") from error
    except StoreError as error:
        raise NotRestored(f"The store cannot be used: {error}.") from error
    except StreamDamaged as error:
        raise NotRestored(f"The backup is damaged: {error}.") from error
    except reading.LogMissing as error:
        raise NotRestored(f"The log is not whole: {error}.") from error
    except VaultError as error:
        cause = getattr(error, "cause", "") or "it was destroyed, or is not in the store of keys"
        raise NotRestored(f"The key of the backup cannot be used: {cause}.") from error
    except OSError as error:
        raise NotRestored(f"This machine cannot take the backup: {error}.") from error


def swap(place: Path) -> bool:
    """Put a cluster that was there aside; return whether there was one."""
    cluster, before = place / "cluster", place / BEFORE
    if not cluster.exists():
        return False
    shutil.rmtree(before, ignore_errors=True)
    cluster.rename(before)
    give_all(before)
    return True
