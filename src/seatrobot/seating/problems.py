"""From rows to what the robot is asked, and from its plan to seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from seatrobot.seating import columns, neighbours, people, robot
from seatrobot.seating.floor import Floor, Spot
from seatrobot.seating.models import Rule
from seatrobot.seating.people import Person

ABOUT_GUESTS: dict[str, type[robot.Together | robot.Apart | robot.Near]] = {
    Rule.Kind.TOGETHER.value: robot.Together,
    Rule.Kind.APART.value: robot.Apart,
    Rule.Kind.NEAR.value: robot.Near,
}
ABOUT_TABLES: dict[str, type[robot.AtTable | robot.NotAtTable]] = {
    Rule.Kind.AT_TABLE.value: robot.AtTable,
    Rule.Kind.NOT_AT_TABLE.value: robot.NotAtTable,
}


@dataclass(frozen=True, slots=True)
class Question:
    """The robot's problem; everything its answer is read with; and the version it is about."""

    problem: robot.Problem
    floor: Floor
    people: dict[UUID, Person]
    version: str


def ask(floor: Floor, everybody: dict[UUID, Person], rules: Iterable[Rule]) -> Question:
    """Return the question of an event. Rules about people or tables that are gone shrink or go."""
    parties = people.parties(everybody.values())
    known = [r for r in (_rule(rule, floor, everybody) for rule in rules) if r is not None]
    traits = {r.trait for r in known if isinstance(r, robot.Mix)}
    guests = tuple(
        robot.Guest(
            str(person.id),
            str(person.party_id) if person.party_id in parties else None,
            {trait: frozenset(columns.values(person.record, trait)) for trait in traits},
        )
        for person in everybody.values()
    )
    tables = tuple(robot.Table(str(t.pk), t.seats, t.x, t.y) for t in floor.tables.values())
    fixed = tuple(
        robot.Fixed(str(guest), str(spot.table))
        for guest, spot in floor.spots.items()
        if spot.locked
    )
    split = frozenset(str(party) for party in floor.room.split_parties)
    problem = robot.Problem(guests, tables, tuple(known), fixed, split)
    return Question(problem, floor, everybody, floor.version)


def _rule(rule: Rule, floor: Floor, everybody: dict[UUID, Person]) -> robot.Rule | None:
    guests = frozenset(str(guest) for guest in rule.guest_ids if guest in everybody)
    tables = frozenset(str(table) for table in rule.table_ids if table in floor.tables)
    strength: robot.Strength = "must" if rule.strength == Rule.Strength.MUST else "wish"
    said: dict[str, Any] = {"id": str(rule.pk), "strength": strength, "weight": rule.weight}
    if rule.kind in ABOUT_GUESTS:
        return ABOUT_GUESTS[rule.kind](guests=guests, **said) if len(guests) > 1 else None
    if rule.kind in ABOUT_TABLES:
        made = ABOUT_TABLES[rule.kind]
        return made(guests=guests, tables=tables, **said) if guests and tables else None
    column = rule.sealed.column
    has_values = any(columns.values(person.record, column) for person in everybody.values())
    return robot.Mix(trait=column, **said) if has_values else None


def spots(question: Question, assignments: Mapping[str, str]) -> dict[UUID, Spot | None]:
    """Return a spot for every guest of the question; None for who has no table.

    Locked guests keep their seat; parties sit side by side, and where that leaves it open also
    those whom a rule keeps together.
    """
    at_table: dict[UUID, list[Person]] = defaultdict(list)
    found: dict[UUID, Spot | None] = {}
    for person in question.people.values():
        table = assignments.get(str(person.id))
        if table is None:
            found[person.id] = None
        else:
            at_table[UUID(table)].append(person)
    together = [
        {UUID(guest) for guest in rule.guests}
        for rule in question.problem.rules
        if isinstance(rule, robot.Together)
    ]
    for table_id, sitting in at_table.items():
        found |= _seats(question.floor, table_id, sitting, together)
    return found


def _seats(
    floor: Floor, table_id: UUID, sitting: Sequence[Person], together: Sequence[set[UUID]]
) -> dict[UUID, Spot]:
    locked = {
        spot.seat: person.id
        for person in sitting
        if (spot := floor.spots.get(person.id)) and spot.locked and spot.table == table_id
    }
    groups: dict[UUID, list[UUID]] = defaultdict(list)
    for person in sitting:
        groups[person.party_id].append(person.id)
    seats = floor.tables[table_id].seats
    seat_of = neighbours.seat(list(groups.values()), together, locked, seats)
    stays = set(locked.values())
    return {guest: Spot(table_id, seat, guest in stays) for guest, seat in seat_of.items()}
