"""Columns of the guest list that seating can mix and colour by.

A column has a key: "company", "title", "tags", or "extra:" and the heading it was imported under.
Cells with several values separate them by semicolons.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from seatrobot.guests.records import LABELS, GuestRecord

FIELDS = ("company", "title")
TAGS = "tags"
EXTRA = "extra:"


def keys(records: Iterable[GuestRecord]) -> list[str]:
    """Return the columns in which at least one guest has a value; imported ones first."""
    extra: dict[str, None] = {}
    used: set[str] = set()
    for record in records:
        extra.update(dict.fromkeys(name for name, value in record.extra.items() if value))
        used.update(field for field in FIELDS if getattr(record, field))
        if record.tags:
            used.add(TAGS)
    own = [field for field in (*FIELDS, TAGS) if field in used]
    return [f"{EXTRA}{name}" for name in extra] + own


def label(key: str) -> str:
    """Return how a person calls the column."""
    if key.startswith(EXTRA):
        name = key.removeprefix(EXTRA).replace("_", " ")
        return name[:1].upper() + name[1:]
    return str(LABELS.get(key, key))


def values(record: GuestRecord, key: str) -> list[str]:
    """Return a guest's values in a column, in their order, each once."""
    if key == TAGS:
        found: Iterable[str] = record.tags
    elif key.startswith(EXTRA):
        found = record.extra.get(key.removeprefix(EXTRA), "").split(";")
    elif key in FIELDS:
        found = [getattr(record, key)]
    else:
        found = ()
    return list(dict.fromkeys(value.strip() for value in found if value.strip()))


def nothing_in(key: str) -> str:
    """Say that a column holds nothing to mix by."""
    return _("The guest list has no column “%(column)s” with values to mix.") % {
        "column": label(key)
    }
