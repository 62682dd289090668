"""Comparing archives: two of one content, and one with what an import would read of it."""

from __future__ import annotations

import io
import secrets
from uuid import UUID

import msgspec

from seatrobot.archive import identifiers, reading
from seatrobot.archive.formats import Manifest
from seatrobot.archive.tables import Table, tables


def different(first: Manifest, second: Manifest) -> list[str]:
    """Return the imported tables whose content is not the same in two archives."""
    one, other = (
        {table.name: table.canonical for table in each.tables if table.imported}
        for each in (first, second)
    )
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def read_back(data: bytes, organization_id: UUID) -> list[str]:
    """Return the imported tables that an archive lacks or an import would read otherwise.

    Each line becomes a row, in memory alone, and the row a line again. Raises BadArchive.
    """
    opened = reading.open_archive(io.BytesIO(data))
    opened.verify()
    paths = {entry.name: entry.json for entry in opened.manifest.tables}
    put = identifiers.shifted(1 + secrets.randbelow(identifiers.LOW - 1))
    return [
        table.name
        for table in tables()
        if table.is_imported
        and not (
            table.name in paths
            and all(
                _comes_back(table, line, put, organization_id)
                for _number, line in opened.lines(paths[table.name])
            )
        )
    ]


def _comes_back(table: Table, line: bytes, put: identifiers.Put, organization_id: UUID) -> bool:
    values = msgspec.json.decode(line)
    moved = table.moved(values, put)
    row = table.instance(msgspec.convert(moved, table.row), organization_id)
    back = msgspec.to_builtins(table.line(row), str_keys=True)
    worked_out = {column.name for column in table.columns if column.is_worked_out}
    names = [name for name in values if name not in worked_out]
    return all(_same(back.get(name), moved[name]) for name in names)


def _same(one: object, other: object) -> bool:
    """Whether two JSON values say the same; a number may be written with or without a point."""
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
