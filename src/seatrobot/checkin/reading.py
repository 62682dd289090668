"""What the door shows of guests: name, party, seat and status, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from seatrobot.checkin.sentences import NOT_EXPECTED
from seatrobot.guests.directory import Directory
from seatrobot.guests.models import Guest
from seatrobot.guests.opened import OpenGuest
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.seating.models import SeatAssignment

MOST_OF_PARTY = 12
"""How many of one party are shown; more would give the list away."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One guest as the door sees them. place: table and seat, empty without one."""

    id: UUID
    name: str
    place: str
    status: Status
    checked_in_at: datetime | None

    @property
    def is_in(self) -> bool:
        return self.checked_in_at is not None

    @property
    def is_expected(self) -> bool:
        return self.status in TAKES_PLACE

    @property
    def why(self) -> str:
        """Why this guest is not expected."""
        return str(NOT_EXPECTED[self.status])


@dataclass(frozen=True, slots=True)
class Party:
    """People who come together; waiting: those who are expected and not in yet."""

    id: UUID
    size: int
    arrived: int
    waiting: int
    guests: list[Arrival]

    @property
    def unseen(self) -> int:
        return self.size - len(self.guests)


@dataclass(frozen=True, slots=True)
class Counts:
    """expected: everybody whose status takes a place. arrived: those of them who are in."""

    expected: int
    arrived: int

    @property
    def to_come(self) -> int:
        return self.expected - self.arrived


def count(event_id: UUID) -> Counts:
    """Count an event's guests in one statement that opens nothing."""
    takes_place = Guest.objects.filter(event_id=event_id, status__in=sorted(TAKES_PLACE))
    return Counts(**takes_place.aggregate(expected=Count("pk"), arrived=Count("checked_in_at")))


def parties_of(directory: Directory, hits: list[OpenGuest]) -> list[Party]:
    """Return the parties of these guests in the order of the hits, the hits first in each."""
    parties: dict[UUID, list[OpenGuest]] = {}
    for guest in hits:
        parties.setdefault(guest.party_id, []).append(guest)
    for party_id, shown in parties.items():
        others = directory.parties.get(party_id, [])
        shown += [guest for guest in others if guest not in shown]
    places = _places([g.id for party in parties.values() for g in party[:MOST_OF_PARTY]])
    return [_party(directory, places, party) for party in parties.values()]


def name_of(directory: Directory, guest: OpenGuest) -> str:
    """Return a guest's name; never the address, which the door may not see."""
    if name := guest.record.full_name:
        return name
    host = directory.guests.get(guest.host_id) if guest.host_id else None
    if host and host.record.full_name:
        return _("Guest of %(name)s") % {"name": host.record.full_name}
    return _("Guest without a name")


def _party(directory: Directory, places: dict[UUID, str], together: list[OpenGuest]) -> Party:
    arrived = sum(guest.checked_in_at is not None for guest in together)
    waiting = sum(guest.checked_in_at is None and guest.status in TAKES_PLACE for guest in together)
    shown = [
        Arrival(
            guest.id,
            name_of(directory, guest),
            places.get(guest.id, ""),
            guest.status,
            guest.checked_in_at,
        )
        for guest in together[:MOST_OF_PARTY]
    ]
    return Party(together[0].party_id, len(together), arrived, waiting, shown)


def _places(guests: list[UUID]) -> dict[UUID, str]:
    """Return table and seat of each guest who has one."""
    places = SeatAssignment.objects.filter(guest_id__in=guests).select_related("table")
    return {
        place.guest_id: _("%(table)s, seat %(seat)s")
        % {"table": place.table.name, "seat": place.seat + 1}
        for place in places
    }
