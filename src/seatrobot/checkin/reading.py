"""What the door shows of guests: name, party, seat and status, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from seatrobot.checkin.sentences import NOT_EXPECTED
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.seating.models import Place

MOST_OF_PARTY = 12
"""How many of one party are shown; more would give the list away."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One guest as the door sees them. place: table and seat, empty without one.

    status: the one to go back to while the guest is in.
    """

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


def parties_of(event_id: UUID, hits: list[UUID]) -> list[Party]:
    """Return the parties of these guests in the order of the hits, the hits first in each."""
    order = {guest_id: place for place, guest_id in enumerate(hits)}
    wanted = Guest.objects.filter(pk__in=hits).values("party_id")
    rows = Guest.objects.filter(event_id=event_id, party_id__in=wanted)
    guests = list(rows.select_related("place__table"))
    guests.sort(key=lambda guest: (order.get(guest.pk, len(order)), guest.pk))
    parties: dict[UUID, list[Guest]] = {}
    for guest in guests:
        parties.setdefault(guest.party_id, []).append(guest)
    return [_party(party_id, together) for party_id, together in parties.items()]


def name_of(guest: Guest) -> str:
    return guest.sealed.full_name or _("Guest without a name")


def _party(party_id: UUID, together: list[Guest]) -> Party:
    arrived = sum(guest.checked_in_at is not None for guest in together)
    waiting = sum(guest.checked_in_at is None and guest.status in TAKES_PLACE for guest in together)
    shown = [_arrival(guest) for guest in together[:MOST_OF_PARTY]]
    return Party(party_id, len(together), arrived, waiting, shown)


def _arrival(guest: Guest) -> Arrival:
    status = Status(guest.status_before or guest.status)
    return Arrival(guest.pk, name_of(guest), _place_of(guest), status, guest.checked_in_at)


def _place_of(guest: Guest) -> str:
    place: Place | None = getattr(guest, "place", None)
    if place is None:
        return ""
    return _("%(table)s, seat %(seat)s") % {"table": place.table.name, "seat": place.seat}
