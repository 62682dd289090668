"""Making a backup: the database, the files and keys beside it, the program, into every store.

PostgreSQL's `pg_basebackup` copies the database while it is in use; what it gives is whole together
with the log from its beginning to its end, which the shipper brings into the same stores. Each part
is packed into `backups/outgoing/` first, so a store that is away for a time gets it later, and one
that fails does not disturb another.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings

import seatrobot
from seatrobot.backups import digests, keys
from seatrobot.backups.configured import prepare, stores
from seatrobot.backups.feature import Action
from seatrobot.backups.models import Attempt, Backup, Part, StoreCopy
from seatrobot.backups.packing import PIECE, Packed
from seatrobot.backups.source import NoSource, Source, lsn, shown, source
from seatrobot.backups.stores import Store, StoreError
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.build import build_name
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault.errors import KeysUnavailable
from seatrobot.kernel.vault.streaming import StreamKey

ACTOR = Actor.system("backups")
KEPT = timedelta(days=14) - timedelta(hours=6)
"""How long after the beginning of its day a backup is destroyed; 14 days are promised."""
LOCK = 7166_0015
"""The advisory lock under which one process at a time makes a backup."""
RANGE = re.compile(
    rb'"WAL-Ranges": \[\s*\{ "Timeline": (\d+), "Start-LSN": "([0-9A-F/]+)",'
    rb' "End-LSN": "([0-9A-F/]+)" \}'
)
TAIL = 64 * 1024
"""Where, at the end of what pg_basebackup gives, its manifest says which log it needs."""
LEAST_FREE = 256 * 1024 * 1024
FILES = ("keys", "keystore", "heads", "erasures", "profile", "policies", "courses", "examiner")
HEADS = "heads/"
PASSWORDS = "postgresql"
NEVER = frozenset({"root.key"})
"""Whoever has it and a backup can read everything: it is on the recovery sheets."""
SOURCES = ("pyproject.toml", "requirements*.txt", "Makefile", "README.md", "LICENSE*")
NICE = 10


class BackupFailed(Exception):
    """No backup was made; the text is a sentence that says why."""


FAILURES = (
    *(BackupFailed, StoreError, KeysUnavailable, OSError, subprocess.SubprocessError),
    *(digests.NoMoment, psycopg.Error),
)


class About(msgspec.Struct, kw_only=True):
    """A backup as its stores describe it, in clear (`base/ID/about.json`).

    parts: size and SHA-256 of each, as it is stored. log: names of the stores' objects begin so.
    """

    id: UUID
    made_at: datetime
    destroy_by: datetime
    timeline: int
    from_lsn: str
    to_lsn: str
    version: str
    parts: dict[str, tuple[int, str]]


def place(backup_id: UUID, part: str) -> str:
    """Return the name of an object of a backup in every store."""
    return f"base/{backup_id}/{part}"


def outgoing() -> Path:
    data: Path = settings.CONFIG.data
    return data / "backups" / "outgoing"


def destroy_by(moment: datetime) -> datetime:
    """Return when what was begun at a moment is destroyed: with its day of log."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0) + KEPT


def back_up() -> Backup:
    """Make a backup and bring it into every store that can be used.

    Raises BackupFailed, where none can be made or no store takes it; what was begun is then gone.
    """
    with acting(ACTOR):
        attempt = Attempt.objects.create(begun_at=now())
    try:
        with _alone(from_ := _source()):
            backup = _make(from_)
    except FAILURES as error:
        said = str(getattr(error, "cause", error)) or type(error).__name__
        with acting(ACTOR):
            Attempt.objects.filter(pk=attempt.pk).update(ended_at=now(), problem=said[:500])
        raise BackupFailed(said) from error
    with acting(ACTOR):
        Attempt.objects.filter(pk=attempt.pk).update(ended_at=now(), backup_id=backup.pk)
    return backup


def _source() -> Source:
    try:
        return source()
    except NoSource as error:
        raise BackupFailed(str(error)) from error


@contextmanager
def _alone(from_: Source) -> Iterator[None]:
    with from_.connected() as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if not row or not row[0]:
            raise BackupFailed("another process is making a backup")
        connection.execute("SELECT pg_switch_wal()")  # its log begins in a file of its own
        yield


def _make(from_: Source) -> Backup:
    prepare()
    usable = list(_usable())
    made_at = now()
    backup = Backup(pk=new_id(), made_at=made_at, destroy_by=destroy_by(made_at))
    directory = outgoing() / str(backup.pk)
    if shutil.disk_usage(settings.CONFIG.data).free < LEAST_FREE:
        raise BackupFailed("the disk of the data directory is full")
    with acting(ACTOR):
        backup.save(force_insert=True)
        journal.record(Action.BACKUP_BEGIN, subject_id=backup.pk)
    try:
        key = keys.make(backup.pk)
        parts = {
            Part.CLUSTER: _cluster(from_, backup, key, directory),
            Part.FILES: _archive(backup, Part.FILES, key, directory),
            Part.SOURCE: _archive(backup, Part.SOURCE, key, directory),
        }
        backup.digests = digests.taken(from_)
        _describe(backup, parts, directory)
        problems = _put_everywhere(backup, parts, usable, directory)
    except BaseException:
        _forget(backup, directory)
        raise
    with acting(ACTOR):
        backup.finished_at = now()
        backup.save()
        journal.record(
            Action.BACKUP_MAKE,
            subject_id=backup.pk,
            copies=StoreCopy.objects.filter(backup=backup).count(),
        )
    if not problems and len(usable) == len(stores()):
        shutil.rmtree(directory, ignore_errors=True)
    return backup


def _usable() -> Iterator[Store]:
    """Give the stores that can be used now; raise what the last one said where none can."""
    failure: StoreError | None = None
    found = False
    for store in stores():
        try:
            store.check()
        except StoreError as error:
            failure = error
        else:
            found = True
            yield store
    if not found:
        raise failure or BackupFailed("no store is configured")


def _put_everywhere(
    backup: Backup, parts: dict[Part, tuple[int, str]], usable: list[Store], directory: Path
) -> list[str]:
    """Return what failed; raise BackupFailed where it failed everywhere."""
    problems = [each for store in usable if (each := put(backup, parts, store, directory))]
    if len(problems) == len(usable):
        raise BackupFailed("; ".join(problems))
    return problems


def put(backup: Backup, parts: dict[Part, tuple[int, str]], store: Store, directory: Path) -> str:
    """Bring a backup's parts into a store and read them back; return what failed, "" if nothing.

    The description comes last: a backup without one is unfinished.
    """
    try:
        for part, (size, sha256) in parts.items():
            name = place(backup.pk, part)
            with (directory / part).open("rb") as file:
                store.put(name, file)
            with store.open(name) as stored:
                if (size, sha256) != measured(stored):
                    return f"{store.where} gives other bytes of {name} than it was given"
            with acting(ACTOR):
                StoreCopy.objects.update_or_create(
                    backup=backup,
                    store=store.name,
                    part=part,
                    defaults={"size": size, "sha256": sha256, "stored_at": now()},
                )
        with (directory / "about.json").open("rb") as file:
            store.put(place(backup.pk, "about.json"), file)
    except StoreError as error:
        return str(error)
    return ""


def measured(stream: BinaryIO) -> tuple[int, str]:
    """Return the size and the SHA-256 of what a stream gives."""
    size, digest = 0, hashlib.sha256()
    while piece := stream.read(PIECE):
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def _forget(backup: Backup, directory: Path) -> None:
    """Leave nothing of a backup that failed: the key first, then what stores have of it."""
    keys.destroy(backup.pk)
    shutil.rmtree(directory, ignore_errors=True)
    for store in stores():
        try:
            for each in list(store.list(f"base/{backup.pk}/")):
                store.delete(each.key)
        except StoreError:
            continue  # the sweeper deletes it there when it is back
    with acting(ACTOR):
        Backup.objects.filter(pk=backup.pk).update(destroyed_at=now())


def _cluster(from_: Source, backup: Backup, key: StreamKey, directory: Path) -> tuple[int, str]:
    """Pack what pg_basebackup gives; note which log it needs."""
    command = [from_.program("pg_basebackup"), "--dbname", from_.conninfo, "--pgdata=-"]
    command += ["--format=tar", "--wal-method=none", "--checkpoint=fast", "--no-password"]
    command += ["--manifest-checksums=SHA256", f"--label={backup.pk}"]
    nice = shutil.which("nice")
    process = subprocess.Popen(  # noqa: S603  PostgreSQL's own program
        [nice, "-n", str(NICE), *command] if nice else command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    tail = b""
    file = Packed(directory / Part.CLUSTER, key, place(backup.pk, Part.CLUSTER))
    try:
        while piece := process.stdout.read(PIECE):
            file.write(piece)
            tail = (tail + piece)[-TAIL:]
    finally:
        file.close()
        process.stdout.close()  # where writing failed, it ends of itself
        said = process.stderr.read().decode(errors="replace")
        code = process.wait()
    if code:
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        raise BackupFailed(f"pg_basebackup failed: {last[0]}")
    found = RANGE.search(tail)
    if found is None:
        raise BackupFailed("pg_basebackup gave no manifest")
    backup.timeline = int(found[1])
    backup.from_lsn, backup.to_lsn = lsn(found[2].decode()), lsn(found[3].decode())
    return file.size, file.sha256


def _archive(backup: Backup, part: Part, key: StreamKey, directory: Path) -> tuple[int, str]:
    """Pack files and keys, or the program."""
    file = Packed(directory / part, key, place(backup.pk, part))
    give = files if part == Part.FILES else _program
    with file, tarfile.open(fileobj=cast("IO[bytes]", file), mode="w|", bufsize=PIECE) as archive:
        for path, name in give():
            try:
                archive.add(path, name, recursive=False)
            except FileNotFoundError:
                continue  # it went meanwhile
        if part == Part.SOURCE:
            content = msgspec.json.encode(_configuration())
            member = tarfile.TarInfo("configuration.json")
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    return file.size, file.sha256


def files() -> Iterator[tuple[Path, str]]:
    """Give the files of the data directory that a restored service needs, without the root key."""
    data: Path = settings.CONFIG.data
    for top in FILES:
        for path in sorted((data / top).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.name not in NEVER:
                yield path, path.relative_to(data).as_posix()
    for path in sorted((data / PASSWORDS).glob("*.password")):
        yield path, path.relative_to(data).as_posix()
    yield data / "backups" / "instance", "backups/instance"


def pack_files(to: BinaryIO) -> None:
    """Write the files and keys of the data directory as an archive (tar), heads left out.

    What was published is remembered with the database of the same moment alone.
    """
    with tarfile.open(fileobj=cast("IO[bytes]", to), mode="w|", bufsize=PIECE) as archive:
        for path, name in files():
            if name.startswith(HEADS):
                continue
            with suppress(FileNotFoundError):  # it went meanwhile
                archive.add(path, name, recursive=False)


def _program() -> Iterator[tuple[Path, str]]:
    """Give the source of the program, and what installs it where it runs from a checkout."""
    package = Path(seatrobot.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.is_symlink():
            yield path, f"src/seatrobot/{path.relative_to(package).as_posix()}"
    for pattern in SOURCES:
        for path in sorted(package.parents[1].glob(pattern)):
            if path.is_file():
                yield path, path.name


def _configuration() -> dict[str, str]:
    """Return the settings of this instance as they stand in its environment."""
    ours = ("SEATROBOT_", "DATABASE_")
    return {name: text for name, text in os.environ.items() if name.startswith(ours)}


def _describe(backup: Backup, parts: dict[Part, tuple[int, str]], directory: Path) -> None:
    about = About(
        id=backup.pk,
        made_at=backup.made_at,
        destroy_by=backup.destroy_by,
        timeline=backup.timeline,
        from_lsn=shown(backup.from_lsn),
        to_lsn=shown(backup.to_lsn),
        version=build_name(),
        parts={str(part): each for part, each in parts.items()},
    )
    (directory / "about.json").write_bytes(msgspec.json.format(msgspec.json.encode(about)))
