"""The application refuses to run with a database role that row-level security cannot hold."""

import psycopg

from seatrobot.kernel.tenancy import rights
from seatrobot.runtime.errors import NotAnsweringError, RefusedError

REMEDY = (
    "; row-level security would not hold it. Use the role that `seatrobot database prepare` makes."
)


def check(database_url: str) -> None:
    """Raise RefusedError, with one sentence, when the URL's role could pass row-level security."""
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            role = connection.info.user
            if found := rights.faults(connection, role, rights.FAULTS):
                raise RefusedError(f"The database role {role} {found[0]}{REMEDY}")
    except psycopg.OperationalError as error:
        raise NotAnsweringError(f"The database does not answer: {error}".strip()) from error
