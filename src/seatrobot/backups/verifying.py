"""Reading a backup as a restore would, from one store alone, without writing anything.

Everything is decrypted and unpacked; each file of the database is compared with the manifest that
`pg_basebackup` wrote into it, and the log is read from the backup's beginning to its end.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from typing import BinaryIO

from seatrobot.backups.making import About
from seatrobot.backups.models import Part
from seatrobot.backups.packing import PIECE, members
from seatrobot.backups.reading import LogMissing, described, fetch, open_part, wal
from seatrobot.backups.source import SEGMENT, lsn, segment_name, shown
from seatrobot.backups.stores import Store, StoreError
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.kernel.vault.streaming import StreamDamaged

MANIFEST = "backup_manifest"
LEFT_OUT = (StreamDamaged, StoreError, VaultError, LogMissing)
"""What reading raises where something is wrong."""


def verify(store: Store, *, newest_alone: bool = True) -> Iterator[tuple[str, bool]]:
    """Give a sentence for each backup, and whether all is well with it."""
    try:
        found = described(store)
    except StoreError as error:
        yield str(error), False
        return
    if not found:
        yield "there is no backup", False
    for about in found[:1] if newest_alone else found:
        problem = problem_of(store, about)
        when = f"the backup of {about.made_at:%Y-%m-%d %H:%M} UTC"
        yield (f"{when}: {problem}" if problem else f"{when} is whole"), not problem


def problem_of(store: Store, about: About) -> str:
    """Return why a backup could not be restored from a store, "" where it could."""
    try:
        with open_part(store, about.id, Part.CLUSTER) as plain:
            if problem := unlike_manifest(plain):
                return problem
        for part in (Part.FILES, Part.SOURCE):
            with open_part(store, about.id, part) as plain, members(plain) as archive:
                if not sum(1 for _ in archive):
                    return f"its part {part} is empty"
        return log_problem(store, about)
    except LEFT_OUT as error:
        return str(getattr(error, "cause", error)) or type(error).__name__


def unlike_manifest(plain: BinaryIO) -> str:
    """Return which file differs from the manifest, "" where none does."""
    hashes: dict[str, tuple[int, str]] = {}
    manifest = b""
    with members(plain) as archive:
        for each in archive:
            if not each.isreg():
                continue
            file = archive.extractfile(each)
            assert file is not None
            if each.name == MANIFEST:
                manifest = file.read()
            else:
                hashes[each.name.removeprefix("./")] = _hashed(file, each)
    if not manifest:
        return "it has no manifest"
    said = {
        each["Path"]: (each["Size"], each["Checksum"])
        for each in json.loads(manifest)["Files"]
        if "Path" in each
    }
    for name, known in said.items():
        if hashes.get(name) != known:
            return f"the file {name} is not as the manifest says"
    return ""


def _hashed(file: object, each: tarfile.TarInfo) -> tuple[int, str]:
    digest = hashlib.sha256()
    while piece := file.read(PIECE):  # type: ignore[attr-defined]
        digest.update(piece)
    return each.size, digest.hexdigest()


def log_problem(store: Store, about: About) -> str:
    """Return what the store lacks of the log that a backup needs, "" where it has all of it."""
    begin, end = lsn(about.from_lsn), lsn(about.to_lsn)
    files = {each.name: each for each in wal(store, begin)}
    position = begin
    while position < end:
        name = segment_name(about.timeline, position)
        file = files.get(name)
        reaches = file.through if file else position
        needed = min(end, position - position % SEGMENT + SEGMENT)
        if file is None or reaches < needed:
            return f"the log is missing from {shown(max(position, reaches))} on"
        fetch(store, file)
        position = position - position % SEGMENT + SEGMENT
    return ""
