"""A few real names for the pictures on the documents page."""

from __future__ import annotations

from dataclasses import dataclass

from seatrobot.seating.state import View

AT_A_TABLE = 7


@dataclass(frozen=True, slots=True)
class Preview:
    """The first table with people, its guests, and the first guests by name with their table."""

    table: str
    guests: list[str]
    by_name: list[tuple[str, str]]


def preview(view: View) -> Preview | None:
    """Return what the pictures show; None while nobody is seated."""
    for table in view.floor.tables.values():
        at = view.floor.at(table.pk)
        if at:
            guests = [view.people[at[seat]].name for seat in sorted(at)][:AT_A_TABLE]
            seated = (p for p in view.people.values() if p.id in view.floor.spots)
            first = [
                (p.record.sort_name or p.name, view.floor.tables[view.floor.spots[p.id].table].name)
                for p, _row in zip(seated, range(AT_A_TABLE), strict=False)
            ]
            return Preview(table.name, guests, first)
    return None
