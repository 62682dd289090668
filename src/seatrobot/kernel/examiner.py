"""Looking from outside: a role of PostgreSQL that reads what the application wrote, and no more.

It sees structure and sealed bytes of all organizations, the journal and the sign-in log; what
exactly is granted by `runtime.examination`. It writes nothing and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings

LONGEST_STATEMENT_SECONDS = 20
SEARCH_PATH = "pg_catalog,public,pg_temp"
"""Named, the temporary schema comes last: nothing laid there stands before a catalog or a table.

A client's own setting stands before what somebody set for the role or the database.
"""
OPTIONS = (
    f"-c default_transaction_read_only=on -c statement_timeout={LONGEST_STATEMENT_SECONDS}s"
    f" -c search_path={SEARCH_PATH}"
)


class NoExaminer(Exception):
    """There is no role with which to look from outside."""


@contextmanager
def examining() -> Iterator[psycopg.Connection]:
    """Connect as the examiner, read-only and in autocommit, for as long as the block runs.

    NoExaminer when the operator's own database has none; psycopg.OperationalError when the
    database does not answer, psycopg.errors.QueryCanceled when a statement takes too long.
    """
    if not settings.EXAMINER_URL:
        raise NoExaminer("Nothing can look from outside: DATABASE_EXAMINER_URL is not set.")
    with psycopg.connect(
        settings.EXAMINER_URL,
        autocommit=True,
        connect_timeout=10,
        options=OPTIONS,
    ) as connection:
        yield connection
