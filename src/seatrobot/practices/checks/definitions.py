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

ALTERED = Measure("altered", _("definitions of its tables other than they were built"), most=0)
"""Of a promise about what stands in a few tables."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """compared: how many objects were. differences: those more, less or other than was built."""

    compared: int
    differences: list[database.Difference]

    @property
    def notes(self) -> list[str]:
        said = [f"{each.sentence}." for each in self.differences[:MOST_NOTES]]
        more = len(self.differences) - MOST_NOTES
        return [*said, f"and {more} more differences"] if more > 0 else said

    def of(self, *prefixes: str) -> Comparison:
        """Return what concerns tables and functions whose names begin so."""
        about = re.compile(rf"\b({'|'.join(map(re.escape, prefixes))})")
        texts = [(each, " ".join([each.name, *each.found])) for each in self.differences]
        return Comparison(self.compared, [each for each, text in texts if about.search(text)])


def compared(examiner: psycopg.Connection[Any]) -> Comparison:
    """Compare everything that the live database defines with what was built.

    CannotMeasure when it was migrated for another version than the one that runs here.
    """
    applied = set(examiner.execute("SELECT app, name FROM django_migrations").fetchall())
    if applied != _migrations():
        raise CannotMeasure(gettext("The database is of another version than the service."))
    is_embedded = searching.cluster() is not None
    live = database.take(examiner, is_embedded=is_embedded)
    found = database.compare(database.built(), live, is_embedded=is_embedded)
    return Comparison(len(live), found)


@cache
def _migrations() -> set[tuple[str, str]]:
    """Return the migrations of this build, by application and name."""
    return set(MigrationLoader(None).disk_migrations or {})
