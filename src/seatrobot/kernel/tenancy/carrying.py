"""What a table says of the archive of an organization: whether its rows go along, and which not.

    class Guest(TenantModel):
        carried = Carried(what=_("Guests"), accounts={"checked_in_by"})

Without a word, all columns of a table go into the archive and come back on import, so a new column
cannot be forgotten. `seatrobot.archive` reads these declarations for files, schemas, the manifest
and the help pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Model, Q
from django.utils.functional import Promise

Text = str | Promise


class Way(StrEnum):
    MOVES = "moves"
    """Its rows are in the archive, and an import brings them back."""
    TOLD = "told"
    """Its rows are in the archive to be read; an import leaves them out, and `why` says why."""
    STAYS = "stays"
    """Its rows are not in the archive; `why` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """How the rows of one table are carried.

    what: what the table holds, as people call it. why: of TOLD and STAYS. owner: the path from a
    row to its organization. rows, without: which rows alone go along, and why the others do not.
    left_out: columns that are not in the archive, by name, and why. accounts: columns with the
    identifier of an account, which an import keeps. refers: columns of JSON with identifiers of
    rows in texts. made: columns that an import works out, by the dotted path of a function of the
    new row. after: the dotted path of a function that is called with each batch of imported rows.
    check: the dotted path of a function that is called with each new row of an import, and raises
    Refused for what the product would not have let in, such as a time zone that there is not.
    more: what the archive says beside the columns, as functions of the row.
    order: of the import; a table that has to come before others says less than 0.
    rewritten: columns whose record is another one in the archive, such as one without links.
    """

    what: Text = ""
    way: Way = Way.MOVES
    why: Text = ""
    owner: str = "organization_id"
    rows: Q | None = None
    without: Text = ""
    left_out: Mapping[str, Text] = field(default_factory=dict)
    accounts: frozenset[str] = frozenset()
    refers: frozenset[str] = frozenset()
    made: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    check: str = ""
    order: int = 0
    more: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    rewritten: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


EVERYTHING = Carried()
"""Of a table that says nothing."""


def carried(model: type[Model]) -> Carried | None:
    """Return what a table says; None for a table that holds rows of no organization."""
    found = getattr(model, "carried", None)
    return found if isinstance(found, Carried) else None


Batch = Callable[[UUID, Sequence[Any]], None]
"""What `after` names: called with the organization and the imported rows."""
