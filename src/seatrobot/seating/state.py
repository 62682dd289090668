"""What the floor plan's script works with: everything about the event's seating, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from seatrobot.kernel.principals import Principal
from seatrobot.seating import columns, people
from seatrobot.seating import floor as floors
from seatrobot.seating.feature import Permission
from seatrobot.seating.floor import Floor
from seatrobot.seating.models import Rule, Step
from seatrobot.seating.people import Person
from seatrobot.seating.services import history
from seatrobot.seating.wording import Words


@dataclass(frozen=True, slots=True)
class View:
    """One event's seating as a member sees it."""

    member: Principal
    event_id: UUID
    floor: Floor
    people: dict[UUID, Person]
    rules: list[Rule]

    @property
    def words(self) -> Words:
        named = {guest for rule in self.rules for guest in rule.guest_ids} - self.people.keys()
        others = people.named(self.event_id, self.member.organization_id, named) if named else {}
        return Words(self.people | others, self.floor, {rule.pk: rule for rule in self.rules})

    @property
    def seats(self) -> int:
        return sum(table.seats for table in self.floor.tables.values())

    @property
    def may_change(self) -> bool:
        return self.member.may(Permission.SEATING_CHANGE, self.event_id)


def load(member: Principal, event_id: UUID) -> View:
    """Return what a member sees of an event's seating."""
    member.require(Permission.SEATING_VIEW, event_id)
    organization_id = member.organization_id
    return View(
        member,
        event_id,
        floors.read(event_id, organization_id),
        people.of_event(event_id, organization_id),
        list(Rule.objects.filter(event_id=event_id)),
    )


def as_data(view: View) -> dict[str, Any]:
    """Return the view as JSON types.

    People name values by their position in the column's `values`, and their place by the position
    of the table: written out, the same committees would be most of the page.
    """
    keys = columns.keys(person.record for person in view.people.values())
    named = [_Column(key, {}) for key in keys]
    return {
        "version": view.floor.version,
        "mayChange": view.may_change,
        "people": _people(view, named),
        "columns": [
            {"key": column.key, "label": columns.label(column.key), "values": list(column.values)}
            for column in named
        ],
        "tables": [
            {
                "id": str(t.pk),
                "name": t.name,
                "seats": t.seats,
                "at": [t.shape, t.x, t.y, t.rotation],
            }
            for t in view.floor.tables.values()
        ],
        "rules": _rules(view),
        **steps(view.member, view.event_id),
    }


def steps(member: Principal, event_id: UUID) -> dict[str, str | None]:
    """Return what undo and redo would do, None for nothing."""
    if not member.may(Permission.SEATING_CHANGE, event_id):
        return {"undo": None, "redo": None}
    last, following = history.latest(member, event_id), history.earliest_undone(member, event_id)
    return {"undo": _label(last), "redo": _label(following)}


def changed(rows: Iterable[list[Any]]) -> list[dict[str, Any]]:
    """Return `before` or `after` of a step as places."""
    return [
        {"guest": guest, "table": table, "seat": seat, "locked": locked}
        for guest, table, seat, locked in rows
    ]


def _label(step: Step | None) -> str | None:
    return str(Step.Kind(step.kind).label) if step else None


@dataclass(frozen=True, slots=True)
class _Column:
    """A column and the position of each value that it has."""

    key: str
    values: dict[str, int]

    def positions(self, person: Person) -> list[int]:
        found = columns.values(person.record, self.key)
        return [self.values.setdefault(value, len(self.values)) for value in found]


def _people(view: View, named: list[_Column]) -> list[dict[str, Any]]:
    parties = people.parties(view.people.values())
    position = {table: index for index, table in enumerate(view.floor.tables)}
    found = []
    for person in view.people.values():
        data: dict[str, Any] = {
            "id": str(person.id),
            "name": person.name,
            "title": person.record.title,
            "short": person.short,
            "fit": person.fit,
            "initials": person.initials,
            "values": [column.positions(person) for column in named],
        }
        if person.party_id in parties:
            data["party"] = str(person.party_id)
        if spot := view.floor.spots.get(person.id):
            data["place"] = [position[spot.table], spot.seat, spot.locked]
        found.append(data)
    return found


def _rules(view: View) -> list[dict[str, Any]]:
    words = view.words
    return [
        {
            "id": str(rule.pk),
            "kind": rule.kind,
            "text": words.rule(rule),
            "guests": [str(guest) for guest in rule.guest_ids],
            "tables": [str(table) for table in rule.table_ids],
        }
        for rule in view.rules
    ]
