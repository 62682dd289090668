"""Replaying the erasure ledger on a database that was restored from a backup.

`replay` deletes what the ledger says was deleted; `returned` only counts it, for the examination.
Organizations go whole, with a keyring that the backup brought back; events with all that belongs
to them; guests and contacts by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

from seatrobot.deletion import erasing
from seatrobot.deletion.declarations import ORGANIZATIONS, declared
from seatrobot.deletion.ledger import Ledger
from seatrobot.kernel.acting import acting
from seatrobot.kernel.vault import services as vault

WHOLE_FIRST = ("events_event", "contacts_contact", "guests_guest", "organizations_sent_mail")
"""Tables whose rows are deleted by themselves, in the order in which they are replayed."""
TABLES = (ORGANIZATIONS, *WHOLE_FIRST)


def replay(ledger: Ledger) -> dict[str, int]:
    """Delete what came back with a restored database; return how many rows of which table.

    Call before the service opens. Harmless to repeat.
    """
    gone: dict[str, int] = {}
    for organization_id in vault.organizations():
        if ledger.has(ORGANIZATIONS, organization_id):
            vault.destroy_keyring(organization_id)
            erasing.delete_rows(organization_id)
            gone[ORGANIZATIONS] = gone.get(ORGANIZATIONS, 0) + 1
            continue
        for table in WHOLE_FIRST:
            with acting(erasing.ACTOR, organization_id):
                wanted = _erased(ledger, table, _ids(table))
                for identifier in wanted:
                    erasing.delete_row(table, identifier)
            if wanted:
                gone[table] = gone.get(table, 0) + len(wanted)
    return gone


def returned(ledger: Ledger, looking: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how many rows a database has that the ledger says are erased.

    looking: as a role that sees the rows of every organization.
    """
    found = {}
    for table in TABLES:
        statement = sql.SQL("SELECT id FROM {}").format(sql.Identifier(table))
        rows = (identifier for (identifier,) in looking.execute(statement))
        if number := len(_erased(ledger, table, rows)):
            found[table] = number
    return found


def _erased(ledger: Ledger, table: str, ids: Iterable[UUID]) -> list[UUID]:
    return [each for each in ids if ledger.has(table, each)]


def _ids(table: str) -> Iterator[UUID]:
    assert table in declared().tables
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT id FROM {}").format(sql.Identifier(table)))
        yield from [identifier for (identifier,) in cursor.fetchall()]
