"""Taking deleted rows out of the database's files, not only out of its tables.

PostgreSQL leaves what was deleted in holes of pages, in statistics, and in the write-ahead log.
So tables that held such rows are rewritten, the statistics are taken anew and rewritten, and the
log is switched until no segment from before is left (it is not recycled: `wal_recycle` is off).

Rewriting locks a table. A small one is rewritten at once, a large one at night, or when a deletion
has waited for long.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg import errors, sql

SMALL = 8 * 1024**2
"""Bytes of a table that is rewritten in about a tenth of a second."""
NIGHT = range(2, 5)
"""Hours (UTC) in which large tables are rewritten."""
ALWAYS = ("tenancy_deletion", "procrastinate_jobs", "procrastinate_events")
SWITCHES = 2
FORGET_STATISTICS = """
    SELECT pg_clear_attribute_stats('public', %(table)s, attname::text, false) FROM pg_attribute
    WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped
"""
"""Of a table that has become empty ANALYZE leaves the old ones (PostgreSQL 18 has the function)."""


@dataclass(slots=True)
class Scrubbed:
    """rewritten: tables. waiting: those that are too large for this hour, or were in use.

    old_segments: of the write-ahead log, which may not be there any more. slots: what keeps some.
    """

    rewritten: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    old_segments: int = 0
    slots: list[str] = field(default_factory=list)


def scrub(
    superuser: psycopg.Connection[Any],
    tables: Collection[str],
    moment: datetime,
    *,
    others: Collection[str] = (),
    is_urgent: bool = False,
) -> Scrubbed:
    """Rewrite these tables, and leave no log of what was in them.

    others: tables that may have held a trace; a large one of them is not waited for.
    """
    done = Scrubbed()
    for table in sorted({*tables, *others, *ALWAYS}):
        name = sql.Identifier(table)
        row = superuser.execute(
            "SELECT pg_total_relation_size(to_regclass(%s))", [table]
        ).fetchone()
        size = row[0] if row else None
        if size is None:
            continue
        if size > SMALL and not (is_urgent or moment.hour in NIGHT):
            with suppress(errors.LockNotAvailable):  # it is vacuumed the next time
                superuser.execute(sql.SQL("VACUUM {}").format(name))
            if table in tables:
                done.waiting.append(table)
            continue
        try:
            superuser.execute(FORGET_STATISTICS, {"table": table})
            superuser.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(name))
        except errors.LockNotAvailable:
            done.waiting.append(table)
        else:
            done.rewritten.append(table)
    if done.waiting:
        return done
    _rewrite(superuser, "pg_statistic", done)
    if not done.waiting:
        _renew_log(superuser, done)
    return done


def _rewrite(superuser: psycopg.Connection[Any], table: str, done: Scrubbed) -> None:
    try:
        superuser.execute(sql.SQL("VACUUM FULL {}").format(sql.Identifier(table)))
    except errors.LockNotAvailable:
        done.waiting.append(table)


def _renew_log(superuser: psycopg.Connection[Any], done: Scrubbed) -> None:
    """Switch the log until the segments from before are gone; count those that are left."""
    row = superuser.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
    assert row is not None
    last = row[0]
    for _ in range(SWITCHES):
        superuser.execute("SELECT pg_switch_wal()")
        superuser.execute("SELECT pg_logical_emit_message(true, 'seatrobot', 'switched')")
        superuser.execute("CHECKPOINT")
    superuser.execute("CHECKPOINT")
    row = superuser.execute(
        "SELECT count(*) FROM pg_ls_waldir()"
        " WHERE name ~ '^[0-9A-F]{24}$' AND substr(name, 9) <= substr(%s, 9)",
        [last],
    ).fetchone()
    assert row is not None
    done.old_segments = int(row[0])
    done.slots = [
        name for (name,) in superuser.execute("SELECT slot_name FROM pg_replication_slots")
    ]
