"""The guest list as a table for others: CSV or Excel; importing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from seatrobot.documents.writing import write_csv, write_xlsx
from seatrobot.events.models import Event
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.guest_list import GuestList, OpenGuest, open_list
from seatrobot.guests.importing.layout import Listed, lay_out, place_heading
from seatrobot.guests.places import Room, rooms_of
from seatrobot.guests.searching import Listing
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal

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
    listed = [_listed(guest_list, guest) for guest in guests]
    columns, rows = lay_out(listed, guest_list.fields)
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


def _listed(guest_list: GuestList, guest: OpenGuest) -> Listed:
    """Return a guest for the list; one without a reference is known again by the identifier."""
    record = guest.record
    if not record.reference:
        record = msgspec.structs.replace(record, reference=str(guest.id))
    host = guest_list.guests.get(guest.host_id) if guest.host_id else None
    return Listed(
        record,
        guest.facts,
        guest.checked_in_at,
        _group(guest_list, guest),
        guest_list.name(host) if host else "",
    )


def _group(guest_list: GuestList, guest: OpenGuest) -> str:
    """Return what tells the guests of one party: its label where no other has it, else a number."""
    number = guest_list.party_numbers.get(guest.party_id)
    party = guest_list.parties.get(guest.party_id)
    label = party.label if party else ""
    if label and not label.isdigit() and guest_list.labels[label] == 1:
        return label
    return str(number or "")
