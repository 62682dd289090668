"""Guests and the contacts they are: linked by address and name, kept where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from seatrobot.contacts import services as contacts
from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.contacts.models import ContactRecord
from seatrobot.contacts.services import Person
from seatrobot.events.models import Event
from seatrobot.guests import capacity, writing
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest, Party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services.applying import Link
from seatrobot.guests.statuses import Facts, Reply
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import fold, normalized_name

OUTSTANDING = Facts(Reply.OUTSTANDING)
_LINK = """
UPDATE guests_guest SET contact_id = new.contact_id, changed_at = %s
FROM unnest(%s::uuid[], %s::uuid[]) AS new (id, contact_id)
WHERE guests_guest.event_id = %s AND guests_guest.id = new.id
"""


class Invited(NamedTuple):
    """How many contacts were put on a list, and how many were on it already."""

    added: int
    already: int


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


def keep_many(*, actor: Principal, event: Event, ids: Sequence[UUID]) -> int:
    """Make contacts of guests, or link those there are; return how many guests got one.

    Guests without a name or an address, and those who have a contact, stay as they are.
    """
    actor.require(Permission.GUEST_CHANGE, event.pk)
    actor.require(ContactPermission.CONTACT_CHANGE)
    capacity.lock_list(event.pk)
    guests = open_list(actor, event.pk).guests
    people = {pk: guests[pk].record for pk in ids if pk in guests and guests[pk].contact_id is None}
    links = _contacts_of(actor, people, keep=True)
    _link(event, links)
    if links:
        journal.shown(links)
        journal.record(
            Action.GUEST_CHANGE, event_id=event.pk, count=len(links), changed=["contact"]
        )
    return len(links)


def invite(
    *, actor: Principal, event: Event, contact_ids: Sequence[UUID], overbook: bool = False
) -> Invited:
    """Put contacts on the list of an event, as guests who have not answered yet. Raises Full.

    Whoever is on it already stays as they are: guests who are linked to a contact, and guests of
    the same address and name, who are linked now. So doing it twice adds nobody twice.
    """
    actor.require(Permission.GUEST_CHANGE, event.pk)
    known = open_contacts(actor).contacts
    activity = capacity.lock_list(event.pk)
    guests = open_list(actor, event.pk).guests
    there = {guest.contact_id for guest in guests.values() if guest.contact_id}
    by_name = {
        (fold(guest.record.email), normalized_name(guest.record.plain_name)): guest.id
        for guest in guests.values()
        if guest.record.email and guest.contact_id is None
    }
    new: list[writing.NewGuest] = []
    links: dict[UUID, UUID] = {}
    already = 0
    for pk in dict.fromkeys(contact_ids):
        if pk not in known:
            continue
        record = guest_record(known[pk].record)
        names = (normalized_name(record.plain_name), normalized_name(known[pk].plain_name))
        same = next(
            (
                by_name[key]
                for email in known[pk].record.emails
                for name in names
                if (key := (fold(email), name)) in by_name
            ),
            None,
        )
        if pk in there or same:
            already += 1
            if same and pk not in there and same not in links:
                links[same] = pk
        else:
            new.append(writing.NewGuest(new_id(), new_id(), OUTSTANDING, record, pk))
    parties = {guest.party_id: "" for guest in new}
    with capacity.check_capacity(activity, overbook=overbook):
        writing.insert_parties(event, parties, Party.Source.STAFF)
        writing.insert(event, new)
    _link(event, links)
    if new:
        journal.shown(guest.id for guest in new)
        journal.record(Action.GUEST_CREATE, event_id=event.pk, count=len(new), source="contacts")
    return Invited(len(new), already)


def guest_record(record: ContactRecord) -> GuestRecord:
    """Return what of a person a new guest has; tags and notes stay with the contact."""
    return GuestRecord(
        title=record.title,
        first_name=record.first_name,
        last_name=record.last_name,
        suffix=record.suffix,
        company=record.company,
        phone=record.phone,
        email=next(iter(record.emails), ""),
    )


def _link(event: Event, links: Mapping[UUID, UUID]) -> None:
    """Note the contacts of guests: guest -> contact."""
    for part in writing.parts_of(list(links)):
        with connection.cursor() as cursor:
            cursor.execute(_LINK, [now(), list(part), [links[pk] for pk in part], event.pk])


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
