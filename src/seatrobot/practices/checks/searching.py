"""Searches files and tables for words, within limits of time and size."""

from __future__ import annotations

import binascii
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg import sql

MOST_BYTES = 256 * 1024 * 1024
CHUNK = 8 * 1024 * 1024
SHARED = ("/tmp", "/var/tmp")  # noqa: S108  they are read
MOST_TEMPORARY = 500
NEWEST_ROWS = 500
"""How many rows of a table are searched, those with the highest key."""

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
SEARCH = """
    SELECT count(*) FROM (
        SELECT t::text AS line FROM {table} AS t ORDER BY {key} DESC LIMIT %s
    ) AS newest, unnest(%s::text[]) AS form
    WHERE strpos(newest.line, form) > 0
"""


def in_tables(words: Sequence[str]) -> dict[str, int]:
    """Return for each table that contains a word, as text or as bytes, how often.

    Call inside `acting`: the tables of an organization show its rows alone.
    """
    forms = [form.decode() for word in words for form in (word.encode(), _hex(word))]
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for schema, table, key in cursor.fetchall():
            names = {"table": sql.Identifier(schema, table), "key": sql.Identifier(key or "ctid")}
            cursor.execute(sql.SQL(SEARCH).format(**names), [NEWEST_ROWS, forms])
            if count := cursor.fetchone()[0]:
                found[table if schema == "public" else f"{schema}.{table}"] = int(count)
    return found


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
    """Return files below a directory that changed since a moment, the newest first."""
    found = []
    for file in place.rglob("*"):
        try:
            state = file.lstat()
        except OSError:  # deleted meanwhile
            continue
        if file.is_file() and not file.is_symlink() and state.st_mtime >= since.timestamp():
            found.append((state.st_mtime, file))
    return [file for _changed, file in sorted(found, reverse=True)]


def temporary_files(since: datetime) -> list[Path]:
    """Return our files of the machine's temporary directories that changed since a moment."""
    found = []
    for place in {Path(tempfile.gettempdir()), *map(Path, SHARED)}:
        for file in (*place.glob("*"), *place.glob("tmp*/*")):
            with suppress(OSError):  # deleted meanwhile, or not ours to look into
                state = file.lstat()
                is_ours = stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid()
                if is_ours and state.st_mtime >= since.timestamp():
                    found.append((state.st_mtime, file))
    return [file for _changed, file in sorted(found, reverse=True)[:MOST_TEMPORARY]]


def in_files(files: Sequence[Path], words: Sequence[str]) -> list[Path]:
    """Return the files that contain a word: in UTF-8, hexadecimal or UTF-16."""
    forms = [
        form for word in words for form in (word.encode(), _hex(word), word.encode("utf-16-le"))
    ]
    left, found = MOST_BYTES, []
    for file in files:
        if left <= 0:
            break
        try:
            left -= min(file.stat().st_size, left)
            hit = any(form in part for part in _parts(file) for form in forms)
        except OSError:  # deleted meanwhile
            continue
        if hit:
            found.append(file)
    return found


def _parts(file: Path) -> Iterator[bytes]:
    """Read the end of a file in pieces that overlap by more than a word."""
    with file.open("rb") as opened:
        size = file.stat().st_size
        opened.seek(max(0, size - MOST_BYTES))
        rest = b""
        while piece := opened.read(CHUNK):
            yield rest + piece
            rest = piece[-256:]


def _hex(word: str) -> bytes:
    return binascii.hexlify(word.encode())
