"""Whether a superuser of the database could read a file of the server's machine."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

WAYS: dict[str, str] = {
    "a function of the server": "SELECT length(pg_read_binary_file({path}))",
    "an import as a large object": "SELECT lo_import({path})",
    "COPY from a file": "COPY pg_temp.tried FROM {path}; SELECT count(*) FROM pg_temp.tried",
    "COPY from a program": """
        COPY pg_temp.tried FROM PROGRAM {program}; SELECT count(*) FROM pg_temp.tried
    """,
    "a function with its owner's rights": """
        CREATE FUNCTION pg_temp.read_file() RETURNS bigint LANGUAGE sql SECURITY DEFINER
            AS {function};
        SELECT pg_temp.read_file()
    """,
}


def confinement_probe(superuser: psycopg.Connection, file: Path) -> list[str]:
    """Return the ways, in words, in which the file can be read over this connection.

    Nothing is left of the tries. The file must not be empty.
    """
    path = sql.Literal(str(file))
    function = f"SELECT length(pg_read_binary_file({path.as_string(superuser)}))::bigint"
    names = {
        "path": path,
        "program": sql.Literal(f"base64 '{file}'"),
        "function": sql.Literal(function),
    }
    found = []
    with superuser.transaction(force_rollback=True):
        superuser.execute("CREATE TEMPORARY TABLE tried (line text)")
        for way, text in WAYS.items():
            if _works(superuser, sql.SQL(text).format(**names)):
                found.append(way)
    return found


def _works(superuser: psycopg.Connection, statement: sql.Composed) -> bool:
    try:
        with superuser.transaction(force_rollback=True):
            cursor = superuser.execute(statement)
            while cursor.nextset():
                pass
            row = cursor.fetchone()
    except psycopg.DataError:  # it was read, and is no text
        return True
    except psycopg.Error:
        return False
    return bool(row and row[0])
