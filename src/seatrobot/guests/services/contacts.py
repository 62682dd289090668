"""Guests and the contacts they are: linked by address and name, kept where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from seatrobot.contacts import services as contacts
from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.contacts.models import ContactRecord
from seatrobot.contacts.services import Person
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services.applying import Link
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal


def linking(*, actor: Principal, event_id: UUID, keep: bool) -> Link:
    """Return what finds the contacts of guests who are imported; keep: and makes those missing."""
    actor.require(Permission.GUEST_IMPORT, event_id)
    if keep or contacts.are_there(actor.organization_id):
        return lambda people: _contacts_of(actor, people, keep=keep)
    return lambda _people: {}


def _contacts_of(
    actor: Principal, people: Mapping[UUID, GuestRecord], *, keep: bool
) -> dict[UUID, UUID]:
    """Return the contacts of guests; those without a name or an address stay by themselves."""
    known = {
        guest_id: record
        for guest_id, record in people.items()
        if record.email and (record.first_name or record.last_name)
    }
    persons = {
        guest_id: Person(record.first_name, record.last_name, record.email)
        for guest_id, record in known.items()
    }
    links = contacts.find_people(actor.organization_id, persons)
    if keep:
        new = {
            guest_id: contact_record(record)
            for guest_id, record in known.items()
            if guest_id not in links
        }
        links |= contacts.keep_people(actor=actor, people=new)
    return links


def keep(*, actor: Principal, guest: Guest) -> UUID | None:
    """Make a contact of a guest, or link the one that there is; return it.

    None for a guest without a name or an address. Whoever may not see contacts does not learn from
    this who is one.
    """
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    actor.require(ContactPermission.CONTACT_CHANGE)
    record = guest.sealed
    if not (record.email and (record.first_name or record.last_name)):
        return None
    person = Person(record.first_name, record.last_name, record.email)
    links = contacts.find_people(actor.organization_id, {guest.pk: person})
    if not links:
        links = contacts.keep_people(actor=actor, people={guest.pk: contact_record(record)})
    _set(guest, links[guest.pk])
    return links[guest.pk]


def unlink(*, actor: Principal, guest: Guest) -> None:
    """Let a guest be nobody's contact; the contact stays."""
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    _set(guest, None)


def contact_record(record: GuestRecord) -> ContactRecord:
    """Return what of a guest is of the person."""
    return ContactRecord(
        title=record.title,
        first_name=record.first_name,
        last_name=record.last_name,
        suffix=record.suffix,
        company=record.company,
        phone=record.phone,
        emails=[record.email] if record.email else [],
    )


def _set(guest: Guest, contact_id: UUID | None) -> None:
    changes = {"contact": contact_id, "changed_at": now()}
    Guest.objects.filter(event_id=guest.event_id, pk=guest.pk).update(**changes)
    journal.record(
        Action.GUEST_CHANGE, event_id=guest.event_id, subject_id=guest.pk, changed=["contact"]
    )
