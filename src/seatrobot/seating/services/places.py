"""What can be done with one guest, or a few, by hand."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action
from seatrobot.organizations.members import Member
from seatrobot.organizations.permissions import Permission
from seatrobot.seating import floor as floors
from seatrobot.seating import people, seats
from seatrobot.seating.errors import NotInEvent, PartySplit, Refused
from seatrobot.seating.floor import Floor, Spot
from seatrobot.seating.models import Step, Table
from seatrobot.seating.people import Person
from seatrobot.seating.services import history

ANYONE: Final = "anyone"
"""Whoever sits there, swap with them."""


class Party(StrEnum):
    """What to do when a move would seat a party at different tables."""

    ASK = "ask"
    BRING = "bring"
    SPLIT = "split"


def place(
    *,
    actor: Member,
    event_id: UUID,
    guest_id: UUID,
    table_id: UUID,
    seat: int | None = None,
    expects: UUID | Literal["anyone"] | None = ANYONE,
    party: Party = Party.ASK,
) -> Step | None:
    """Seat a guest; with no seat named, next to their party or on the first free seat.

    Who sits there already changes places with the guest. expects: who the person saw on the seat
    (None: nobody); refused when it is somebody else by now. Raises PartySplit when that would
    separate a party and `party` does not say what to do.
    """
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    everybody = people.of_event(event_id, actor.organization_id)
    guest, table = _guest(everybody, guest_id), floor.table(table_id)
    _check_movable(floor, everybody, guest_id)
    if party is Party.BRING:
        after = _bring(floor, everybody, guest, table, seat)
        split: list[UUID] = []
    else:
        after = _move(floor, everybody, guest, table, seat, expects)
        split = [person.party_id for person in _separated(floor, everybody, after)]
        if split and party is Party.ASK:
            raise _ask(floor, everybody, after)
    step = history.change(floor, actor, Step.Kind.MOVE, after, split)
    if step:
        journal.record(
            Action.SEATING_MOVE, event=event_id, subject=guest_id, name=guest.name, table=table.name
        )
    return step


def unseat(*, actor: Member, event_id: UUID, guest_ids: Collection[UUID]) -> Step | None:
    """Take guests from their tables; refused for a locked one."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    everybody = people.of_event(event_id, actor.organization_id)
    for guest_id in guest_ids:
        _guest(everybody, guest_id)
        _check_movable(floor, everybody, guest_id)
    after: dict[UUID, Spot | None] = dict.fromkeys(guest_ids)
    step = history.change(floor, actor, Step.Kind.UNSEAT, after)
    if step:
        _record_moves(step, Action.SEATING_MOVE, unseated=len(step.after))
    return step


def set_locked(
    *, actor: Member, event_id: UUID, guest_ids: Collection[UUID], locked: bool
) -> Step | None:
    """Lock guests to their seats, or unlock them; the robot leaves locked guests where they are."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    everybody = people.of_event(event_id, actor.organization_id)
    after: dict[UUID, Spot | None] = {}
    for guest_id in guest_ids:
        spot = floor.spots.get(guest_id)
        if spot is None:
            name = _guest(everybody, guest_id).name
            raise Refused(
                _("%(name)s has no seat yet, so there is nothing to lock.") % {"name": name}
            )
        after[guest_id] = spot._replace(locked=locked)
    kind = Step.Kind.LOCK if locked else Step.Kind.UNLOCK
    step = history.change(floor, actor, kind, after)
    if step:
        _record_moves(step, Action.SEATING_LOCK, locked=locked, guests=len(step.after))
    return step


def clear(*, actor: Member, event_id: UUID) -> Step | None:
    """Take everybody from the tables but those who are locked."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    after: dict[UUID, Spot | None] = {g: None for g, spot in floor.spots.items() if not spot.locked}
    step = history.change(floor, actor, Step.Kind.CLEAR, after)
    if step:
        _record_moves(step, Action.SEATING_MOVE, cleared=len(step.after))
    return step


def set_party_split(*, actor: Member, event_id: UUID, party_id: UUID, split: bool) -> None:
    """Allow a party to sit at different tables, or keep it together again."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    known = people.parties(people.of_event(event_id, actor.organization_id).values())
    if party_id not in known:
        raise NotInEvent(_("This party is no longer there; reload the page."))
    others = [p for p in floor.room.split_parties if p != party_id]
    floor.room.split_parties = [*others, party_id] if split else others
    floor.room.save(update_fields=["split_parties"])
    floors.bump(floor.room)
    journal.record(Action.SEATING_RULE_CHANGE, event=event_id, subject=party_id, split=split)


def _record_moves(step: Step, action: Action, **facts: int) -> None:
    one = UUID(step.after[0][0]) if len(step.after) == 1 else step.pk
    journal.record(action, event=step.event_id, subject=one, **facts)


def _guest(everybody: dict[UUID, Person], guest_id: UUID) -> Person:
    if guest_id not in everybody:
        raise NotInEvent(_("This guest no longer takes a place at the event; reload the page."))
    return everybody[guest_id]


def _check_movable(floor: Floor, everybody: dict[UUID, Person], guest_id: UUID) -> None:
    spot = floor.spots.get(guest_id)
    if spot and spot.locked:
        raise Refused(
            _("%(name)s is locked at %(table)s; unlock them first.")
            % {"name": everybody[guest_id].name, "table": floor.tables[spot.table].name}
        )


def _move(
    floor: Floor,
    everybody: dict[UUID, Person],
    guest: Person,
    table: Table,
    seat: int | None,
    expects: UUID | str | None,
) -> dict[UUID, Spot | None]:
    at = floor.at(table.pk)
    if seat is None:
        mates = {s for s, g in at.items() if everybody[g].party_id == guest.party_id}
        return {guest.id: Spot(table.pk, _free_seat(floor, guest, table, mates))}
    if not 0 <= seat < table.seats:
        raise NotInEvent(_("%(table)s has no such seat any more.") % {"table": table.name})
    occupant = at.get(seat)
    if expects not in (ANYONE, occupant) and occupant != guest.id:
        raise Refused(_given_away(everybody, table, seat, occupant))
    after: dict[UUID, Spot | None] = {guest.id: Spot(table.pk, seat)}
    if occupant and occupant != guest.id:
        _check_movable(floor, everybody, occupant)
        after[occupant] = floor.spots.get(guest.id)
    return after


def _free_seat(floor: Floor, guest: Person, table: Table, mates: set[int]) -> int:
    own = floor.spots.get(guest.id)
    if own and own.table == table.pk:
        return own.seat
    free = floor.free_seats(table)
    if not free:
        raise Refused(
            ngettext(
                "%(table)s is full: its %(seats)s seat is taken.",
                "%(table)s is full: all %(seats)s seats are taken.",
                table.seats,
            )
            % {"table": table.name, "seats": table.seats}
        )
    return seats.nearest(free, mates, table.seats)


def _bring(
    floor: Floor, everybody: dict[UUID, Person], guest: Person, table: Table, seat: int | None
) -> dict[UUID, Spot | None]:
    """Move the guest's whole party; who is there already keeps their seat."""
    party = [p for p in everybody.values() if p.party_id == guest.party_id]
    here = [p.id for p in party if (s := floor.spots.get(p.id)) and s.table == table.pk]
    coming = [guest.id] + [p.id for p in party if p.id != guest.id and p.id not in here]
    coming = [g for g in coming if g not in here]
    for person in coming:
        _check_movable(floor, everybody, person)
    free = floor.free_seats(table)
    if len(free) < len(coming):
        raise Refused(
            _("%(table)s has %(free)s free seats and the party needs %(needed)s.")
            % {"table": table.name, "free": len(free), "needed": len(coming)}
        )
    taken = {floor.spots[g].seat for g in here} | ({seat} if seat is not None else set())
    after: dict[UUID, Spot | None] = {}
    for person in coming:
        chosen = seats.nearest(free, taken, table.seats)
        free.remove(chosen)
        taken.add(chosen)
        after[person] = Spot(table.pk, chosen)
    return after


def _given_away(
    everybody: dict[UUID, Person], table: Table, seat: int, occupant: UUID | None
) -> str:
    facts = {"table": table.name, "seat": seat + 1}
    if occupant is None:
        return _("Seat %(seat)s at %(table)s was left meanwhile; nobody is there now.") % facts
    facts["name"] = everybody[occupant].name
    return _("Seat %(seat)s at %(table)s was given to %(name)s meanwhile.") % facts


def _separated(
    floor: Floor, everybody: dict[UUID, Person], after: dict[UUID, Spot | None]
) -> list[Person]:
    """Return who would sit apart from their party; one for each party, the moved one first."""
    found: dict[UUID, Person] = {}
    for guest_id, spot in after.items():
        person = everybody[guest_id]
        if spot is None or person.party_id in floor.room.split_parties:
            continue
        if any(other != spot.table for other in _tables_of_others(floor, everybody, person, after)):
            found.setdefault(person.party_id, person)
    return list(found.values())


def _tables_of_others(
    floor: Floor, everybody: dict[UUID, Person], person: Person, after: dict[UUID, Spot | None]
) -> list[UUID]:
    """Return the tables where the rest of a party would sit."""
    members = (p.id for p in everybody.values() if p.party_id == person.party_id)
    spots = (after.get(g, floor.spots.get(g)) for g in members if g != person.id)
    return [spot.table for spot in spots if spot]


def _ask(floor: Floor, everybody: dict[UUID, Person], after: dict[UUID, Spot | None]) -> PartySplit:
    person = _separated(floor, everybody, after)[0]
    rest = [p for p in everybody.values() if p.party_id == person.party_id and p is not person]
    sentence = ngettext(
        "%(name)s comes with %(other)s, who would sit at another table.",
        "%(name)s comes with %(other)s and %(more)s more, who would sit at another table.",
        len(rest),
    )
    facts = {"name": person.name, "other": rest[0].name, "more": len(rest) - 1}
    return PartySplit(sentence % facts, [p.id for p in rest])
