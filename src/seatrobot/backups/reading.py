"""Opening what stores have: parts of a backup in clear, and files of the log.

Nothing here asks the database: a store, the store of backup keys and the root key are enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO
from uuid import UUID

import msgspec

from seatrobot.backups import keys
from seatrobot.backups.making import About, place
from seatrobot.backups.models import Part
from seatrobot.backups.packing import unpacked
from seatrobot.backups.source import SEGMENT, segment_start
from seatrobot.backups.stores import ObjectMissing, Store, StoredObject
from seatrobot.kernel.vault.streaming import StreamDamaged

ABOUT = re.compile(r"base/([0-9a-f-]{36})/about\.json")
LOG = re.compile(
    r"log/(?P<day>[0-9a-f-]{36})/(?P<file>[0-9A-F]{24}|[0-9A-F]{8}\.history|files-[0-9a-f]{12})"
    r"(\.(?P<begin>[0-9a-f]{8})-(?P<end>[0-9a-f]{8}))?"
)
"""A file of the log, or a piece of one: from which byte of it to which. Beside them are the files
and keys of the data directory as they were at a moment, in milliseconds."""
FILES_SINCE = "files-"


class LogMissing(Exception):
    """A store lacks a file of the log, or some of it; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class LogObject:
    """An object of the log in a store. begin, end: bytes of the file; the whole one has SEGMENT."""

    key: str
    day: UUID
    file: str
    begin: int
    end: int

    @property
    def is_whole(self) -> bool:
        return self.begin == 0 and self.end == SEGMENT

    @property
    def start(self) -> int:
        return segment_start(self.file) + self.begin

    @property
    def through(self) -> int:
        return segment_start(self.file) + self.end


@dataclass(slots=True)
class LogFile:
    """A file of the log as a store has it. through: the position up to which it is there."""

    name: str
    objects: list[LogObject] = field(default_factory=list)

    @property
    def start(self) -> int:
        return segment_start(self.name)

    @property
    def through(self) -> int:
        return max((each.through for each in chain(self.objects)), default=self.start)


def described(store: Store) -> list[About]:
    """Return the backups that a store says it has, the newest first, without asking the catalogue.

    What is no description is passed over; the sweeper names it.
    """
    found = []
    for each in store.list("base/", versions=False):
        if ABOUT.fullmatch(each.key):
            try:
                found.append(msgspec.json.decode(store.get(each.key), type=About))
            except (msgspec.DecodeError, ObjectMissing):
                continue
    return sorted(found, key=lambda about: about.made_at, reverse=True)


@contextmanager
def open_part(store: Store, backup_id: UUID, part: Part | str) -> Iterator[BinaryIO]:
    """Give a part of a backup in clear: an archive (tar).

    Raises ObjectMissing, KeyringMissing for a destroyed key, and StreamDamaged while it is read.
    """
    key = keys.load(backup_id)
    with store.open(place(backup_id, part)) as source:
        yield unpacked(source, key, place(backup_id, part))


def log_object(key: str) -> LogObject | None:
    """Return what an object's name says of the log; None where it is no such name."""
    found = LOG.fullmatch(key)
    if found is None:
        return None
    if found["file"].endswith(".history") or found["file"].startswith(FILES_SINCE):
        return LogObject(key, UUID(found["day"]), found["file"], 0, 0)
    begin = int(found["begin"], 16) if found["begin"] else 0
    end = int(found["end"], 16) if found["end"] else SEGMENT
    if not 0 <= begin < end <= SEGMENT:
        return None
    return LogObject(key, UUID(found["day"]), found["file"], begin, end)


def wal(store: Store, from_lsn: int = 0) -> list[LogFile]:
    """Return the files of the log that a store has from a position on, in their order."""
    files: dict[str, LogFile] = {}
    for each in store.list("log/", versions=False):
        found = log_object(each.key)
        if found is None or found.file.startswith(FILES_SINCE):
            continue
        if found.file.endswith(".history") or segment_start(found.file) + SEGMENT > from_lsn:
            files.setdefault(found.file, LogFile(found.file)).objects.append(found)
    return [files[name] for name in sorted(files)]


@contextmanager
def open_newest_files(store: Store) -> Iterator[BinaryIO | None]:
    """Give the newest files and keys of the data directory in clear (tar); None where none are.

    What was made after a backup is in them: the keys of an organization that was founded since.
    """
    found = [each for each in map(_named, store.list("log/", versions=False)) if each]
    if not found:
        yield None
        return
    newest = max(found, key=lambda each: each.file)
    with store.open(newest.key) as source:
        yield unpacked(source, keys.load(newest.day), newest.key)


def _named(stored: StoredObject) -> LogObject | None:
    found = log_object(stored.key)
    return found if found and found.file.startswith(FILES_SINCE) else None


def fetch(store: Store, file: LogFile) -> bytes:
    """Return a file of the log as PostgreSQL wrote it, filled up with zeros behind its last piece.

    Raises LogMissing where its beginning is not there, and what opening raises.
    """
    if file.name.endswith(".history"):
        return opened(store, file.objects[0])
    content = bytearray()
    for each in chain(file.objects):
        piece = opened(store, each)
        if len(piece) != each.end - each.begin:
            raise StreamDamaged(f"{each.key} has another length than its name says")
        content[each.begin :] = piece
    if not content:
        raise LogMissing(f"{store.where} lacks the beginning of {file.name}")
    return bytes(content).ljust(SEGMENT, b"\0")


def opened(store: Store, each: LogObject) -> bytes:
    """Return one object of the log in clear."""
    key = keys.load(each.day)
    with store.open(each.key) as source:
        return unpacked(source, key, each.key).read()


def chain(objects: list[LogObject]) -> list[LogObject]:
    """Return the fewest objects that have a file from its beginning on without a gap."""
    chosen: list[LogObject] = []
    reached = 0
    while True:
        fitting = [each for each in objects if each.begin <= reached < each.end]
        if not fitting:
            return chosen
        best = max(fitting, key=lambda each: each.end)
        chosen.append(best)
        reached = best.end
