"""Faults of the return of data: something that does not get out, or not in again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import models

from seatrobot.archive import importing
from seatrobot.archive.tables import Table, tables
from seatrobot.practices.faults.declaring import Instance, fault

INSTANCE = Table.instance
ROWS = importing._new_rows  # noqa: SLF001  what the fault stands in for


@fault("retention.return", "a column that no archive knows")
def new_column(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "ALTER TABLE guests_guest ADD COLUMN nickname text",
        "ALTER TABLE guests_guest DROP COLUMN nickname",
    ):
        yield


@fault("retention.return", "a table that no archive knows")
def new_table(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TABLE guests_wish (id uuid PRIMARY KEY, organization_id uuid, wish text)",
        "DROP TABLE guests_wish",
    ):
        yield


@fault("retention.return", "an import that forgets special answers")
def without_special(instance: Instance) -> Iterator[None]:
    def forgetful(self: Table, line: Any, organization_id: UUID) -> models.Model:
        row = INSTANCE(self, line, organization_id)
        if hasattr(row, "special") and self.name == "guests_guest":
            row.special = None
        return row

    with instance.patched("seatrobot.archive.tables.Table.instance", forgetful):
        yield


@fault("retention.return", "an import that leaves rows out")
def rows_left_out(instance: Instance) -> Iterator[None]:
    def some(table: Table, *rest: Any) -> Iterator[tuple[models.Model, int]]:
        rows = list(ROWS(table, *rest))
        yield from rows[:-1] if table.name == "contacts_contact" else rows

    with instance.patched("seatrobot.archive.importing._new_rows", some):
        yield


@fault("retention.return", "an import that mixes references up")
def references(instance: Instance) -> Iterator[None]:
    def mixed(table: Table, *rest: Any) -> Iterator[tuple[models.Model, int]]:
        rows = list(ROWS(table, *rest))
        if table.name == "guests_guest":
            parties = [row.party_id for row, _length in rows]  # type: ignore[attr-defined]  # of guests
            for (row, _length), party in zip(rows, reversed(parties), strict=True):
                row.party_id = party  # type: ignore[attr-defined]  # of guests
        yield from rows

    with instance.patched("seatrobot.archive.importing._new_rows", mixed):
        yield


@fault("retention.return", "a download in which a byte is another one")
def damaged_download(instance: Instance) -> Iterator[None]:
    other = "lambda actor, archive_id, start, end, origin: iter([b'\\x00' * (end - start)])"
    with instance.patched_web("seatrobot.archive.services._bytes", other):
        yield


@fault("retention.return", "the page makes no archive")
def page_refuses(instance: Instance) -> Iterator[None]:
    refuse = "lambda **_: (_ for _ in ()).throw(RuntimeError('seeded'))"
    with instance.patched_web("seatrobot.archive.services.ask", refuse):
        yield


@fault("retention.return", "an archive that lacks a table, of an organization drawn by lot")
def sample_without_guests(instance: Instance) -> Iterator[None]:
    fewer = tuple(table for table in tables() if table.name != "events_event")
    with instance.patched("seatrobot.archive.writing.tables", lambda: fewer):
        yield
