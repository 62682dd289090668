"""What a restored database is compared with: taken when a backup is made.

Rows are counted and hashed as the administrator, who sees every row, by table and by organization,
with the root of each stream of the journal. All of it is of one snapshot, which is the state of the
database at exactly one position of the log: the position is read before and after the snapshot is
taken, until neither anything was written between nor anybody was about to commit. So a database
that is recovered to that position has to be equal, not similar.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from seatrobot.backups.source import Source

SETTINGS = """
    SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres';
    SET bytea_output = 'hex'; SET extra_float_digits = 1; SET search_path = pg_catalog, public
"""
TABLES = """
    SELECT c.relname, EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id'
          AND NOT a.attisdropped)
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""
HASHED = """
    SELECT {whose}, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text
    FROM public.{table} t GROUP BY 1
"""
ROOTS = """
    SELECT DISTINCT ON (stream) stream::text, size, encode(root, 'hex')
    FROM public.journal_checkpoint ORDER BY stream, size DESC
"""
HERE = "SELECT pg_current_wal_insert_lsn()::text"
SNAPSHOT = """
    SELECT pg_current_wal_insert_lsn()::text, pg_snapshot_xmin(s) = pg_snapshot_xmax(s)
    FROM pg_current_snapshot() s
"""
LONGEST_SECONDS = 60.0
MOST_TOLD = 5


class NoMoment(Exception):
    """Nobody stopped writing for a moment, so no position could be told."""


def taken(from_: Source) -> dict[str, Any]:
    """Return what `measured` does, and the position of the log that it is of (`at_lsn`).

    Raises NoMoment.
    """
    with from_.connected() as connection:
        position = _begin(connection)
        try:
            found = measured(connection)
        finally:
            connection.execute("COMMIT")
        # Recovery stops before the first record behind the position: let there be one.
        connection.execute("SELECT pg_create_restore_point('seatrobot digests')")
    return {"at_lsn": position, **found}


def measured(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return rows and sums by table, hashes by organization, and roots of the journal's streams.

    connection: in a snapshot, or of a database in which nothing changes.
    """
    connection.execute(SETTINGS)
    rows: dict[str, int] = {}
    sums: dict[str, str] = {}
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for table, has_owner in connection.execute(TABLES).fetchall():
        whose = sql.SQL("t.organization_id::text") if has_owner else sql.SQL("NULL::text")
        statement = sql.SQL(HASHED).format(whose=whose, table=sql.Identifier(table))
        total = count = 0
        for organization, number, hashed in connection.execute(statement):
            count += number
            total += int(hashed)
            if organization is not None:
                parts[organization].append(f"{table} {number} {hashed}")
        rows[table], sums[table] = count, str(total)
    organizations = {
        organization: hashlib.sha256("\n".join(lines).encode()).hexdigest()
        for organization, lines in parts.items()
    }
    roots = {stream: [size, root] for stream, size, root in connection.execute(ROOTS)}
    return {"rows": rows, "sums": sums, "organizations": organizations, "roots": roots}


def compared(known: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each difference, the first few of each kind."""
    sentences = []
    for table in sorted(known["rows"].keys() | found["rows"].keys()):
        had, has = known["rows"].get(table), found["rows"].get(table)
        if had != has:
            sentences.append(f"{table} has {has} rows, and had {had}")
        elif known["sums"].get(table) != found["sums"].get(table):
            sentences.append(f"{table} has other values than it had")
    said = sentences[:MOST_TOLD]
    if len(sentences) > MOST_TOLD:
        said.append(f"and {len(sentences) - MOST_TOLD} more tables differ")
    for what, name in (("organizations", "organizations"), ("roots", "streams of the journal")):
        differing = {
            each
            for each in known[what].keys() | found[what].keys()
            if known[what].get(each) != found[what].get(each)
        }
        if differing:
            first = ", ".join(sorted(differing)[:MOST_TOLD])
            said.append(f"{len(differing)} {name} are not as they were: {first}")
    if not known["rows"]:
        said.append("nothing was measured when the backup was made")
    return said


def _begin(connection: psycopg.Connection[Any]) -> str:
    """Begin a transaction whose snapshot is the state at one position; return the position."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        before = connection.execute(HERE).fetchone()
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        after = connection.execute(SNAPSHOT).fetchone()
        if before and after and after[1] and before[0] == after[0]:
            return str(after[0])
        connection.execute("ROLLBACK")
    raise NoMoment("somebody wrote without a pause, so no position could be told")
