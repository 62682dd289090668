"""Columns of the guest list that seating can mix and colour by.

A column has a key: "company", "title", "tags", or that of a field of the event (`field:<hex>`).
Fields with special categories of data are none. Cells with several values separate them by
semicolons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from seatrobot.guests.fields import OpenField
from seatrobot.guests.guest_list import GuestList
from seatrobot.guests.records import LABELS, GuestRecord

BUILT_IN = ("company", "title", "tags")


@dataclass(frozen=True, slots=True)
class Column:
    """field: None for a built-in column."""

    key: str
    label: str
    field: OpenField | None = None

    def values(self, record: GuestRecord) -> list[str]:
        """Return a guest's values in this column as a person reads them, each once."""
        if self.field:
            cell = record.answers.get(self.field.id, "")
            found: Iterable[str] = map(self.field.shown, _split(cell))
        elif self.key == "tags":
            found = record.tags
        else:
            found = [getattr(record, self.key)]
        return list(dict.fromkeys(filter(None, found)))


def columns(guests: GuestList) -> dict[str, Column]:
    """Return all columns by key: the event's fields in their order, then the built-in ones."""
    own = [
        Column(field.key, field.label, field)
        for field in guests.fields
        if field.scope == "person" and not field.special
    ]
    built_in = [Column(key, str(LABELS[key])) for key in BUILT_IN]
    return {column.key: column for column in (*own, *built_in)}


def used(guests: GuestList) -> dict[str, Column]:
    """Return the columns in which at least one guest who takes a place has a value."""
    records = [guest.record for guest in guests.taking_place]
    found = columns(guests)
    return {k: c for k, c in found.items() if any(c.values(record) for record in records)}


def label(found: dict[str, Column], key: str) -> str:
    """Return what a column is called, also one that was removed since."""
    return found[key].label if key in found else _("a column that is gone")


def _split(cell: str) -> list[str]:
    return [value.strip() for value in cell.split(";")] if ";" in cell else [cell.strip()]
