"""Looking at an archive that somebody hands in, before anything is done with it.

An archive is anything until it was looked at: each thing that can be wrong with it has one
sentence. Nothing is ever unpacked to a disk; names in the file open nothing.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, NoReturn

import msgspec
from django.utils.translation import gettext as _

from seatrobot.archive.formats import MANIFEST, NAME, VERSION, FileEntry, Format, Manifest
from seatrobot.kernel.refusal import Refused

MOST_FILES = 2000
LONGEST_DIRECTORY = 2 * 1024**2
"""Bytes of the list of files at the end of a ZIP file, for which memory is taken unasked."""
END, END_BYTES, LONGEST_COMMENT = b"PK\x05\x06", 22, (1 << 16) - 1
LOCATOR, LOCATOR_BYTES = b"PK\x06\x07", 20
END_64, END_64_BYTES = b"PK\x06\x06", 56
IN_RECORD = (1 << 32) - 1
"""What stands for a length that the record of ZIP64 alone says."""
LONGEST_MANIFEST = 16 * 1024**2
LONGEST_LINE = 8 * 1024**2
LARGEST = 64 * 1024**3
"""Bytes of all files of an archive."""
SMALL, MOST_RATIO = 64 * 1024**2, 50
"""An archive whose files are larger than the first is no more than so many times what it was."""
BLOCK = 1 << 20
ENCRYPTED_BY_AGE = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
IS_ENCRYPTED = 0x1
COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
DRIVE = re.compile(r"[A-Za-z]:")
LOCAL_HEADER = 30

Tell = Callable[[int, int], None]


class BadArchive(Refused):
    """What is wrong with an archive, in one sentence; nothing was imported."""

    status = 422

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence, field="file")


class _Head(msgspec.Struct):
    """What a manifest of any version says of its format."""

    format: Format


@dataclass(frozen=True, slots=True)
class Opened:
    """An archive whose form and manifest are in order; `verify` looks at what is in its files."""

    file: zipfile.ZipFile
    manifest: Manifest

    @property
    def unpacked(self) -> int:
        """How many bytes its files have; none gives more than it says when it is unpacked."""
        return sum(member.file_size for member in self.file.infolist())

    def verify(self, tell: Tell = lambda _done, _total: None) -> None:
        """Compare every file with the manifest: its size, SHA-256 and rows; raise BadArchive."""
        total = sum(entry.bytes for entry in self.manifest.files)
        rows = {table.json: table.rows for table in self.manifest.tables}
        done = 0
        for entry in self.manifest.files:
            done += self._verify_file(entry, rows.get(entry.path))
            tell(done, total)

    def _verify_file(self, entry: FileEntry, rows: int | None) -> int:
        digest, lines, size = hashlib.sha256(), 0, 0
        with broken(entry.path), self.file.open(entry.path) as member:
            while block := member.read(BLOCK):
                digest.update(block)
                lines += block.count(b"\n")
                size += len(block)
        if size != entry.bytes or digest.hexdigest() != entry.sha256:
            raise BadArchive(
                _("“%(file)s” is not what the manifest says: its checksum is another one.")
                % {"file": entry.path}
            )
        if rows is not None and lines != rows:
            raise BadArchive(
                _("“%(file)s” has %(lines)s rows, and the manifest says %(rows)s.")
                % {"file": entry.path, "lines": lines, "rows": rows}
            )
        return size

    def lines(self, path: str) -> Iterator[tuple[int, bytes]]:
        """Give the lines of a file, each with its number."""
        with broken(path), self.file.open(path) as member:
            number = 0
            while line := member.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE:
                    raise BadArchive(
                        _("Line %(line)s of “%(file)s” is too long to be read.")
                        % {"line": number, "file": path}
                    )
                yield number, line


def open_archive(file: IO[bytes]) -> Opened:
    """Look at the form of an archive and its manifest; raise BadArchive for what is wrong."""
    file.seek(0)
    if file.read(64).startswith(ENCRYPTED_BY_AGE):
        raise BadArchive(
            _("This archive is encrypted. Decrypt it with age and your key first: age -d -i KEY.")
        )
    _look_at_directory(file)
    file.seek(0)
    try:
        opened = zipfile.ZipFile(file)
        members = opened.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _no_zip_file() from None
    _look_at_names(members)
    _look_at_sizes(members)
    return Opened(opened, _manifest(opened, members))


def _look_at_directory(file: IO[bytes]) -> None:
    """Refuse a list of files that is longer than any archive's before it is read into memory.

    Its length stands where `zipfile` looks for it: in the last bytes of the file,
    or behind the last mark of an end; with ZIP64 in the record before. Where both say one, the
    greater counts, and a record that is not whole is refused: who reads it may believe either.
    """
    size = file.seek(0, io.SEEK_END)
    first = max(0, size - END_BYTES - LONGEST_COMMENT - LOCATOR_BYTES - END_64_BYTES)
    file.seek(first)
    tail = file.read()
    for at in {len(tail) - END_BYTES, tail.rfind(END)}:
        if at < 0 or not tail[at:].startswith(END):
            continue
        if _length(tail, at, first) > LONGEST_DIRECTORY:
            raise BadArchive(_("This has more files than any archive of Seatrobot."))


def _length(tail: bytes, at: int, first: int) -> int:
    """Return how long the list of files is, as the end of a ZIP file at this place says.

    first: where in the file its tail begins.
    """
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    locator = at - LOCATOR_BYTES
    if locator < 0 or not tail[locator:].startswith(LOCATOR):
        return length
    record = locator - END_64_BYTES
    place = int.from_bytes(tail[locator + 8 : locator + 16], "little")
    if record < 0 or not tail[record:].startswith(END_64) or place != first + record:
        raise _no_zip_file()
    if length == IN_RECORD:
        length = 0
    return max(length, int.from_bytes(tail[record + 40 : record + 48], "little"))


def _no_zip_file() -> BadArchive:
    return BadArchive(_("This is no ZIP file, or its end is missing: fetch the archive once more."))


def _look_at_names(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise BadArchive(
            _("This has %(count)s files, more than any archive of Seatrobot.")
            % {"count": len(members)}
        )
    for member in members:
        name = member.orig_filename
        if _climbs(name) or _climbs(member.filename):
            raise BadArchive(
                _("“%(file)s” would lead out of the archive: this is none of Seatrobot's.")
                % {"file": name[:100]}
            )
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in {0, stat.S_IFREG} or member.is_dir():
            raise BadArchive(
                _("“%(file)s” is a link or a folder; an archive of Seatrobot has only files.")
                % {"file": name[:100]}
            )
        if member.flag_bits & IS_ENCRYPTED:
            raise BadArchive(
                _("“%(file)s” is encrypted with a ZIP password, which Seatrobot never does.")
                % {"file": name[:100]}
            )
        if member.compress_type not in COMPRESSIONS:
            raise BadArchive(
                _("“%(file)s” is packed in a way that Seatrobot does not use.")
                % {"file": name[:100]}
            )
    for name, count in Counter(member.filename for member in members).items():
        if count > 1:
            raise BadArchive(_("“%(file)s” is in the archive twice.") % {"file": name[:100]})


def _climbs(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name.startswith(("/", "\\")) or bool(DRIVE.match(name)) or "\0" in name


def _look_at_sizes(members: list[zipfile.ZipInfo]) -> None:
    """Refuse what would unpack to far more than it is, also where files share their bytes."""
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    places = sorted(members, key=lambda member: member.header_offset)
    overlap = any(
        first.header_offset + LOCAL_HEADER + first.compress_size > second.header_offset
        for first, second in pairwise(places)
    )
    if unpacked > LARGEST or overlap or (unpacked > SMALL and unpacked > MOST_RATIO * packed):
        raise BadArchive(
            _("This would unpack to %(size)s MB, far more than an archive of this size holds.")
            % {"size": unpacked // 1024**2}
        )


def _manifest(opened: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Manifest:
    sizes = {member.filename: member.file_size for member in members}
    if MANIFEST not in sizes:
        raise BadArchive(_("This ZIP file has no manifest.json: it is no archive of Seatrobot."))
    if sizes[MANIFEST] > LONGEST_MANIFEST:
        _no_manifest()
    with broken(MANIFEST), opened.open(MANIFEST) as member:
        text = member.read(LONGEST_MANIFEST)
    try:
        head = msgspec.json.decode(text, type=_Head)
    except (msgspec.MsgspecError, ValueError):
        _no_manifest()
    if head.format.name != NAME:
        _no_manifest()
    if head.format.version > VERSION:
        raise BadArchive(
            _(
                "This archive was made by a newer Seatrobot (format %(theirs)s; this instance knows"
                " %(ours)s): update this instance first."
            )
            % {"theirs": head.format.version, "ours": VERSION}
        )
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, ValueError):
        _no_manifest()
    _compare(manifest, sizes)
    return manifest


def _no_manifest() -> NoReturn:
    raise BadArchive(_("The manifest.json of this archive cannot be read."))


def _compare(manifest: Manifest, sizes: dict[str, int]) -> None:
    """Demand that the manifest names every file of the archive once, and a file of each table."""
    named = Counter(entry.path for entry in manifest.files)
    for path, count in named.items():
        if path not in sizes or path == MANIFEST:
            raise BadArchive(
                _("“%(file)s” is missing: the manifest names it.") % {"file": path[:100]}
            )
        if count > 1:
            raise BadArchive(_("The manifest names “%(file)s” twice.") % {"file": path[:100]})
    for path in sizes:
        if path not in named and path != MANIFEST:
            raise BadArchive(
                _("“%(file)s” is in the archive, and the manifest does not name it.")
                % {"file": path[:100]}
            )
    for entry in manifest.files:
        if sizes[entry.path] != entry.bytes:
            raise BadArchive(
                _("“%(file)s” has another size than the manifest says.") % {"file": entry.path}
            )
    _compare_tables(manifest, named.keys())


def _compare_tables(manifest: Manifest, named: Container[str]) -> None:
    tables = Counter(table.name for table in manifest.tables)
    twice = next((name for name, count in tables.items() if count > 1), "")
    if twice:
        raise BadArchive(_("The manifest names the table “%(name)s” twice.") % {"name": twice[:60]})
    for table in manifest.tables:
        if table.json not in named:
            raise BadArchive(
                _("“%(file)s” is missing: the manifest names it.") % {"file": table.json[:100]}
            )


@contextmanager
def broken(path: str) -> Iterator[None]:
    """Say of a file that cannot be unpacked that it is damaged."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise BadArchive(
            _("“%(file)s” is damaged: fetch the archive once more.") % {"file": path[:100]}
        ) from error
