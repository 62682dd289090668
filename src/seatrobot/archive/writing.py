"""Writing an archive piece by piece, in bounded memory.

All tables are read in one transaction that sees one moment (`snapshot`), each of them twice: once
for JSON and once for CSV.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pyrage
from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.archive import identifiers
from seatrobot.archive.formats import (
    MANIFEST,
    NAME,
    README,
    VERSION,
    FileEntry,
    Format,
    Manifest,
    NotCarried,
    Origin,
    TableEntry,
    canonical_line,
    canonical_of,
)
from seatrobot.archive.tables import (
    RECORD,
    Column,
    Table,
    fields_of,
    not_carried,
    record_of,
    tables,
)
from seatrobot.archive.text import never_carried, readme
from seatrobot.documents.formulas import protect
from seatrobot.events.models import Event, Field
from seatrobot.kernel.refusal import Refused

PIECE = 1 << 20
"""Bytes of an archive that are stored as one row."""
LEVEL = 6
LARGE = 500_000
"""Rows from which on a file may be larger than 2 GiB, which ZIP has to know before it begins."""
SNAPSHOT = "repeatable read"

Tell = Callable[[int, int], None]


@contextmanager
def snapshot() -> Iterator[None]:
    """Let the transaction that begins inside see the database as it is at its beginning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('default_transaction_isolation', %s, false)", [SNAPSHOT])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET default_transaction_isolation")


class Sink:
    """What `zipfile` writes to: bytes that wait to be taken; it cannot go back in them."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: whoever reads takes what is there."""

    def take(self) -> bytes:
        taken, self.waiting = bytes(self.waiting), bytearray()
        return taken


@dataclass(slots=True)
class Writer:
    """Writes the archive of one organization; `pieces` gives its bytes.

    origin: which organization it is. tell: is told how many rows of how many are written.
    manifest: filled while it is written.
    """

    organization_id: UUID
    origin: Origin
    made_at: datetime
    made_by: str
    tell: Tell = lambda _done, _total: None
    files: list[FileEntry] = field(default_factory=list)
    manifest: Manifest | None = None
    _sink: Sink = field(default_factory=Sink)
    _done: int = 0
    _total: int = 0
    _labels: dict[str, str] = field(default_factory=dict)

    def pieces(self) -> Iterator[bytes]:
        """Give the bytes of the ZIP file."""
        known = tables()
        counts = {table.name: table.rows(self.organization_id).count() for table in known}
        self._total = 2 * sum(counts.values())
        base = self._first_number(known)
        self._learn()
        with zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as file:  # type: ignore[call-overload]  # it writes, and does without the rest
            yield from self._write(file, README, iter([readme().encode()]))
            entries = []
            for table in known:
                entry = TableEntry(
                    name=table.name,
                    what=table.what,
                    rows=0,
                    columns=table.column_names(),
                    json=table.json_path,
                    csv=table.csv_path,
                    schema=table.schema_path,
                    imported=table.is_imported,
                    why=str(table.carried.why),
                )
                schema = json.dumps(table.schema(), indent=2, ensure_ascii=False).encode()
                yield from self._write(file, table.schema_path, iter([schema]))
                large = counts[table.name] > LARGE
                yield from self._write(
                    file, table.json_path, self._json(table, entry, base), large=large
                )
                yield from self._write(file, table.csv_path, self._csv(table), large=large)
                entries.append(entry)
            self.manifest = Manifest(
                format=Format(NAME, VERSION),
                made_at=self.made_at.isoformat(),
                made_by=self.made_by,
                organization=self.origin,
                identifiers_from=base,
                canonical=canonical_of(entries),
                tables=entries,
                files=list(self.files),
                not_carried=[NotCarried(*each) for each in (*not_carried(), *never_carried())],
            )
            text = msgspec.json.format(msgspec.json.encode(self.manifest), indent=2)
            yield from self._write(file, MANIFEST, iter([text]))
        yield self._sink.take()

    def _first_number(self, known: Sequence[Table]) -> int:
        for table in known:
            if table.is_imported:
                first = table.rows(self.organization_id).order_by("pk").values_list("pk").first()
                if first:
                    return identifiers.number_of(first[0])
        return 0

    def _write(
        self, file: zipfile.ZipFile, path: str, content: Iterator[bytes], *, large: bool = False
    ) -> Iterator[bytes]:
        info = zipfile.ZipInfo(path, self.made_at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100600 << 16
        digest, size = hashlib.sha256(), 0
        with file.open(info, "w", force_zip64=large) as member:
            for part in content:
                member.write(part)
                digest.update(part)
                size += len(part)
                if len(self._sink.waiting) >= PIECE:
                    yield self._sink.take()
        self.files.append(FileEntry(path, size, digest.hexdigest()))

    def _json(self, table: Table, entry: TableEntry, base: int) -> Iterator[bytes]:
        """Give the lines of a table, and note in its entry how many there are and their hash."""
        canonical, put = hashlib.sha256(), identifiers.shifted(-base)
        for part in self._parts(table):
            lines = []
            for line in part:
                lines.append(msgspec.json.encode(line))
                if table.is_imported:
                    values = msgspec.to_builtins(line, str_keys=True)
                    canonical.update(canonical_line(table.moved(values, put)))
            entry.rows += len(lines)
            yield b"\n".join([*lines, b""])
        entry.canonical = canonical.hexdigest() if table.is_imported else ""

    def _csv(self, table: Table) -> Iterator[bytes]:
        """Give a table for people: flat, and answers and events by what they are called."""
        yield "\ufeff".encode()
        yield _csv_lines([_headings(table)])
        for part in self._parts(table):
            lines = [msgspec.to_builtins(line, str_keys=True) for line in part]
            yield _csv_lines([self._cells(table, line) for line in lines])

    def _parts(self, table: Table, size: int = 1000) -> Iterator[list[msgspec.Struct]]:
        part: list[msgspec.Struct] = []
        for line in table.read(self.organization_id):
            part.append(line)
            if len(part) == size:
                yield self._told(part)
                part = []
        if part:
            yield self._told(part)

    def _told(self, part: list[msgspec.Struct]) -> list[msgspec.Struct]:
        self._done += len(part)
        self.tell(self._done, self._total)
        return part

    def _learn(self) -> None:
        """Note what events and columns are called, for the tables that refer to them.

        Before the first table: many that refer to an event come before those of events.
        """
        for event in Event.objects.filter(organization_id=self.organization_id).iterator():
            self._labels[str(event.pk)] = event.title
        for column in Field.objects.filter(organization_id=self.organization_id).iterator():
            self._labels[str(column.pk)] = column.sealed.labels[""]

    def _cells(self, table: Table, line: Mapping[str, Any]) -> list[str]:
        cells: list[str] = []
        for column in table.columns:
            value = line[column.name]
            if not column.is_sealed:
                cells.append(self._cell(value))
                if column.name == "event_id":
                    cells.append(protect(self._labels.get(value or "", "")))
                continue
            record = value or {}
            cells += [self._cell(record.get(name)) for name in record_of(column).__struct_fields__]
        return cells

    def _cell(self, value: Any) -> str:
        if value is None or value in ("", [], {}):
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return protect("; ".join(value))
        if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
            named = ((self._labels.get(key, key), each) for key, each in value.items())
            return protect("; ".join(f"{name}: {each}" if name else each for name, each in named))
        if isinstance(value, list | dict):
            return protect(json.dumps(value, ensure_ascii=False))
        return protect(str(value))


def _headings(table: Table) -> list[str]:
    found: list[str] = []
    for column in table.columns:
        found += [_heading(column, name) for name in fields_of(column)]
        if column.name == "event_id":
            found.append("event")
    return found


def _heading(column: Column, name: str) -> str:
    own = name.removeprefix(f"{RECORD}.") if column.name == RECORD else name
    return own.replace("_", " ").replace(".", " ")


def _csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


class NoRecipient(Refused):
    """What was given is no recipient of age."""


def recipient(text: str) -> pyrage.x25519.Recipient:
    """Return an age recipient ("age1…"); raise NoRecipient for any other text."""
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError as error:
        sentence = _("This is no age recipient: it begins with “age1” and has 62 characters.")
        raise NoRecipient(sentence, field="recipient") from error


class _Source:
    """What `pyrage` reads: the bytes of an iterator."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.left = b""

    def read(self, size: int = -1) -> bytes:
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            self.left = piece
        taken, self.left = (self.left, b"") if size < 0 else (self.left[:size], self.left[size:])
        return taken


class _Store(Sink):
    """What `pyrage` writes to: hands on what is as long as a piece."""

    def __init__(self, keep: Callable[[bytes], None]) -> None:
        super().__init__()
        self.keep = keep

    def write(self, data: bytes) -> int:
        self.waiting += data
        if len(self.waiting) >= PIECE:
            self.keep(self.take())
        return len(data)


def store(pieces: Iterator[bytes], keep: Callable[[bytes], None], to: str = "") -> None:
    """Hand the bytes of an archive on, in pieces; to: encrypted to this age recipient."""
    if not to:
        for piece in pieces:
            if piece:
                keep(piece)
        return
    sink = _Store(keep)
    pyrage.encrypt_io(_Source(pieces), sink, [recipient(to)])
    if sink.waiting:
        keep(sink.take())
