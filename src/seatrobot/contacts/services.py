"""What can be done with contacts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import Contact, ContactAddress, ContactRecord
from seatrobot.deletion import fingerprints
from seatrobot.deletion import services as deletion
from seatrobot.deletion.models import Kind
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id, one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import once
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.normalizing import fold, normalized_name
from seatrobot.organizations.log.subjects import Subjects

ROWS = 1000

_INSERT = """
INSERT INTO contacts_contact (organization_id, created_at, changed_at, id, sealed)
SELECT %s, %s, %s, new.* FROM unnest(%s::uuid[], %s::bytea[]) AS new (id, sealed)
"""
_ADDRESSES = """
INSERT INTO contacts_address (organization_id, id, contact_id, email_index)
SELECT %s, new.* FROM unnest(%s::uuid[], %s::uuid[], %s::bytea[])
    AS new (id, contact_id, email_index)
ON CONFLICT DO NOTHING
"""
_VERSION = RawSQL("contacts_contact.changed_xid::text", [])


class WrongContact(Refused):
    """What cannot be a contact."""

    status = 422


class Person(NamedTuple):
    """Somebody on a list, to be found among the contacts."""

    first_name: str
    last_name: str
    email: str


def load_contact(
    principal: Principal, contact_id: UUID, *, for_update: bool = False
) -> tuple[Contact, str]:
    """Return a contact and its version; Http404 when there is none to see."""
    principal.require(Permission.CONTACT_VIEW)
    rows = Contact.objects.filter(pk=contact_id)
    if for_update:
        rows = rows.select_for_update(no_key=True)
    contact = rows.annotate(version=_VERSION).first()
    if contact is None:
        raise Http404
    return contact, contact.version


def create(*, actor: Principal, record: ContactRecord, contact_id: UUID | None = None) -> Contact:
    """Add a contact; a form sent twice (`contact_id`) adds one. Raises WrongContact."""
    actor.require(Permission.CONTACT_CHANGE)
    _check(record)
    key = contact_id or new_id()

    def make() -> Contact:
        _insert(actor.organization_id, {key: record})
        journal.record(Action.CONTACT_CREATE, subject_id=key, count=1)
        return Contact.objects.get(pk=key)

    return once(Contact.objects.filter(pk=key).first, make)


def change(*, actor: Principal, contact: Contact, record: ContactRecord, seen: str) -> None:
    """Change a contact; seen: the version that the person looked at. Raises WrongContact."""
    actor.require(Permission.CONTACT_CHANGE)
    _check(record)
    contact, version = load_contact(actor, contact.pk, for_update=True)
    if version != seen:
        raise ChangedMeanwhile(_("Somebody else changed this contact meanwhile."))
    old = contact.sealed
    changed = [n for n in record.__struct_fields__ if getattr(old, n) != getattr(record, n)]
    if not changed:
        return
    contact.sealed = record
    contact.changed_at = now()
    contact.save()
    if "emails" in changed:
        ContactAddress.objects.filter(contact=contact).delete()
        _insert_addresses(contact.organization_id, {contact.pk: record})
    journal.record(Action.CONTACT_CHANGE, subject_id=contact.pk, changed=changed)


def remove(*, actor: Principal, contact: Contact) -> None:
    """Delete a contact; guests who pointed to it stay on their lists and point to nobody."""
    actor.require(Permission.CONTACT_CHANGE)
    journal.record(Action.CONTACT_REMOVE, subject_id=contact.pk)
    gone = {"contacts_contact": [contact.pk]}
    deletion.record_gone(
        by=actor,
        kind=Kind.CONTACT,
        subject_id=contact.pk,
        gone=gone,
        fingerprints=fingerprints.of_rows(gone),
    )
    contact.delete()


class ContactSubjects(Subjects):
    """Contacts by name, for the access log."""

    actions = ("contact:contact:view", "contact:contact:change", "contact:contact:remove")
    gone = gettext_lazy("a contact who was removed")

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        rows = Contact.objects.filter(pk__in=one_of(ids))
        return {row.pk: row.sealed.full_name or row.sealed.sort_name for row in rows}

    def url(self, organization_id: UUID, event_id: UUID | None, subject_id: UUID) -> str:  # noqa: ARG002  a contact is of no event
        return reverse("contacts:contact", args=[organization_id, subject_id])


def find_people(organization_id: UUID, people: Mapping[UUID, Person]) -> dict[UUID, UUID]:
    """Return the contact of each of these people, by address and name together.

    An address alone is not an identity: a contact with another name is not meant.
    """
    made = vault.blind_indexes(organization_id, (person.email for person in people.values()))
    indexes = {key: index for key, index in zip(people, made, strict=True) if index}
    candidates = _by_index(organization_id, set(indexes.values()))
    found: dict[UUID, UUID] = {}
    for key, index in indexes.items():
        for contact_id, record in candidates.get(index, ()):
            if _same_name(record, people[key]):
                found[key] = contact_id
                break
    return found


def are_there(organization_id: UUID) -> bool:
    """Return whether the organization keeps any contact with an address."""
    return ContactAddress.objects.filter(organization_id=organization_id).exists()


def keep_people(*, actor: Principal, people: Mapping[UUID, ContactRecord]) -> dict[UUID, UUID]:
    """Make a contact of each of these people; rows of one name and address make one.

    Returns the contact of each; the caller has looked for existing ones (`find_people`).
    """
    actor.require(Permission.CONTACT_CHANGE)
    made: dict[UUID, UUID] = {}
    records: dict[UUID, ContactRecord] = {}
    known: dict[tuple[str, str], UUID] = {}
    for key, record in people.items():
        same = (normalized_name(f"{record.first_name} {record.last_name}"), fold(record.emails[0]))
        if same not in known:
            known[same] = new_id()
            records[known[same]] = record
        made[key] = known[same]
    _insert(actor.organization_id, records)
    if records:
        journal.record(Action.CONTACT_CREATE, count=len(records))
    return made


def _check(record: ContactRecord) -> None:
    if problems := list(record.check()):
        raise WrongContact.of(problems)


def _same_name(record: ContactRecord, person: Person) -> bool:
    name = normalized_name(f"{person.first_name} {person.last_name}")
    return name == normalized_name(f"{record.first_name} {record.last_name}")


def _by_index(
    organization_id: UUID, indexes: set[bytes]
) -> dict[bytes, list[tuple[UUID, ContactRecord]]]:
    """Return the contacts with these addresses, opened, by blind index."""
    wanted = RawSQL("SELECT unnest(%s::bytea[])", [list(indexes)])
    rows = ContactAddress.objects.filter(
        organization_id=organization_id, email_index__in=wanted
    ).values_list("email_index", "contact_id")
    addresses = [(bytes(index), contact_id) for index, contact_id in rows]
    sealed = Contact.objects.filter(pk__in=one_of({contact for _index, contact in addresses}))
    opened = {
        pk: _field().open_record(pk, organization_id, cast("bytes", raw))
        for pk, raw in sealed.values_list("pk", "sealed")
    }
    found: dict[bytes, list[tuple[UUID, ContactRecord]]] = {}
    for index, contact_id in sorted(addresses, key=lambda row: row[1]):
        found.setdefault(index, []).append((contact_id, opened[contact_id]))
    return found


def _insert(organization_id: UUID, records: Mapping[UUID, ContactRecord]) -> None:
    ids, moment, field = list(records), now(), _field()
    for start in range(0, len(ids), ROWS):
        part = ids[start : start + ROWS]
        sealed = [field.seal_record(pk, organization_id, records[pk]) for pk in part]
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [organization_id, moment, moment, part, sealed])
    _insert_addresses(organization_id, records)


def index_addresses(organization_id: UUID, contacts: Sequence[Contact]) -> None:
    """Make what finds contacts by their addresses, for contacts that came with an archive."""
    _insert_addresses(organization_id, {contact.pk: contact.sealed for contact in contacts})


def _insert_addresses(organization_id: UUID, records: Mapping[UUID, ContactRecord]) -> None:
    addresses = [(pk, email) for pk, record in records.items() for email in record.emails]
    indexes = vault.blind_indexes(organization_id, (email for _pk, email in addresses))
    rows = [(new_id(), pk, index) for (pk, _email), index in zip(addresses, indexes, strict=True)]
    for start in range(0, len(rows), ROWS):
        columns = [list(column) for column in zip(*rows[start : start + ROWS], strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_ADDRESSES, [organization_id, *columns])


def _field() -> Any:
    return Contact._meta.get_field("sealed")
