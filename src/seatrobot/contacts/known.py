"""What contacts know of a person, for a request of theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.contacts import services
from seatrobot.contacts.models import Contact, ContactAddress, ContactRecord
from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import fold

TABLE = "contacts_contact"


class KnowsContacts(KnowsPeople):
    """A contact by itself, and others with one of its addresses."""

    def person(self, principal: Principal, subject_id: UUID) -> Person | None:  # noqa: ARG002
        contact = Contact.objects.filter(pk=subject_id).first()
        if contact is None:
            return None
        record = contact.sealed
        emails = frozenset(map(fold, record.emails))
        return Person(_name(record), emails, contact.pk)

    def known(self, principal: Principal, person: Person) -> Iterable[Known]:
        organization_id = principal.organization_id
        indexes = list(filter(None, vault.blind_indexes(organization_id, person.emails)))
        alike = ContactAddress.objects.filter(
            organization_id=organization_id, email_index__in=indexes
        )
        ids = {*alike.values_list("contact_id", flat=True)}
        ids |= {person.contact_id} if person.contact_id else set()
        for contact in Contact.objects.filter(pk__in=one_of(ids)).order_by("pk"):
            record = contact.sealed
            yield Known(
                TABLE,
                contact.pk,
                _("Contact"),
                list(_facts(record)),
                reverse("contacts:contact", args=[organization_id, contact.pk]),
                contact.pk == person.contact_id or person.is_called(_name(record)),
            )

    def erase(
        self, principal: Principal, ids: Mapping[str, Collection[UUID]]
    ) -> Mapping[str, Collection[UUID]]:
        gone = []
        for contact_id in ids.get(TABLE, ()):
            contact, _version = services.load_contact(principal, contact_id)
            contact.delete()
            gone.append(contact_id)
        return {TABLE: gone}


def _name(record: ContactRecord) -> str:
    return f"{record.first_name} {record.last_name}".strip()


def _facts(record: ContactRecord) -> Iterable[tuple[str, str]]:
    values = (
        (_("Title"), record.title),
        (_("First name"), record.first_name),
        (_("Last name"), record.last_name),
        (_("Suffix"), record.suffix),
        (_("Company"), record.company),
        (_("Phone"), record.phone),
        (_("E-mail"), ", ".join(record.emails)),
        (_("Language"), record.language),
        (_("Notes"), record.notes),
    )
    return ((label, text) for label, text in values if text)
