"""All contacts of an organization, opened in memory, and how they are searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from seatrobot.contacts.feature import Permission
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.kernel.lists import Lists, Table
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import different_words, find_near, has_phone, typed_phone, words


class OpenContact(msgspec.Struct, frozen=True, gc=False):
    """search_text, sort_key: as `normalizing` makes them of all that is said and of the name."""

    id: UUID
    changed_at: datetime
    record: ContactRecord
    search_text: str
    sort_key: str

    @property
    def name(self) -> str:
        return self.record.full_name or next(iter(self.record.emails), "")

    @property
    def plain_name(self) -> str:
        """The name without title, or what stands for it."""
        record = self.record
        return " ".join(filter(None, (record.first_name, record.last_name))) or self.name


class ContactList:
    """The contacts of one organization at one moment."""

    def __init__(self, contacts: Mapping[UUID, OpenContact], version: str) -> None:
        self.contacts = contacts
        self.version = version

    def __len__(self) -> int:
        return len(self.contacts)

    @cached_property
    def by_name(self) -> list[OpenContact]:
        return sorted(
            self.contacts.values(), key=lambda c: (not c.sort_key, c.sort_key, c.id.bytes)
        )

    @cached_property
    def _texts(self) -> list[str]:
        return [contact.search_text for contact in self.by_name]

    def find(self, text: str) -> list[OpenContact]:
        """Return the contacts that have every word of the text, by name.

        A telephone number is found in any spelling. Where nobody has the words, those are found
        whose names are nearly so.
        """
        wanted = sorted(different_words(text), key=len, reverse=True)
        if not wanted:
            return self.by_name
        if phone := typed_phone(text):
            plain = words(text)
            return [
                contact
                for contact in self.by_name
                if plain in contact.search_text or has_phone(contact.record.phone, phone)
            ]
        rarest, others = wanted[0], wanted[1:]
        found = [
            contact
            for contact, its_text in zip(self.by_name, self._texts, strict=True)
            if rarest in its_text
        ]
        for word in others:
            found = [contact for contact in found if word in contact.search_text]
        return found or find_near(text, self.by_name, attrgetter("search_text"))


def open_contacts(principal: Principal) -> ContactList:
    """Return all contacts, for somebody who may see them.

    Raises NotAllowed for anybody else, KeyringMissing when the organization's keys are gone.
    """
    principal.require(Permission.CONTACT_VIEW)
    return _LISTS.open(principal.organization_id, principal.organization_id)


def _open(organization_id: UUID, row: tuple[Any, ...]) -> OpenContact:
    pk, changed_at, sealed = row
    record = _open_record(pk, organization_id, sealed)
    return OpenContact(pk, changed_at, record, record.search_text, record.sort_key)


def _build(parts: Sequence[Mapping[UUID, Any]], version: str) -> ContactList:
    return ContactList(parts[0], version)


_open_record = Contact._meta.get_field("sealed").open_record
_LISTS: Lists[ContactList] = Lists(
    "contacts", [Table(Contact, "organization_id", ("changed_at", "sealed"), _open)], _build
)
