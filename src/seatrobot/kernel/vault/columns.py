"""What protects each column of the database: sealed, a keyed hash, or clear with a reason.

Sealed columns are those of the models. Every other one stands in `columns.toml` under the reason
for which it is not sealed; one that nobody has put there is a finding.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.kernel.vault.keyring import SEALING

if TYPE_CHECKING:
    import psycopg

SEALED = "sealed"
LIVE = """
    SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END,
        a.attname
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Column:
    """protection: sealed, keyed hash or clear; "" for a column of which nobody has said it.

    reason: why it may stand so; of a sealed one, under which keys.
    """

    table: str
    column: str
    protection: str
    reason: str

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


def columns(connection: psycopg.Connection[Any]) -> list[Column]:
    """Return every column that the database has now, of every schema of the service."""
    known = declared()
    return [
        known.get((table, column)) or Column(table, column, "", "")
        for table, column in connection.execute(LIVE).fetchall()
    ]


def findings(found: list[Column]) -> list[str]:
    """Return a sentence for each column that nobody has classified, and for each that is gone."""
    live = {(each.table, each.column) for each in found}
    return [
        *(
            f"{each.name} is in no list: say in columns.toml why it is not sealed"
            for each in found
            if not each.protection
        ),
        *(
            f"{table}.{column} is listed, and the database has no such column"
            for table, column in sorted(declared().keys() - live)
        ),
    ]


@cache
def declared() -> dict[tuple[str, str], Column]:
    """Return what the models and `columns.toml` say of each column; ValueError for two answers."""
    lists = tomllib.loads(files(__package__).joinpath("columns.toml").read_text("utf-8"))
    reasons = lists.pop("reasons")
    found: dict[tuple[str, str], Column] = {}
    for field in sealed_fields():
        table, column = field.model._meta.db_table, str(field.column)
        keys = str(field.key_class or SEALING)
        found[table, column] = Column(table, column, SEALED, f"keys of purpose {keys}")
    for table, by_kind in lists.items():
        for kind, names in by_kind.items():
            protection, _, reason = reasons[kind].partition(": ")
            for column in names:
                if (table, column) in found:
                    raise ValueError(f"{table}.{column} is classified twice")
                found[table, column] = Column(table, column, protection, reason)
    return found
