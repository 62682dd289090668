"""A process that does not know a newer version of a record refuses to rewrite it.

While a new version is rolled out, old processes run beside new ones. An old one opens what a new
one sealed, without the fields it does not know; if it sealed the record again, those would be
lost. So every sealed value ends with the version of its record in clear, and the database itself
refuses to replace a value by one of a lower version, whatever statement asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from django.db import DatabaseError
from django.utils.translation import gettext as _
from psycopg import sql

from seatrobot.kernel.refusal import Refused

if TYPE_CHECKING:
    import psycopg

HIGHEST = 255
REFUSED = "SR001"
"""The SQLSTATE of the refusal."""

FUNCTION = f"""
    CREATE OR REPLACE FUNCTION vault_keep_newer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a newer version of the service sealed %.%', TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = '{REFUSED}';
    END $$
"""
TRIGGER = """
    CREATE OR REPLACE TRIGGER {name} BEFORE UPDATE OF {column} ON {table} FOR EACH ROW
    WHEN (NEW.{column} <> '' AND substr(NEW.{column}, greatest(octet_length(NEW.{column}), 1))
                               < substr(OLD.{column}, greatest(octet_length(OLD.{column}), 1)))
    EXECUTE FUNCTION vault_keep_newer({argument})
"""


class NewerRecord(Refused):
    """Something that a newer version of the service sealed was to be replaced by an older one."""

    def __init__(self) -> None:
        super().__init__(
            _("A newer version of Seatrobot changed this just now. Try again in a few minutes.")
        )


def version_of(record: type[msgspec.Struct]) -> int:
    """Return the version of a record: how many fields it and the records inside it ever had.

    A field more is a higher version by itself. A field that goes, is renamed or changes its
    meaning leaves the count as it was by adding one to `RETIRED` of its class, a ClassVar.
    """
    version = _count(record)
    if version > HIGHEST:
        raise ValueError(f"{record.__name__} is at version {version}; one byte holds no more")
    return version


def _count(record: type[msgspec.Struct]) -> int:
    fields = msgspec.structs.fields(record)
    inner = {part for field in fields for part in _records_in(field.type)}
    return len(fields) + getattr(record, "RETIRED", 0) + sum(map(_count, inner))


def _records_in(kind: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for part in getattr(kind, "__args__", ()):
        yield from _records_in(part)


def hold(owner: psycopg.Connection, columns: Iterable[tuple[str, str]]) -> None:
    """Put the trigger on columns of sealed values, each a table and its column; may be repeated."""
    owner.execute(FUNCTION)
    for table, column in columns:
        owner.execute(
            sql.SQL(TRIGGER).format(
                name=sql.Identifier(f"{table}_{column}_version"),
                table=sql.Identifier(table),
                column=sql.Identifier(column),
                argument=sql.Literal(column),
            )
        )


@contextmanager
def typed() -> Iterator[None]:
    """Turn the database's refusal into NewerRecord."""
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == REFUSED:
            raise NewerRecord from error
        raise
