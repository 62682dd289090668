"""Replaying the erasure ledger on a database that was restored from a backup.

`replay` deletes what the ledger says was deleted; `returned` only counts it, for the examination.
Organizations go whole, with a keyring that the backup brought back, if it did, and with accounts
that belong to no other; events with all that belongs to them; guests and contacts by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from seatrobot.deletion import erasing
from seatrobot.deletion.declarations import ORGANIZATIONS, declared
from seatrobot.deletion.ledger import Ledger
from seatrobot.kernel.acting import acting
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations.models import Membership

WHOLE_FIRST = ("events_event", "contacts_contact", "guests_guest", "organizations_sent_mail")
"""Tables whose rows are deleted by themselves, in the order in which they are replayed."""
TABLES = (ORGANIZATIONS, *WHOLE_FIRST)


def replay(ledger: Ledger) -> dict[str, int]:
    """Delete what came back with a restored database; return how many rows of which table.

    Call before the service opens. Harmless to repeat.
    """
    gone: dict[str, int] = {}
    with_keys = vault.organizations()
    for organization_id in sorted({*with_keys, *_in_database()}):
        if ledger.has(ORGANIZATIONS, organization_id):
            if organization_id in with_keys:
                vault.destroy_keyring(organization_id)
            _delete_whole(organization_id)
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


def sees_database() -> bool:
    """Whether organizations without keys are seen, which a database restored alone may have."""
    return bool(settings.EXAMINER_URL)


def _in_database() -> list[UUID]:
    """Return the organizations in the database, with keys or without; none where nobody sees all.

    The application sees the rows of one organization at a time, the examiner those of every one.
    """
    if not sees_database():
        return []
    statement = sql.SQL("SELECT id FROM {}").format(sql.Identifier(ORGANIZATIONS))
    with examining() as examiner:
        return [identifier for (identifier,) in examiner.execute(statement)]


def _delete_whole(organization_id: UUID) -> None:
    """Delete an organization's rows, and the accounts of those who belong to no other."""
    with acting(erasing.ACTOR, organization_id):
        rows = Membership.objects.filter(organization_id=organization_id)
        accounts = list(rows.values_list("account_id", flat=True))
    erasing.delete_rows(organization_id)
    erasing.delete_accounts(accounts)


def _erased(ledger: Ledger, table: str, ids: Iterable[UUID]) -> list[UUID]:
    return [each for each in ids if ledger.has(table, each)]


def _ids(table: str) -> Iterator[UUID]:
    assert table in declared().tables
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT id FROM {}").format(sql.Identifier(table)))
        yield from [identifier for (identifier,) in cursor.fetchall()]
