"""The application refuses to run with a database role that row-level security cannot hold."""

import psycopg

from seatrobot.runtime.errors import NotAnsweringError, RefusedError

# What is wrong with the role, and the query that names the culprit when it is so.
FAULTS = {
    "is a superuser": "SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolsuper",
    "has BYPASSRLS": "SELECT rolname FROM pg_roles WHERE rolname = current_user AND rolbypassrls",
    "owns the table {}": """
        SELECT relname FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
          AND pg_get_userbyid(relowner) = current_user
        ORDER BY relname""",
    "may act as {}, which owns tables": """
        SELECT pg_get_userbyid(relowner) FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
          AND pg_has_role(relowner, 'MEMBER')
        ORDER BY relname""",
    "may act as {}, which no policy holds": """
        SELECT rolname FROM pg_roles
        WHERE (rolsuper OR rolbypassrls) AND pg_has_role(oid, 'MEMBER')
        ORDER BY rolname""",
    "may act as {}, which sees every organization": """
        SELECT rolname FROM pg_roles
        WHERE rolname = 'seatrobot_examiner' AND pg_has_role(oid, 'MEMBER')""",
}
REMEDY = (
    "; row-level security would not hold it. Use the role that `seatrobot database prepare` makes."
)


def check(database_url: str) -> None:
    """Raise RefusedError, with one sentence, when the URL's role could pass row-level security."""
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            for fault, query in FAULTS.items():
                if found := connection.execute(query).fetchone():
                    role = f"The database role {connection.info.user} "
                    raise RefusedError(role + fault.format(found[0]) + REMEDY)
    except psycopg.OperationalError as error:
        raise NotAnsweringError(f"The database does not answer: {error}".strip()) from error
