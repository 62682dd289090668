"""From rows to what the robot is asked, and from its plan to seats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.seating import columns, robot
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
    """The robot's problem, and everything its answer is read with."""

    problem: robot.Problem
    floor: Floor
    guests: list[OpenGuest]

    @property
    def seating(self) -> dict[str, str]:
        """The tables of those who sit now."""
        present = {guest.id for guest in self.guests}
        return {str(g): str(s.table) for g, s in self.floor.seats.items() if g in present}

    @property
    def fingerprint(self) -> str:
        """A text that changes with what was asked, and with every seat."""
        seats = sorted((str(g), str(s.table), s.number) for g, s in self.floor.seats.items())
        told = msgspec.json.encode((self.problem, seats), order="deterministic")
        return sha256(told).hexdigest()


def ask(
    floor: Floor, guests: GuestList, rules: Iterable[Rule], most_moves: int | None = None
) -> Question:
    """Return the question of a room. Rules about people or tables that are gone shrink or go.

    most_moves: of those who sit, how many may change tables; None: everybody is seated anew.
    """
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
    seated = tuple(
        robot.Fixed(str(guest), str(seat.table))
        for guest, seat in floor.seats.items()
        if most_moves is not None and guest in present
    )
    split = frozenset(str(party) for party in floor.room.split_parties)
    problem = robot.Problem(people, tables, tuple(known), fixed, split, seated, most_moves)
    return Question(problem, floor, coming)


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
    if rule.kind in ABOUT_GUESTS or rule.kind in ABOUT_TABLES:
        guests = [guest for guest in rule.guest_ids if guest in present]
        return rule_of(rule, guests, [table for table in rule.table_ids if table in floor.tables])
    column = found.get(rule.sealed.column)
    if column is None or not any(column.values(guest.record) for guest in coming):
        return None
    return robot.Mix(id=str(rule.pk), weight=rule.weight, trait=column.key)


def rule_of(
    rule: Rule, guest_ids: Iterable[UUID] | None = None, table_ids: Iterable[UUID] | None = None
) -> robot.Rule | None:
    """Return a rule about guests, or guests and tables, as the robot knows it.

    None where too few are left for it to say anything, and for a mixing rule.
    """
    guests = frozenset(map(str, rule.guest_ids if guest_ids is None else guest_ids))
    tables = frozenset(map(str, rule.table_ids if table_ids is None else table_ids))
    strength: robot.Strength = "must" if rule.strength == Rule.Strength.MUST else "wish"
    common: dict[str, Any] = {"id": str(rule.pk), "strength": strength, "weight": rule.weight}
    if rule.kind in ABOUT_GUESTS:
        return ABOUT_GUESTS[rule.kind](guests=guests, **common) if len(guests) > 1 else None
    if rule.kind in ABOUT_TABLES:
        made = ABOUT_TABLES[rule.kind]
        return made(guests=guests, tables=tables, **common) if guests and tables else None
    return None


def seats_of(question: Question, assignments: Mapping[str, str]) -> dict[UUID, Seat | None]:
    """Return a seat for every guest of the question; None for who has no table.

    Locked guests keep their seat, and so do all who stay at their table unless everybody is seated
    anew. Parties sit side by side, and where that leaves it open also those whom a rule keeps
    together.
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
        found |= _at_one_table(question, table_id, sitting, together)
    return found


def _at_one_table(
    question: Question, table_id: UUID, sitting: Sequence[OpenGuest], together: Sequence[set[UUID]]
) -> dict[UUID, Seat]:
    floor, anew = question.floor, question.problem.most_moves is None
    stays = {
        seat.number: guest.id
        for guest in sitting
        if (seat := floor.seats.get(guest.id))
        and seat.table == table_id
        and (seat.locked or not anew)
    }
    parties: dict[UUID, list[UUID]] = defaultdict(list)
    for guest in sitting:
        parties[guest.party_id].append(guest.id)
    seats = floor.tables[table_id].seats
    numbers = arrange_together(list(parties.values()), together, stays, seats)
    locked = {guest for guest, seat in floor.seats.items() if seat.locked}
    return {guest: Seat(table_id, number, guest in locked) for guest, number in numbers.items()}
