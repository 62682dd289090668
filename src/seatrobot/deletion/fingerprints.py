"""Bytes by which what was deleted is recognized wherever it was left.

Of sealed values a part is taken: it stands in pages, indexes, logs and copies as it is, since what
is sealed is never compressed, and it tells nothing. Beside them stand identifiers of rows, and a
word that is planted in the organization before it goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection
from psycopg import sql

from seatrobot.deletion.declarations import ORGANIZATIONS, OWNER_COLUMN, declared
from seatrobot.kernel.clock import now
from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.organizations.models import MailRecord, SentMail

FROM, BYTES = 64, 24
"""Which part of a sealed value is taken: behind its head, before where TOAST cuts it."""
ROWS = 3
"""Rows of a table whose values are taken, of a whole organization."""
MOST_ROWS = 40
"""The same, of what was deleted by itself."""


@dataclass(slots=True)
class Found:
    """identifiers: of rows, each with its table. parts: of their sealed values."""

    identifiers: list[UUID] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)


def part_of(value: bytes) -> bytes:
    """Return the part of a sealed value, or of a wrapped keyring, that it is recognized by."""
    start = FROM if len(value) >= FROM + BYTES else max(0, len(value) // 2 - BYTES // 2)
    return bytes(value[start : start + BYTES])


def of_organization(organization_id: UUID, *, plants: bool = True) -> Found:
    """Return what rows of every table are recognized by; call acting for the organization.

    plants: a word is sealed for it first, to be looked for in the clear; not while it is locked.
    """
    found = Found([organization_id], [ORGANIZATIONS])
    if plants:
        word = f"canary{secrets.token_hex(16)}"
        SentMail.objects.create(
            organization_id=organization_id,
            sealed=MailRecord(f"{word}@nowhere.test", word, word * 8),
            created_at=now(),
        )
        found.parts.append(word.encode())
    columns = _sealed_columns()
    for place in declared().places:
        if place.own:
            _take(place.table, columns.get(place.table, []), OWNER_COLUMN, organization_id, found)
    return found


def of_event(event_id: UUID) -> tuple[Found, dict[str, int]]:
    """Return what rows of an event are recognized by, and how many each table has; acting for it.

    The event itself comes first.
    """
    columns, found = _sealed_columns(), Found([event_id], ["events_event"])
    found.parts += of_rows({"events_event": [event_id]})
    counts = {"events_event": 1}
    for table in _with_event():
        statement = sql.SQL("SELECT count(*) FROM {table} WHERE event_id = %s").format(
            table=sql.Identifier(table)
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [event_id])
            if number := cursor.fetchone()[0]:
                counts[table] = int(number)
        if table in counts:
            _take(table, columns.get(table, []), "event_id", event_id, found)
    return found, counts


def of_rows(gone: Mapping[str, Collection[UUID]]) -> list[bytes]:
    """Return parts of the sealed values of rows that are about to be deleted, of some of them."""
    parts = []
    columns = _sealed_columns()
    for table, ids in gone.items():
        for column in columns.get(table, []) if ids else []:
            statement = sql.SQL(
                "SELECT {column} FROM {table} WHERE id = ANY (%s) AND {column} IS NOT NULL LIMIT %s"
            ).format(column=sql.Identifier(column), table=sql.Identifier(table))
            with connection.cursor() as cursor:
                cursor.execute(statement, [list(ids), MOST_ROWS])
                parts += [part_of(bytes(value)) for (value,) in cursor.fetchall()]
    return parts


def _take(table: str, sealed: list[str], column: str, whose: UUID, found: Found) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HAS_ID, [table])
        has_id = cursor.fetchone()[0]
        wanted = [*(["id"] if has_id else []), *sealed]
        if not wanted:
            return
        statement = sql.SQL("SELECT {columns} FROM {table} WHERE {owner} = %s LIMIT %s").format(
            columns=sql.SQL(", ").join(map(sql.Identifier, wanted)),
            table=sql.Identifier(table),
            owner=sql.Identifier(column),
        )
        cursor.execute(statement, [whose, ROWS])
        for row in cursor.fetchall():
            values = list(row)
            if has_id and (identifier := values.pop(0)) not in found.identifiers:
                found.identifiers.append(identifier)
                found.tables.append(table)
            found.parts += [part_of(bytes(value)) for value in values if value is not None]


_HAS_ID = """
    SELECT count(*) > 0 FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND column_name = 'id' AND data_type = 'uuid'
"""


def _with_event() -> list[str]:
    """Return the tables of organizations that say which event a row belongs to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'event_id'"
        )
        named = {name for (name,) in cursor.fetchall()}
    return [place.table for place in declared().places if place.own and place.table in named]


def _sealed_columns() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in sealed_fields():
        found.setdefault(each.model._meta.db_table, []).append(str(each.column))
    return found
