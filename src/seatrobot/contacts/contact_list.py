"""All contacts of an organization, opened in memory, and how they are searched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from seatrobot.contacts.feature import Permission
from seatrobot.contacts.models import Contact, ContactRecord, Delivery
from seatrobot.kernel.lists import Lists, Table
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import (
    different_words,
    find_near,
    fold,
    has_phone,
    typed_phone,
    words,
)


class OpenContact(msgspec.Struct, frozen=True, gc=False):
    """One contact, opened.

    search_text, sort_key: as `normalizing` makes them of all that is said and of the name.
    tag_keys: the tags as they are compared. delivery: a word of models.Delivery.
    """

    id: UUID
    changed_at: datetime
    delivery: str
    record: ContactRecord
    tag_keys: tuple[str, ...]
    search_text: str
    sort_key: str

    @property
    def name(self) -> str:
        return self.record.full_name or next(iter(self.record.emails), "")

    @property
    def mail_label(self) -> str:
        """Why the contact is not mailed, for people."""
        return str(Delivery(self.delivery).label)

    @property
    def plain_name(self) -> str:
        """The name without title, or what stands for it."""
        record = self.record
        return " ".join(filter(None, (record.first_name, record.last_name))) or self.name


def _by_name(contact: OpenContact) -> tuple[Any, ...]:
    return not contact.sort_key, contact.sort_key, contact.id.bytes


def _by_company(contact: OpenContact) -> tuple[Any, ...]:
    company = words(contact.record.company)
    return not company, company, *_by_name(contact)


def _by_email(contact: OpenContact) -> tuple[Any, ...]:
    email = fold(next(iter(contact.record.emails), ""))
    return not email, email, *_by_name(contact)


def _by_change(contact: OpenContact) -> tuple[Any, ...]:
    return contact.changed_at, contact.id.bytes


SORTS: Mapping[str, Callable[[OpenContact], tuple[Any, ...]]] = {
    "name": _by_name,
    "company": _by_company,
    "email": _by_email,
    "changed": _by_change,
}


class ContactList:
    """The contacts of one organization at one moment."""

    def __init__(self, contacts: Mapping[UUID, OpenContact], version: str) -> None:
        self.contacts = contacts
        self.version = version
        self._orders: dict[str, list[OpenContact]] = {}

    def __len__(self) -> int:
        return len(self.contacts)

    @property
    def by_name(self) -> list[OpenContact]:
        return self.ordered("name")

    def ordered(self, sort: str) -> list[OpenContact]:
        """Return all contacts in an order of SORTS, worked out once."""
        if sort not in self._orders:
            self._orders[sort] = sorted(self.contacts.values(), key=SORTS[sort])
        return self._orders[sort]

    @cached_property
    def tags(self) -> list[tuple[str, str, int]]:
        """Return the tags: as compared, as mostly written, and how many have them; by name."""
        counts: Counter[str] = Counter()
        spellings: dict[str, Counter[str]] = {}
        for contact in self.contacts.values():
            for key, tag in zip(contact.tag_keys, contact.record.tags, strict=True):
                counts[key] += 1
                spellings.setdefault(key, Counter())[tag] += 1
        written = {key: max(found, key=lambda t: (found[t], t)) for key, found in spellings.items()}
        return [(key, written[key], counts[key]) for key in sorted(counts)]

    @cached_property
    def spelling(self) -> Mapping[str, str]:
        """Return how each tag is mostly written, by how it is compared."""
        return {key: tag for key, tag, _count in self.tags}

    def find(self, text: str, sort: str = "name") -> list[OpenContact]:
        """Return the contacts that have every word of the text, in an order of SORTS.

        A telephone number is found in any spelling. Where nobody has the words, those are found
        whose names are nearly so.
        """
        wanted = sorted(different_words(text), key=len, reverse=True)
        found = self.ordered(sort)
        if not wanted:
            return found
        if phone := typed_phone(text):
            plain = words(text)
            return [
                contact
                for contact in found
                if plain in contact.search_text or has_phone(contact.record.phone, phone)
            ]
        for word in wanted:
            found = [contact for contact in found if word in contact.search_text]
        return found or find_near(text, self.ordered(sort), attrgetter("search_text"))


def open_contacts(principal: Principal) -> ContactList:
    """Return all contacts, for somebody who may see them.

    Raises NotAllowed for anybody else, KeyringMissing when the organization's keys are gone.
    """
    principal.require(Permission.CONTACT_VIEW)
    return _LISTS.open(principal.organization_id, principal.organization_id)


def _open(organization_id: UUID, row: tuple[Any, ...]) -> OpenContact:
    pk, changed_at, delivery, sealed = row
    record = _open_record(pk, organization_id, sealed)
    tag_keys = tuple(map(fold, record.tags))
    return OpenContact(
        pk, changed_at, delivery, record, tag_keys, record.search_text, record.sort_key
    )


def _build(parts: Sequence[Mapping[UUID, Any]], version: str) -> ContactList:
    return ContactList(parts[0], version)


_open_record = Contact._meta.get_field("sealed").open_record
_LISTS: Lists[ContactList] = Lists(
    "contacts",
    [Table(Contact, "organization_id", ("changed_at", "delivery", "sealed"), _open)],
    _build,
)
