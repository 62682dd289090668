"""What a restored database is compared with: taken when a backup is made.

Counts are taken as the administrator, who sees every row, in one snapshot; rows that are written
between it and the end of the backup are told apart by `at_lsn`.
"""

from __future__ import annotations

from typing import Any

from psycopg import sql

from seatrobot.backups.source import Source

TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1
"""


def taken(from_: Source) -> dict[str, Any]:
    """Return the position of the log and the number of rows of every table of the service."""
    with from_.connected() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
        tables = [name for (name,) in connection.execute(TABLES).fetchall()]
        counts = {}
        for table in tables:
            statement = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table))
            found = connection.execute(statement).fetchone()
            counts[table] = found[0] if found else 0
        connection.execute("COMMIT")
    return {"at_lsn": row[0] if row else "", "rows": counts}
