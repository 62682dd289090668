"""The guest list as a table for others: CSV or Excel; importing it again changes nothing."""

from __future__ import annotations

import msgspec

from seatrobot.documents.writing import write_csv, write_xlsx
from seatrobot.events.models import Event
from seatrobot.guests.directory import Directory, open_list
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.importing.layout import Listed, lay_out
from seatrobot.guests.listing import Listing
from seatrobot.guests.opened import OpenGuest
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export(
    *,
    actor: Principal,
    event: Event,
    listing: Listing,
    kind: str,
) -> bytes:
    """Return the guests that a listing finds, as a file of a kind of KINDS."""
    actor.require(Permission.GUEST_EXPORT, event.pk)
    directory = open_list(actor, event.pk)
    guests = listing.guests(directory)
    searched = listing.query()
    journal.record(
        Action.GUEST_EXPORT, event=event.pk, kind=kind, count=len(guests), search=searched
    )
    columns, rows = lay_out([_listed(directory, guest) for guest in guests])
    if kind == "csv":
        return write_csv(columns, rows)
    return write_xlsx(columns, rows, event.title)


def _listed(directory: Directory, guest: OpenGuest) -> Listed:
    """Return a guest for the list; one without a reference is known again by the identifier."""
    record = guest.record
    if not record.reference:
        record = msgspec.structs.replace(record, reference=str(guest.id))
    number = directory.party_numbers.get(guest.party_id)
    host = directory.guests.get(guest.host_id) if guest.host_id else None
    return Listed(record, guest.status, str(number or ""), directory.name(host) if host else "")
