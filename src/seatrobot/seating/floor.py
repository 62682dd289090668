"""The tables of one room and who sits where, as it is now; locked while it is being changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext as _

from seatrobot.events.models import Activity
from seatrobot.guests import guest_list
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.refusal import Refused
from seatrobot.seating.models import Room, SeatAssignment, Table

EVERYTHING = Q()


class NotInRoom(Refused):
    """A guest, table or rule that this room does not have (any more)."""

    status = 404


class Seat(NamedTuple):
    """One seat of a table, counted from 0. locked: the robot leaves its guest there."""

    table: UUID
    number: int
    locked: bool = False


@dataclass(slots=True)
class Floor:
    """Tables by identifier in their order; seats by guest.

    seats: of everybody, or of those around a change (`lock`).
    """

    room: Room
    tables: dict[UUID, Table]
    seats: dict[UUID, Seat]

    def table(self, table_id: UUID) -> Table:
        """Return a table of this room; raise NotInRoom for any other."""
        if table_id not in self.tables:
            raise NotInRoom(_("This table is no longer there; reload the page."))
        return self.tables[table_id]

    def at(self, table_id: UUID) -> dict[int, UUID]:
        """Return the guests at a table by number of the seat, in that order."""
        taken = ((s.number, guest) for guest, s in self.seats.items() if s.table == table_id)
        return dict(sorted(taken))

    def by_table(self) -> dict[UUID, dict[int, UUID]]:
        """Return the guests at every table that has some, by number of the seat, in that order."""
        found: dict[UUID, dict[int, UUID]] = {}
        for guest, seat in sorted(self.seats.items(), key=lambda item: item[1].number):
            found.setdefault(seat.table, {})[seat.number] = guest
        return found

    def free_seats(self, table: Table) -> list[int]:
        taken = self.at(table.pk)
        return [number for number in range(table.seats) if number not in taken]


def version(room: Room, list_version: str = "") -> str:
    """Return what changes with the room and with the guest list of its event.

    list_version: of the guest list that was read with the room; asked for when it is not given.
    """
    return f"{room.revision}-{list_version or guest_list.version(room.event_id)}"


def room_of(activity: Activity) -> Room:
    """Return the room of an activity; a new one that is not stored while nothing is in it."""
    return Room.objects.filter(activity_id=activity.pk).first() or _new_room(activity)


def read(activity: Activity) -> Floor:
    """Return the floor as it is; a guest who no longer takes a place has no seat."""
    return _load(room_of(activity), EVERYTHING)


def lock(activity: Activity, around: Q = EVERYTHING) -> Floor:
    """Return the floor for a change: until the transaction ends nobody else changes it.

    around: the seat assignments that the change concerns; only they are read. Seats of guests who
    no longer take a place become free. Raises NotInRoom for a foreign activity.
    """
    room = _locked(activity) or _first(activity)
    taken = SeatAssignment.objects.filter(around, room=room)
    taken.exclude(guest__status__in=TAKES_PLACE).delete()
    return _load(room, around)


def read_seats(floor: Floor, guest_ids: Collection[UUID]) -> None:
    """Read the seats of further guests into a floor that was locked around others."""
    floor.seats |= _seats(floor.room, Q(guest_id__in=one_of(guest_ids)))


def bump(room: Room) -> None:
    """Note that something in the room changed."""
    room.revision += 1
    Room.objects.filter(pk=room.pk).update(revision=F("revision") + 1)


def _locked(activity: Activity) -> Room | None:
    return Room.objects.select_for_update().filter(activity_id=activity.pk).first()


def _first(activity: Activity) -> Room:
    if not Activity.objects.filter(pk=activity.pk, event_id=activity.event_id).exists():
        raise NotInRoom(_("This event is no longer there."))
    Room.objects.bulk_create([_new_room(activity)], ignore_conflicts=True)
    found = _locked(activity)
    assert found is not None
    return found


def _new_room(activity: Activity) -> Room:
    return Room(
        organization_id=activity.organization_id,
        event_id=activity.event_id,
        activity_id=activity.pk,
    )


def _load(room: Room, around: Q) -> Floor:
    tables = {table.pk: table for table in Table.objects.filter(room=room)}
    return Floor(room, tables, _seats(room, around) if tables else {})


def _seats(room: Room, around: Q) -> dict[UUID, Seat]:
    taken = SeatAssignment.objects.filter(around, room=room, guest__status__in=TAKES_PLACE)
    rows = taken.values_list("guest_id", "table_id", "seat", "locked")
    return {guest: Seat(table, number, locked) for guest, table, number, locked in rows}
