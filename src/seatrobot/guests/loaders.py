"""Guests as a member may see them: loaded and authorised in one call."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404

from seatrobot.guests.models import Guest, Import
from seatrobot.kernel.principals import Principal


def load_guest(
    member: Principal, event_id: UUID, guest_id: UUID, *, for_update: bool = False
) -> Guest:
    """Return a guest of an event; Http404 when there is none the member may see."""
    guests = Guest.objects.select_related("event")
    if for_update:
        guests = guests.select_for_update(of=("self",))
    guest = guests.filter(event_id=event_id, pk=guest_id).first() if member.sees(event_id) else None
    if guest is None:
        raise Http404
    return guest


def load_import(member: Principal, event_id: UUID, import_id: UUID) -> Import:
    """Return an import into an event; Http404 when there is none the member may see."""
    row = Import.objects.select_related("event").filter(event_id=event_id, pk=import_id).first()
    if row is None or not member.sees(event_id):
        raise Http404
    return row
