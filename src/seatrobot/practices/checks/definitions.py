"""What the live database defines, beside what the migrations of this build make."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.manifest import database
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure
from seatrobot.practices.checks import searching

MOST_NOTES = 20
MIGRATION = "migration"

ALTERED = Measure("altered", _("definitions of its tables other than they were built"), most=0)
"""Of a promise about what stands in a few tables."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """compared: how many objects were. differences: those more, less or other than was built.

    is_behind: whether migrations of this build are not in the database, so nothing was compared.
    """

    compared: int
    differences: list[database.Difference]
    is_behind: bool = False

    def demand(self, *, is_wrong: bool) -> None:
        """Raise CannotMeasure when nothing was compared, unless something else is wrong already."""
        if self.is_behind and not is_wrong:
            raise CannotMeasure(gettext("The database is of another version than the service."))

    @property
    def notes(self) -> list[str]:
        said = [f"{each.sentence}." for each in self.differences[:MOST_NOTES]]
        more = len(self.differences) - MOST_NOTES
        return [*said, f"and {more} more differences"] if more > 0 else said

    def of(self, *prefixes: str) -> Comparison:
        """Return what concerns tables and functions whose names begin so."""
        about = re.compile(rf"\b({'|'.join(map(re.escape, prefixes))})")
        texts = [(each, " ".join([each.name, *each.found])) for each in self.differences]
        found = [each for each, text in texts if each.kind == MIGRATION or about.search(text)]
        return Comparison(self.compared, found, self.is_behind)


def compared(examiner: psycopg.Connection[Any]) -> Comparison:
    """Compare everything that the live database defines with what was built.

    A migration that this build does not know is one of the differences: otherwise a row in the
    list of them would keep all others from being looked for.
    """
    applied = set(examiner.execute("SELECT app, name FROM django_migrations").fetchall())
    if _migrations() - applied:
        return Comparison(0, [], is_behind=True)
    is_embedded = searching.cluster() is not None
    live = database.take(examiner, is_embedded=is_embedded)
    found = database.compare(database.built(), live, is_embedded=is_embedded)
    unknown = [
        database.Difference(MIGRATION, f"{app}.{name}", [], ["applied"])
        for app, name in sorted(applied - _migrations())
    ]
    return Comparison(len(live), [*unknown, *found])


@cache
def _migrations() -> set[tuple[str, str]]:
    """Return the migrations of this build, by application and name."""
    return set(MigrationLoader(None).disk_migrations or {})
