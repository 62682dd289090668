"""One event's tables and who sits where, as it is now; locked while it is being changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from seatrobot.events.models import Event
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.seating import people
from seatrobot.seating.errors import NotInEvent
from seatrobot.seating.models import Place, Room, Table


class Spot(NamedTuple):
    """Where a guest sits: the table, the seat from 0, and whether the robot leaves them there."""

    table: UUID
    seat: int
    locked: bool = False


@dataclass(slots=True)
class Floor:
    """Tables by identifier in their order; spots by guest."""

    room: Room
    tables: dict[UUID, Table]
    spots: dict[UUID, Spot]

    def table(self, table_id: UUID) -> Table:
        """Return a table of this event; raise NotInEvent for any other."""
        if table_id not in self.tables:
            raise NotInEvent(_("This table is no longer there; reload the page."))
        return self.tables[table_id]

    def at(self, table_id: UUID) -> dict[int, UUID]:
        """Return the guests at a table by seat."""
        return {s.seat: guest for guest, s in self.spots.items() if s.table == table_id}

    def free_seats(self, table: Table) -> list[int]:
        taken = self.at(table.pk)
        return [seat for seat in range(table.seats) if seat not in taken]

    @property
    def version(self) -> str:
        """Return what changes with the room and with the people in it."""
        return f"{self.room.revision}-{people.signature(self.room.event_id)}"


def read(event_id: UUID, organization_id: UUID) -> Floor:
    """Return the floor as it is; a guest who no longer takes a place sits nowhere."""
    room = Room.objects.filter(event_id=event_id).first()
    return _load(room or Room(event_id=event_id, organization_id=organization_id))


def lock(event_id: UUID, organization_id: UUID) -> Floor:
    """Return the floor for a change: until the transaction ends nobody else changes it.

    Seats of guests who declined meanwhile become free. Raises NotInEvent for a foreign event.
    """
    room = _locked(event_id) or _first(event_id, organization_id)
    gone = Place.objects.filter(event_id=event_id).exclude(guest__status__in=TAKES_PLACE)
    gone.delete()
    return _load(room)


def bump(room: Room) -> None:
    """Note that something in the room changed."""
    room.revision += 1
    Room.objects.filter(pk=room.pk).update(revision=F("revision") + 1)


def _locked(event_id: UUID) -> Room | None:
    return Room.objects.select_for_update().filter(event_id=event_id).first()


def _first(event_id: UUID, organization_id: UUID) -> Room:
    if not Event.objects.filter(pk=event_id).exists():
        raise NotInEvent(_("This event is no longer there."))
    room = Room(event_id=event_id, organization_id=organization_id)
    Room.objects.bulk_create([room], ignore_conflicts=True)
    found = _locked(event_id)
    assert found is not None
    return found


def _load(room: Room) -> Floor:
    tables = {table.pk: table for table in Table.objects.filter(event_id=room.event_id)}
    places = Place.objects.filter(event_id=room.event_id, guest__status__in=TAKES_PLACE)
    rows = places.values_list("guest_id", "table_id", "seat", "locked")
    return Floor(room, tables, {guest: Spot(table, s, k) for guest, table, s, k in rows})
