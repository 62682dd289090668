"""Four roles on one database: owner, application, examiner and recorder.

The owner changes tables, the application rows, the examiner nothing. The recorder inserts evidence:
it may become the application, and the application may not become it.

Whatever the owner creates in the schema can be read and written by the application; a table with
stricter rules takes that back in its own migration. What the examiner may read is granted after
each migration (`runtime.examination`).
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from seatrobot.runtime.errors import NotAnsweringError, RefusedError

OWNER = "seatrobot_owner"
APP = "seatrobot_app"
EXAMINER = "seatrobot_examiner"
RECORDER = "seatrobot_recorder"
ALL = (OWNER, APP, EXAMINER, RECORDER)
DATABASE = "seatrobot"
OLDEST_VERSION = 15_00_00

PRIVILEGES = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {app}, {examiner}, {recorder};
ALTER SCHEMA public OWNER TO {owner};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {examiner}, {recorder};
GRANT {app} TO {recorder};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO {app};
"""
LOOKING_AT_THE_SERVER = """
GRANT pg_read_all_settings TO {examiner};
GRANT SELECT ON pg_hba_file_rules, pg_ident_file_mappings, pg_file_settings TO {examiner};
GRANT EXECUTE ON FUNCTION pg_hba_file_rules(), pg_ident_file_mappings(), pg_show_all_file_settings()
    TO {examiner};
"""
"""What only a superuser gives; examining a server of the operator's own needs none of it."""
SUPERUSER = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"
UNSAFE = "rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"


def prepare(
    admin_url: str,
    *,
    owner_password: str,
    app_password: str,
    examiner_password: str,
    recorder_password: str,
) -> None:
    """Make the roles and the database, or bring them back to what they should be.

    admin_url: a role that may create roles and databases; its own database does not matter.
    Harmless to repeat. RefusedError when the server is too old or not reachable.
    """
    try:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            if admin.info.server_version < OLDEST_VERSION:
                raise RefusedError("Seatrobot needs PostgreSQL 15 or newer.")
            _ensure_role(admin, OWNER, owner_password)
            _ensure_role(admin, APP, app_password)
            _ensure_role(admin, EXAMINER, examiner_password)
            _ensure_role(admin, RECORDER, recorder_password)
            _ensure_database(admin)
            is_superuser = admin.execute(SUPERUSER).fetchone() is not None
        with psycopg.connect(make_conninfo(admin_url, dbname=DATABASE), autocommit=True) as admin:
            admin.execute(_with_names(PRIVILEGES))
            if is_superuser:
                admin.execute(_with_names(LOOKING_AT_THE_SERVER))
    except psycopg.OperationalError as error:
        raise NotAnsweringError(f"PostgreSQL does not answer: {error}".strip()) from error


def urls(
    admin_url: str,
    *,
    owner_password: str,
    app_password: str,
    examiner_password: str,
    recorder_password: str,
) -> tuple[str, str, str, str]:
    """Return the URLs of application, owner, examiner and recorder on the same server."""
    parts = urlsplit(admin_url)
    place = parts.netloc.rpartition("@")[2]

    def url(role: str, password: str) -> str:
        name = f"{role}:{quote(password, safe='')}@{place}"
        return urlunsplit(("postgresql", name, f"/{DATABASE}", parts.query, ""))

    return (
        url(APP, app_password),
        url(OWNER, owner_password),
        url(EXAMINER, examiner_password),
        url(RECORDER, recorder_password),
    )


def close_history(owner_url: str) -> None:
    """Let the application read which migrations ran, and no longer write it."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_with_names("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app}"))


def _ensure_role(admin: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    # Only the SCRAM verifier travels, so no password can reach the server's log.
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    known = admin.execute(
        sql.SQL("SELECT {} FROM pg_roles WHERE rolname = %s").format(sql.SQL(UNSAFE)), [role]
    ).fetchone()
    if known is None:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    elif known[0]:
        admin.execute(
            sql.SQL(
                "ALTER ROLE {} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
            ).format(name)
        )
    admin.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(verifier.decode()))
    )


def _ensure_database(admin: psycopg.Connection) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        return
    if not admin.execute(SUPERUSER).fetchone():
        admin.execute(_with_names("GRANT {owner} TO CURRENT_USER"))  # as managed servers ask for
    admin.execute(
        _with_names("CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'")
    )


def _with_names(statement: str) -> sql.Composed:
    return sql.SQL(statement).format(
        database=sql.Identifier(DATABASE),
        owner=sql.Identifier(OWNER),
        app=sql.Identifier(APP),
        examiner=sql.Identifier(EXAMINER),
        recorder=sql.Identifier(RECORDER),
    )
