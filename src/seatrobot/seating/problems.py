"""From rows to what the robot is asked, and from its plan to seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.seating import columns, robot
from seatrobot.seating import floor as floors
from seatrobot.seating.columns import Column
from seatrobot.seating.floor import Floor, Seat
from seatrobot.seating.models import Rule
from seatrobot.seating.seats import arrange_together

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
    guests: list[OpenGuest]
    version: str


def ask(floor: Floor, guests: GuestList, rules: Iterable[Rule]) -> Question:
    """Return the question of a room. Rules about people or tables that are gone shrink or go."""
    coming = guests.taking_place
    parties = parties_of(coming)
    found = columns.columns(guests)
    present = {guest.id for guest in coming}
    asked = (_rule(rule, floor, present, found, coming) for rule in rules)
    known = [rule for rule in asked if rule is not None]
    mixed = {r.trait: found[r.trait] for r in known if isinstance(r, robot.Mix)}
    people = tuple(
        robot.Guest(
            str(guest.id),
            str(guest.party_id) if guest.party_id in parties else None,
            {key: frozenset(column.values(guest.record)) for key, column in mixed.items()},
        )
        for guest in coming
    )
    tables = tuple(robot.Table(str(t.pk), t.seats, t.x, t.y) for t in floor.tables.values())
    fixed = tuple(
        robot.Fixed(str(guest), str(seat.table))
        for guest, seat in floor.seats.items()
        if seat.locked and guest in present
    )
    split = frozenset(str(party) for party in floor.room.split_parties)
    problem = robot.Problem(people, tables, tuple(known), fixed, split)
    return Question(problem, floor, coming, floors.version(floor.room, guests.version))


def parties_of(coming: Iterable[OpenGuest]) -> dict[UUID, list[OpenGuest]]:
    """Return the parties of which two or more are among these guests."""
    parties: dict[UUID, list[OpenGuest]] = defaultdict(list)
    for guest in coming:
        parties[guest.party_id].append(guest)
    return {party: members for party, members in parties.items() if len(members) > 1}


def _rule(
    rule: Rule,
    floor: Floor,
    present: set[UUID],
    found: Mapping[str, Column],
    coming: Sequence[OpenGuest],
) -> robot.Rule | None:
    guests = frozenset(str(guest) for guest in rule.guest_ids if guest in present)
    tables = frozenset(str(table) for table in rule.table_ids if table in floor.tables)
    strength: robot.Strength = "must" if rule.strength == Rule.Strength.MUST else "wish"
    common: dict[str, Any] = {"id": str(rule.pk), "strength": strength, "weight": rule.weight}
    if rule.kind in ABOUT_GUESTS:
        return ABOUT_GUESTS[rule.kind](guests=guests, **common) if len(guests) > 1 else None
    if rule.kind in ABOUT_TABLES:
        made = ABOUT_TABLES[rule.kind]
        return made(guests=guests, tables=tables, **common) if guests and tables else None
    column = found.get(rule.sealed.column)
    if column is None or not any(column.values(guest.record) for guest in coming):
        return None
    return robot.Mix(trait=column.key, **common)


def seats_of(question: Question, assignments: Mapping[str, str]) -> dict[UUID, Seat | None]:
    """Return a seat for every guest of the question; None for who has no table.

    Locked guests keep their seat; parties sit side by side, and where that leaves it open also
    those whom a rule keeps together.
    """
    at_table: dict[UUID, list[OpenGuest]] = defaultdict(list)
    found: dict[UUID, Seat | None] = {}
    for guest in question.guests:
        table = assignments.get(str(guest.id))
        if table is None:
            found[guest.id] = None
        else:
            at_table[UUID(table)].append(guest)
    together = [
        {UUID(guest) for guest in rule.guests}
        for rule in question.problem.rules
        if isinstance(rule, robot.Together)
    ]
    for table_id, sitting in at_table.items():
        found |= _at_one_table(question.floor, table_id, sitting, together)
    return found


def _at_one_table(
    floor: Floor, table_id: UUID, sitting: Sequence[OpenGuest], together: Sequence[set[UUID]]
) -> dict[UUID, Seat]:
    locked = {
        seat.number: guest.id
        for guest in sitting
        if (seat := floor.seats.get(guest.id)) and seat.locked and seat.table == table_id
    }
    parties: dict[UUID, list[UUID]] = defaultdict(list)
    for guest in sitting:
        parties[guest.party_id].append(guest.id)
    seats = floor.tables[table_id].seats
    numbers = arrange_together(list(parties.values()), together, locked, seats)
    stays = set(locked.values())
    return {guest: Seat(table_id, number, guest in stays) for guest, number in numbers.items()}
