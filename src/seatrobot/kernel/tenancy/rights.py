"""What a role of PostgreSQL must not be, have or become, or row-level security would not hold it.

The start guard asks as the role itself; the examination asks about it as another one.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

# What is wrong with the role, and the query that names the culprit when it is so.
FAULTS = {
    "is a superuser": "SELECT rolname FROM pg_roles WHERE rolname = %(role)s AND rolsuper",
    "has BYPASSRLS": "SELECT rolname FROM pg_roles WHERE rolname = %(role)s AND rolbypassrls",
    "owns the table {}": """
        SELECT relname FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
          AND pg_get_userbyid(relowner) = %(role)s
        ORDER BY relname""",
    "may act as {}, which owns tables": """
        SELECT pg_get_userbyid(relowner) FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
          AND pg_has_role(%(role)s, relowner, 'MEMBER')
        ORDER BY relname""",
    "may act as {}, which no policy holds": """
        SELECT rolname FROM pg_roles
        WHERE (rolsuper OR rolbypassrls) AND pg_has_role(%(role)s, oid, 'MEMBER')
        ORDER BY rolname""",
    "may act as {}, which sees every organization": """
        SELECT rolname FROM pg_roles
        WHERE rolname = 'seatrobot_examiner' AND pg_has_role(%(role)s, oid, 'MEMBER')""",
    "may act as {}, which inserts evidence": """
        SELECT rolname FROM pg_roles
        WHERE rolname = 'seatrobot_recorder' AND pg_has_role(%(role)s, oid, 'MEMBER')""",
}
# What nobody starts as by mistake, but an examination looks at too.
MORE_FAULTS = {
    "may make roles or databases, or replicate": """
        SELECT rolname FROM pg_roles
        WHERE rolname = %(role)s AND (rolcreaterole OR rolcreatedb OR rolreplication)""",
    "may act as {}, a role of PostgreSQL itself": """
        SELECT rolname FROM pg_roles
        WHERE rolname LIKE 'pg\\_%%' AND rolname <> 'pg_database_owner'
          AND pg_has_role(%(role)s, oid, 'MEMBER')
        ORDER BY rolname""",
    "may make tables in the schema": """
        SELECT rolname FROM pg_roles
        WHERE rolname = %(role)s AND has_schema_privilege(oid, 'public', 'CREATE')""",
    "may turn triggers off": """
        SELECT rolname FROM pg_roles
        WHERE rolname = %(role)s
          AND has_parameter_privilege(oid, 'session_replication_role', 'SET')""",
    "may change or delete rows of {}, which only grows": """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
          AND relname IN ('journal_entry', 'accounts_sign_in', 'promises_evidence',
                          'promises_attestation', 'promises_change')
          AND (has_any_column_privilege(%(role)s, oid, 'UPDATE')
               OR has_table_privilege(%(role)s, oid, 'DELETE, TRUNCATE'))
        ORDER BY relname""",
    "may write {}, which the examining process alone does": """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
          AND relname IN ('promises_evidence', 'promises_day')
          AND has_any_column_privilege(%(role)s, oid, 'INSERT, UPDATE')
        ORDER BY relname""",
    "may change or delete rows of {}, which proves the journal": """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
          AND (relname = 'journal_checkpoint' AND has_any_column_privilege(%(role)s, oid, 'UPDATE')
               OR relname = 'journal_leaf' AND has_column_privilege(%(role)s, oid, 'hash', 'UPDATE')
               OR relname IN ('journal_checkpoint', 'journal_leaf')
                  AND has_table_privilege(%(role)s, oid, 'DELETE, TRUNCATE'))
        ORDER BY relname""",
    "may read {}, which no policy holds": """
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
          AND (relkind IN ('v', 'm', 'f')
               OR relkind IN ('r', 'p') AND nspname <> 'public')
          AND has_any_column_privilege(%(role)s, c.oid, 'SELECT')
        ORDER BY 1""",
    "may call {}, which acts as somebody else": """
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE prosecdef AND prorettype <> 'trigger'::regtype
          AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND has_function_privilege(%(role)s, oid, 'EXECUTE')
          AND oid::regprocedure::text <>
              'promises_thin(timestamp with time zone,timestamp with time zone)'
        ORDER BY 1""",
}


ALL_FAULTS = FAULTS | MORE_FAULTS


def faults(
    connection: psycopg.Connection, role: str, among: Mapping[str, str] = ALL_FAULTS
) -> list[str]:
    """Return what is wrong with a role, the first culprit of each kind."""
    found = []
    for fault, query in among.items():
        if row := connection.execute(query, {"role": role}).fetchone():
            found.append(fault.format(row[0]))
    return found
