"""Searches files and tables for words, within limits of time and size.

A word is found as it is, in UTF-8, UTF-16 and Latin-1, as JSON and addresses of pages write it, and
in what is written there in hexadecimal or base64, wherever that begins and however its lines are
broken. Not found: what is compressed or encrypted.
"""

from __future__ import annotations

import binascii
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.db import connection
from psycopg import sql

MOST_BYTES = 256 * 1024 * 1024
CHUNK, OVERLAP = 8 * 1024 * 1024, 1024
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run/user/*")  # noqa: S108  they are read
MOST_TEMPORARY = 500
NEWEST_ROWS = 500
"""How many rows of a table are searched, those with the highest key."""
LONGEST_ROW = 100_000
"""How many characters of a row are searched."""
SHORTEST_RUN = 16
"""Signs in a row that may be base64 or hexadecimal, before they are decoded."""
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
RUN, REST = b"a", b" "
RUNS = bytes(RUN[0] if bytes([sign]) in ALPHABET + b"\r\n" else REST[0] for sign in range(256))
STANDARD = bytes.maketrans(b"-_", b"+/")
HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{16,}")
DEPTH = 3
"""How often what is encoded is encoded again: a table shows bytes in hexadecimal."""
GROUP = 4
"""Signs of base64 that are decoded together."""

# Whatever the application may read, in every schema, and its primary key where it has one.
TABLES = """
    SELECT n.nspname, c.relname, a.attname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnatts = 1
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'information_schema'
      AND n.nspname NOT LIKE 'pg\\_%%'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY n.nspname, c.relname
"""
SEARCH = "SELECT left(t::text, %s) FROM {table} AS t ORDER BY {key} DESC LIMIT %s"


def in_tables(words: Sequence[str]) -> dict[str, int]:
    """Return for each table that contains a word, as text or as bytes, in how many rows.

    Call inside `acting`: the tables of an organization show its rows alone.
    """
    return tables_with(forms(words))


def tables_with(wanted: Sequence[bytes]) -> dict[str, int]:
    """Return the same for bytes that are searched for as they are."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for schema, table, key in cursor.fetchall():
            names = {"table": sql.Identifier(schema, table), "key": sql.Identifier(key or "ctid")}
            cursor.execute(sql.SQL(SEARCH).format(**names), [LONGEST_ROW, NEWEST_ROWS])
            rows = [text.encode() for (text,) in cursor.fetchall()]
            if is_in(b"\0".join(rows), wanted):
                count = sum(is_in(row, wanted) for row in rows)
                found[table if schema == "public" else f"{schema}.{table}"] = count
    return found


def forms(words: Iterable[str]) -> list[bytes]:
    """Return how words are written in clear, each form once."""
    found: dict[bytes, None] = {}
    for word in words:
        for text in (word, json.dumps(word)[1:-1], quote(word), quote_plus(word)):
            found[text.encode()] = None
        if not word.isascii():
            encodings = ("latin-1", "utf-16-le", "utf-16-be")
            found |= dict.fromkeys(word.encode(each, "ignore") for each in encodings)
    return list(found)


def is_in(data: bytes, wanted: Iterable[bytes]) -> bool:
    """Return whether one of these forms is in the data, or in what is encoded there."""
    whole = _unveiled(data)
    return any(form in whole for form in wanted)


def _unveiled(data: bytes) -> bytes:
    """Return the data with what is encoded there; ASCII in UTF-16 stands there as such, too."""
    whole = b"\n".join(_decoded(data))
    return whole + b"\n" + whole.replace(b"\0", b"") if b"\0" in whole else whole


def _decoded(data: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """Give the data, and what it holds in hexadecimal and base64, also one within the other."""
    yield data
    if not depth:
        return
    for run in _runs(data):
        for match in HEXADECIMAL.finditer(run):
            digits = match[0]
            for start in (0, 1):
                even = digits[start : start + (len(digits) - start) // 2 * 2]
                yield from _decoded(binascii.unhexlify(even), depth - 1)
        plain = run.translate(STANDARD)
        for start in range(GROUP):
            signs = plain[start:]
            if len(signs) % GROUP == 1:
                signs = signs[:-1]
            yield from _decoded(
                binascii.a2b_base64(signs + b"=" * (-len(signs) % GROUP)), depth - 1
            )


def _runs(data: bytes) -> Iterator[bytes]:
    """Give the stretches of data that may be encoded, without the ends of their lines."""
    kinds = data.translate(RUNS)
    start = kinds.find(RUN * SHORTEST_RUN)
    while start >= 0:
        end = kinds.find(REST, start)
        end = end if end >= 0 else len(data)
        yield data[start:end].translate(None, b"\r\n")
        start = kinds.find(RUN * SHORTEST_RUN, end)


def cluster() -> Path | None:
    """Return the directory of the embedded database; None when another one is in use."""
    place: Path = settings.CONFIG.data / "postgresql" / "cluster"
    host = str(connection.settings_dict["HOST"] or connection.settings_dict["OPTIONS"].get("host"))
    try:
        lines = (place / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    return place if len(lines) > 4 and lines[4].strip() == host else None  # noqa: PLR2004  line 5 names the socket


def changed_files(place: Path, since: datetime) -> list[Path]:
    """Return files below a directory that changed since a moment, the newest first.

    A file whose time of change somebody has put back counts by the time at which they did so.
    """
    found = []
    for file in place.rglob("*"):
        try:
            state = file.lstat()
        except OSError:  # deleted meanwhile
            continue
        changed = max(state.st_mtime, state.st_ctime)
        if file.is_file() and not file.is_symlink() and changed >= since.timestamp():
            found.append((changed, file))
    return [file for _changed, file in sorted(found, reverse=True)]


def temporary_files(since: datetime) -> list[Path]:
    """Return our files of the machine's temporary directories that changed since a moment."""
    found = []
    shared = {place for pattern in SHARED for place in Path("/").glob(pattern.lstrip("/"))}
    for place in {Path(tempfile.gettempdir()), *shared}:
        for file in (*place.glob("*"), *place.glob("tmp*/*")):
            with suppress(OSError):  # deleted meanwhile, or not ours to look into
                state = file.lstat()
                is_ours = stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid()
                changed = max(state.st_mtime, state.st_ctime)
                if is_ours and changed >= since.timestamp():
                    found.append((changed, file))
    return [file for _changed, file in sorted(found, reverse=True)[:MOST_TEMPORARY]]


def in_files(files: Sequence[Path], *lists: Sequence[str]) -> list[list[Path]]:
    """Return for each of these lists of words the files that contain a word of it."""
    return _holding(files, [forms(words) for words in lists])


def files_with(files: Iterable[Path], wanted: Sequence[bytes]) -> list[Path]:
    """Return the files that contain one of these bytes, as they are or encoded."""
    return _holding(files, [wanted])[0]


def _holding(files: Iterable[Path], wanted: Sequence[Sequence[bytes]]) -> list[list[Path]]:
    left, found = MOST_BYTES, [list[Path]() for _words in wanted]
    for file in files:
        if left <= 0:
            break
        try:
            left -= min(file.stat().st_size, left)
            hits = _hits(file, wanted)
        except OSError:  # deleted meanwhile
            continue
        for place, is_hit in enumerate(hits):
            if is_hit:
                found[place].append(file)
    return found


def _hits(file: Path, wanted: Sequence[Sequence[bytes]]) -> list[bool]:
    hits = [False] * len(wanted)
    for part in _parts(file):
        whole = _unveiled(part)
        found = [any(form in whole for form in each) for each in wanted]
        hits = [hit or now for hit, now in zip(hits, found, strict=True)]
    return hits


def _parts(file: Path) -> Iterator[bytes]:
    """Read the end of a file in pieces that overlap by more than a word."""
    with file.open("rb") as opened:
        size = file.stat().st_size
        opened.seek(max(0, size - MOST_BYTES))
        rest = b""
        while piece := opened.read(CHUNK):
            yield rest + piece
            rest = piece[-OVERLAP:]
