"""Guests, parties and imports as somebody may see them: loaded and authorised in one call."""

from __future__ import annotations

from uuid import UUID

from django.db.models.expressions import RawSQL
from django.http import Http404

from seatrobot.events.models import Field
from seatrobot.guests.models import Guest, Import, Party
from seatrobot.guests.writing import email_index
from seatrobot.kernel.principals import Principal

_FIELD_VERSION = RawSQL("events_field.changed_xid::text", [])
_PARTY_VERSION = RawSQL("guests_party.changed_xid::text", [])


def load_guest(
    principal: Principal, event_id: UUID, guest_id: UUID, *, for_update: bool = False
) -> Guest:
    """Return a guest of an event; Http404 when there is none the principal may see."""
    guests = Guest.objects.select_related("event").filter(event_id=event_id, pk=guest_id)
    if for_update:
        guests = guests.select_for_update(of=("self",), no_key=True)
    guest = guests.first() if principal.sees(event_id) else None
    if guest is None:
        raise Http404
    return guest


def load_party(
    principal: Principal, event_id: UUID, party_id: UUID, *, for_update: bool = False
) -> tuple[Party, str]:
    """Return a party of an event and its version; Http404 when there is none to see."""
    parties = Party.objects.select_related("event").filter(event_id=event_id, pk=party_id)
    if for_update:
        parties = parties.select_for_update(of=("self",), no_key=True)
    party = parties.annotate(version=_PARTY_VERSION).first() if principal.sees(event_id) else None
    if party is None:
        raise Http404
    return party, party.version


def field_versions(event_id: UUID) -> dict[UUID, str]:
    """Return the version of each field of an event."""
    rows = Field.objects.filter(event_id=event_id).annotate(version=_FIELD_VERSION)
    return dict(rows.values_list("pk", "version"))


def load_field(principal: Principal, event_id: UUID, field_id: UUID) -> tuple[Field, str]:
    """Return a field of an event and its version; Http404 when there is none to see."""
    rows = Field.objects.filter(event_id=event_id, pk=field_id).annotate(version=_FIELD_VERSION)
    field = rows.first() if principal.sees(event_id) else None
    if field is None:
        raise Http404
    return field, field.version


def load_import(
    principal: Principal, event_id: UUID, import_id: UUID, *, for_update: bool = False
) -> Import:
    """Return an import into an event; Http404 when there is none the principal may see."""
    rows = Import.objects.select_related("event").filter(event_id=event_id, pk=import_id)
    if for_update:
        rows = rows.select_for_update(of=("self",), no_key=True)
    row = rows.first() if principal.sees(event_id) else None
    if row is None:
        raise Http404
    return row


def others_with_address(guest: Guest) -> list[Guest]:
    """Return the other guests of the event with a guest's own address."""
    index = email_index(guest.organization_id, guest.sealed)
    if index is None:
        return []
    rows = Guest.objects.filter(
        organization_id=guest.organization_id, event_id=guest.event_id, email_index=index
    )
    return list(rows.exclude(pk=guest.pk))
