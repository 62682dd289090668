"""The guest list as a table for others: CSV or Excel; importing it again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.documents.writing import write_csv, write_xlsx
from seatrobot.events.models import Event
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.guest_list import GuestList, OpenGuest, open_list
from seatrobot.guests.importing.layout import Listed, export_columns, place_heading
from seatrobot.guests.importing.values import is_filler, says_alone
from seatrobot.guests.places import Room, rooms_of
from seatrobot.guests.searching import Listing
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import normalized_name

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export(*, actor: Principal, event: Event, listing: Listing, kind: str) -> bytes:
    """Return the guests that a listing finds, as a file of a kind of KINDS."""
    actor.require(Permission.GUEST_EXPORT, event.pk)
    guest_list = open_list(actor, event.pk).seated_in(rooms_of(actor, event.pk))
    guests = listing.guests(guest_list)
    if len(guests) == len(guest_list):
        journal.shown_everybody()
    else:
        journal.shown(guest.id for guest in guests)
    journal.record(
        Action.GUEST_EXPORT,
        event_id=event.pk,
        kind=kind,
        count=len(guests),
        filters=listing.filters,
    )
    names = Names(guest_list)
    listed = [_listed(guest_list, guest, names) for guest in guests]
    columns, rows = export_columns(listed, guest_list.fields)
    if guest_list.rooms:
        columns = [*columns, *_place_headings(guest_list.rooms)]
        rows = (
            [*row, *_places(guest_list.rooms, guest.id)]
            for row, guest in zip(rows, guests, strict=True)
        )
    if kind == "csv":
        return write_csv(columns, rows)
    return write_xlsx(columns, rows, event.title)


def _place_headings(rooms: Sequence[Room]) -> Iterator[str]:
    for room in rooms:
        yield place_heading(_("Table"), room.title)
        yield place_heading(_("Seat"), room.title)


def _places(rooms: Sequence[Room], guest_id: UUID) -> Iterator[str]:
    for room in rooms:
        at = room.places.get(guest_id)
        yield at.table if at else ""
        yield str(at.seat) if at else ""


def _listed(guest_list: GuestList, guest: OpenGuest, names: Names) -> Listed:
    host = guest_list.guests.get(guest.host_id) if guest.host_id else None
    return Listed(
        guest.record,
        guest.facts,
        guest.checked_in_at,
        names.group(guest),
        names.host(host) if host else "",
        str(guest.id),
    )


class Names:
    """What parties and hosts are called in a file, so that they are told apart when it comes back.

    A label or name is used where no other is taken for the same; else a party has its number, and
    a host the identifier.
    """

    def __init__(self, guest_list: GuestList) -> None:
        self.guest_list = guest_list
        labels = (party.label for party in guest_list.parties.values() if party.label)
        self.labels = Counter(map(normalized_name, labels))
        self.names = Counter(
            normalized_name(guest.record.full_name)
            for guest in guest_list.guests.values()
            if guest.record.full_name
        )

    def group(self, guest: OpenGuest) -> str:
        number = self.guest_list.party_numbers.get(guest.party_id)
        party = self.guest_list.parties.get(guest.party_id)
        label = party.label if party else ""
        key = normalized_name(label)
        is_plain = key and not key.isdigit() and not label.isdigit() and not says_alone(label)
        return label if is_plain and self.labels[key] == 1 else str(number or "")

    def host(self, host: OpenGuest) -> str:
        name = host.record.full_name
        is_plain = name and self.names[normalized_name(name)] == 1 and not is_filler(name)
        return name if is_plain else str(host.id)
