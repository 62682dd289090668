"""How a guest gets from seat to seat: who changes places, who comes along, what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.principals import Principal
from seatrobot.seating import floor as floors
from seatrobot.seating import people, seats
from seatrobot.seating.errors import NotInEvent, PartySplit, Refused
from seatrobot.seating.floor import Floor, Spot
from seatrobot.seating.models import Table
from seatrobot.seating.people import Person

ANYONE: Final = "anyone"
"""Whoever sits there, swap with them."""

Expected = UUID | Literal["anyone"] | None
Spots = dict[UUID, Spot | None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a table, perhaps a seat, and who the person saw on it (None: nobody)."""

    table: Table
    seat: int | None = None
    expects: Expected = ANYONE


@dataclass(frozen=True, slots=True)
class Company:
    """The locked floor and everybody who takes a place."""

    floor: Floor
    people: dict[UUID, Person]

    @classmethod
    def locked(cls, actor: Principal, event_id: UUID) -> Company:
        """Return the company of an event, locked for a change."""
        floor = floors.lock(event_id, actor.organization_id)
        return cls(floor, people.of_event(event_id, actor.organization_id))

    def guest(self, guest_id: UUID) -> Person:
        """Return a guest who takes a place; raise NotInEvent for anybody else."""
        if guest_id not in self.people:
            raise NotInEvent(_("This guest no longer takes a place at the event; reload the page."))
        return self.people[guest_id]

    def check_movable(self, guest_id: UUID) -> None:
        """Raise Refused when the guest is locked."""
        spot = self.floor.spots.get(guest_id)
        if spot and spot.locked:
            raise Refused(
                _("%(name)s is locked at %(table)s; unlock them first.")
                % {
                    "name": self.people[guest_id].name,
                    "table": self.floor.tables[spot.table].name,
                }
            )

    def move(self, guest: Person, to: Target) -> Spots:
        """Return where everybody concerned would sit when the guest moves alone."""
        at = self.floor.at(to.table.pk)
        if to.seat is None:
            mates = {s for s, g in at.items() if self.people[g].party_id == guest.party_id}
            return {guest.id: Spot(to.table.pk, self._free_seat(guest, to.table, mates))}
        if not 0 <= to.seat < to.table.seats:
            raise NotInEvent(_("%(table)s has no such seat any more.") % {"table": to.table.name})
        occupant = at.get(to.seat)
        if to.expects not in (ANYONE, occupant) and occupant != guest.id:
            raise Refused(self._given_away(to.table, to.seat, occupant))
        after: Spots = {guest.id: Spot(to.table.pk, to.seat)}
        if occupant and occupant != guest.id:
            self.check_movable(occupant)
            after[occupant] = self.floor.spots.get(guest.id)
        return after

    def bring(self, guest: Person, to: Target) -> Spots:
        """Return where the guest's whole party would sit; who is there already keeps the seat."""
        spots = self.floor.spots
        party = [guest.id, *(mate.id for mate in self.mates(guest))]
        here = {g for g in party if (spot := spots.get(g)) and spot.table == to.table.pk}
        coming = [g for g in party if g not in here]
        for person in coming:
            self.check_movable(person)
        free = self.floor.free_seats(to.table)
        if len(free) < len(coming):
            sentence = ngettext(
                "%(table)s has %(free)s free seat and the party needs %(needed)s.",
                "%(table)s has %(free)s free seats and the party needs %(needed)s.",
                len(free),
            )
            facts = {"table": to.table.name, "free": len(free), "needed": len(coming)}
            raise Refused(sentence % facts)
        near = {spots[g].seat for g in here} | ({to.seat} if to.seat is not None else set())
        after: Spots = {}
        for person in coming:
            chosen = seats.nearest(free, near, to.table.seats)
            free.remove(chosen)
            near.add(chosen)
            after[person] = Spot(to.table.pk, chosen)
        return after

    def separated(self, after: Spots) -> list[Person]:
        """Return who would sit apart from their party: one of each, the moved one first."""
        found: dict[UUID, Person] = {}
        for guest_id, spot in after.items():
            person = self.people[guest_id]
            if spot is None or person.party_id in self.floor.room.split_parties:
                continue
            others = (after.get(m.id, self.floor.spots.get(m.id)) for m in self.mates(person))
            if any(other and other.table != spot.table for other in others):
                found.setdefault(person.party_id, person)
        return list(found.values())

    def question(self, person: Person) -> PartySplit:
        """Return the question whether this guest is meant to sit apart from their party."""
        rest = self.mates(person)
        sentence = ngettext(
            "%(name)s comes with %(other)s, who would sit at another table.",
            "%(name)s comes with %(other)s and %(more)s more, who would sit at another table.",
            len(rest),
        )
        facts = {"name": person.name, "other": rest[0].name, "more": len(rest) - 1}
        return PartySplit(sentence % facts, [mate.id for mate in rest])

    def mates(self, person: Person) -> list[Person]:
        """Return the rest of a guest's party."""
        everybody = self.people.values()
        return [p for p in everybody if p.party_id == person.party_id and p.id != person.id]

    def _free_seat(self, guest: Person, table: Table, mates: set[int]) -> int:
        own = self.floor.spots.get(guest.id)
        if own and own.table == table.pk:
            return own.seat
        free = self.floor.free_seats(table)
        if free:
            return seats.nearest(free, mates, table.seats)
        raise Refused(
            ngettext(
                "%(table)s is full: its %(seats)s seat is taken.",
                "%(table)s is full: all %(seats)s seats are taken.",
                table.seats,
            )
            % {"table": table.name, "seats": table.seats}
        )

    def _given_away(self, table: Table, seat: int, occupant: UUID | None) -> str:
        facts = {"table": table.name, "seat": seat + 1}
        if occupant is None:
            return _("Seat %(seat)s at %(table)s was left meanwhile; nobody is there now.") % facts
        facts["name"] = self.people[occupant].name
        return _("Seat %(seat)s at %(table)s was given to %(name)s meanwhile.") % facts
