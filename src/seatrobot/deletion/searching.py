"""Looking for what was deleted, in every place where it could have been left.

The list of places is that of the live database and of the running configuration: every table of
every schema, large objects, statistics and the queue by SQL; the database's files byte by byte,
indexes and the log among them; every other file of the data directory, by name and content;
temporary files; what web and jobs hold in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from seatrobot.deletion.declarations import KEPT

MOST_IDENTIFIERS, MOST_PARTS = 8, 8
"""Of one deletion, how many identifiers and parts of sealed values are looked for."""
PIECE = 8 * 1024 * 1024
OVERLAP = 256
NOT_SEARCHED = {"static", "static-lists"}
"""Files that everybody may read."""
PUBLISHED = ("heads/", "published/")
"""Where identifiers of organizations stand on purpose: heads of their logs, as published."""
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  they are read

ALL_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
       AND NOT pg_is_other_temp_schema(n.oid)
       OR c.oid IN ('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_largeobject'::regclass)
    ORDER BY 1, 2
"""
MATCHES = """
    SELECT DISTINCT form FROM {table} AS t,
        LATERAL (SELECT t::text AS line OFFSET 0) AS l, unnest(%s::text[]) AS form
    WHERE strpos(l.line, form) > 0
"""
OF_OTHERS = """
    AND starelid NOT IN (SELECT oid FROM pg_class WHERE relname = ANY (%s)
        AND relnamespace = 'public'::regnamespace)
"""
"""Statistics of a table in which an identifier stays hold that identifier too."""
KEPT_FILES = """
    SELECT pg_relation_filenode(each.oid) FROM pg_class c
    JOIN LATERAL (
        SELECT c.oid UNION SELECT indexrelid FROM pg_index WHERE indrelid = c.oid
        UNION SELECT c.reltoastrelid WHERE c.reltoastrelid <> 0
        UNION SELECT indexrelid FROM pg_index WHERE indrelid = c.reltoastrelid
    ) AS each ON true
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%s)
       OR c.oid = 'pg_catalog.pg_statistic'::regclass
"""
"""Of the statistics the rows are searched; in their file parts of sealed values alone."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What one deletion is recognized by."""

    identifiers: tuple[UUID, ...]
    parts: tuple[bytes, ...]

    @property
    def words(self) -> set[bytes]:
        """Bytes as they stand in files."""
        forms = {each.bytes for each in self.identifiers}
        forms |= {str(each).encode() for each in self.identifiers}
        forms |= {each.hex.encode() for each in self.identifiers}
        return forms | self.certain

    @property
    def certain(self) -> set[bytes]:
        """Those of them that may stand nowhere at all."""
        return {*self.parts, *(each.hex().encode() for each in self.parts)}

    @property
    def texts(self) -> set[str]:
        """Words as they stand in rows that are shown as text."""
        forms = {form for each in self.identifiers for form in (str(each), each.hex)}
        return forms | self.certain_texts

    @property
    def certain_texts(self) -> set[str]:
        plain = {each.decode() for each in self.parts if each.isascii() and each.isalnum()}
        return plain | {each.hex() for each in self.parts}


@dataclass(slots=True)
class Search:
    """searched: kinds of places. found: by what is sought, where it still stands."""

    searched: list[str] = field(default_factory=list)
    found: dict[UUID, list[str]] = field(default_factory=dict)

    def note(self, whose: UUID, where: str) -> None:
        places = self.found.setdefault(whose, [])
        if where not in places:
            places.append(where)


def in_tables(
    superuser: psycopg.Connection[Any], sought: Mapping[UUID, Sought], to: Search
) -> None:
    """Search every table of every schema, the statistics and large objects."""
    tables = superuser.execute(ALL_TABLES.encode()).fetchall()
    texts = sorted({text for each in sought.values() for text in each.texts})
    for schema, table in tables:
        statement = sql.SQL(MATCHES).format(table=sql.Identifier(schema, table))
        values: list[Any] = [texts]
        if table == "pg_statistic":
            statement += sql.SQL(OF_OTHERS)
            values.append([*KEPT])
        matched = {form for (form,) in superuser.execute(statement, values)}
        name = table if schema == "public" else f"{schema}.{table}"
        for whose, each in sought.items():
            wanted = each.certain_texts if schema == "public" and table in KEPT else each.texts
            if wanted & matched:
                to.note(whose, f"the table {name}")
    to.searched.append(f"{len(tables)} tables, with statistics, large objects and the queue")


def in_cluster(
    superuser: psycopg.Connection[Any], place: Path, sought: Mapping[UUID, Sought], to: Search
) -> None:
    """Search the database's files, but the write-ahead log, whose old segments must be absent."""
    kept = {str(node) for (node,) in superuser.execute(KEPT_FILES, [[*KEPT]]) if node}
    number = 0
    for file in _below(place):
        name = str(file.relative_to(place))
        if name.startswith("pg_wal/"):
            continue
        number += 1
        is_kept = file.name.partition(".")[0].partition("_")[0] in kept
        for whose in _matches(file, sought, certain_alone=is_kept):
            to.note(whose, f"the database's file {name}")
    to.searched.append(f"{number} files of the database, with indexes and its log")


def in_directory(data: Path, sought: Mapping[UUID, Sought], to: Search) -> None:
    """Search every other file of the data directory, and the names of all of them."""
    number = 0
    for place in sorted(data.iterdir()):
        if place.name in NOT_SEARCHED | {"postgresql"}:
            continue
        for file in _below(place):
            number += 1
            name = str(file.relative_to(data))
            for whose, each in sought.items():
                if any(str(identifier) in name for identifier in each.identifiers):
                    to.note(whose, f"the file {name}")
            is_published = name.startswith(PUBLISHED)
            for whose in _matches(file, sought, certain_alone=is_published):
                to.note(whose, f"the file {name}")
    to.searched.append(f"{number} files of keys, mail, logs and reports")


def in_temporary_files(sought: Mapping[UUID, Sought], to: Search) -> None:
    """Search what processes of ours have left in the system's directories for temporary files."""
    number = 0
    for directory in TEMPORARY:
        with suppress(OSError):
            for file in Path(directory).iterdir():
                with suppress(OSError):
                    state = file.lstat()
                    if not file.is_file() or file.is_symlink() or state.st_uid != os.geteuid():
                        continue
                number += 1
                for whose in _matches(file, sought, certain_alone=False):
                    to.note(whose, f"the temporary file {file.name}")
    to.searched.append(f"{number} temporary files")


def in_memory(
    ask: Callable[[UUID], Iterable[str]], organizations: Mapping[UUID, UUID], to: Search
) -> None:
    """Ask what processes hold in memory. organizations: by deletion, of those that went whole."""
    for whose, organization_id in organizations.items():
        for name in ask(organization_id):
            to.note(whose, f"the memory of a process ({name})")
    to.searched.append("the memory of the web server, which is asked for it")


def _matches(file: Path, sought: Mapping[UUID, Sought], *, certain_alone: bool) -> Iterator[UUID]:
    """Give what is found in a file; one that goes away meanwhile has nothing."""
    left = {whose: each.certain if certain_alone else each.words for whose, each in sought.items()}
    with suppress(OSError):
        for piece in _pieces(file):
            for whose in [*left]:
                if any(word in piece for word in left[whose]):
                    del left[whose]
                    yield whose


def _pieces(file: Path) -> Iterator[bytes]:
    """Read a file in pieces that overlap by more than a word."""
    with file.open("rb") as opened:
        rest = b""
        while piece := opened.read(PIECE):
            yield rest + piece
            rest = piece[-OVERLAP:]


def _below(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for directory, _names, files in os.walk(place):
        for name in sorted(files):
            file = Path(directory, name)
            if file.is_file() and not file.is_symlink():
                yield file
