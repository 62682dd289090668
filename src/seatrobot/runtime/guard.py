"""The application refuses to run with a database role that row-level security cannot hold."""

import psycopg

from seatrobot.kernel.tenancy.rights import FAULTS
from seatrobot.runtime.errors import NotAnsweringError, RefusedError

REMEDY = (
    "; row-level security would not hold it. Use the role that `seatrobot database prepare` makes."
)


def check(database_url: str) -> None:
    """Raise RefusedError, with one sentence, when the URL's role could pass row-level security."""
    try:
        with psycopg.connect(database_url, connect_timeout=10) as connection:
            for fault, query in FAULTS.items():
                words = {"role": connection.info.user}
                if found := connection.execute(query, words).fetchone():
                    role = f"The database role {connection.info.user} "
                    raise RefusedError(role + fault.format(found[0]) + REMEDY)
    except psycopg.OperationalError as error:
        raise NotAnsweringError(f"The database does not answer: {error}".strip()) from error
