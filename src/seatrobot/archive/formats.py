"""What an archive is called inside: version, paths, manifest, and the canonical hash.

The canonical hash of a table covers each line in the form of RFC 8785, with identifiers counted
from the first one of the archive (`identifiers.shifted`), so that it stays the same when rows get
other identifiers on import. That of the archive covers those of the tables that are imported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import rfc8785

NAME = "seatrobot-archive"
VERSION = 1
"""Grows when an older program could not read the archive any more; columns that come do not."""
MANIFEST, README = "manifest.json", "README.txt"
KEPT_DAYS = 7


class FileEntry(msgspec.Struct):
    path: str
    bytes: int
    sha256: str


class TableEntry(msgspec.Struct):
    """imported: whether an import brings the rows back; why: if not, why. canonical: see above."""

    name: str
    what: str
    rows: int
    columns: list[str]
    json: str
    csv: str
    schema: str
    imported: bool
    why: str = ""
    canonical: str = ""


class NotCarried(msgspec.Struct):
    what: str
    why: str


class Origin(msgspec.Struct):
    """Which organization it was, on which instance."""

    id: str
    name: str
    instance: str


class Format(msgspec.Struct):
    name: str
    version: int


class Manifest(msgspec.Struct):
    """identifiers_from: the number (last 32 bits) from which canonical hashes count identifiers."""

    format: Format
    made_at: str
    made_by: str
    organization: Origin
    identifiers_from: int
    canonical: str
    tables: list[TableEntry]
    files: list[FileEntry]
    not_carried: list[NotCarried]


def canonical_line(values: Mapping[str, Any]) -> bytes:
    """Return JSON values as RFC 8785 writes them, with the end of a line."""
    return rfc8785.dumps(dict(values)) + b"\n"


def canonical_of(tables: Iterable[TableEntry]) -> str:
    """Return the canonical hash of an archive: that of its tables by their names."""
    hashes = {table.name: table.canonical for table in tables if table.imported}
    return hashlib.sha256(rfc8785.dumps(hashes)).hexdigest()
