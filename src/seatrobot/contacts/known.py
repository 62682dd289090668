"""What contacts know of a person, for a request of theirs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.contacts import filters as saved
from seatrobot.contacts import services
from seatrobot.contacts.models import (
    Contact,
    ContactAddress,
    ContactMerge,
    ContactRecord,
    ContactRelation,
)
from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import fold

TABLE = "contacts_contact"
FILTERS = "contacts_filter"
MERGES = "contacts_merge"


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
                [*_facts(record), *_said_of_mail(contact), *_relations(contact.pk)],
                reverse("contacts:contact", args=[organization_id, contact.pk]),
                contact.pk == person.contact_id or person.is_called(_name(record)),
            )
        yield from _merged(ids, person)
        yield from _filters(principal, person)

    def erase(
        self, principal: Principal, ids: Mapping[str, Collection[UUID]]
    ) -> Mapping[str, Collection[UUID]]:
        gone = []
        for contact_id in ids.get(TABLE, ()):
            contact, _version = services.load_contact(principal, contact_id)
            contact.delete()
            gone.append(contact_id)
        filters = set(ids.get(FILTERS, ()))
        for filter_id in filters:
            saved.remove(actor=principal, filter_id=filter_id)
        merges = set(ids.get(MERGES, ()))
        ContactMerge.objects.filter(pk__in=one_of(merges)).delete()
        more = {FILTERS: filters, MERGES: merges}
        return {TABLE: gone, **{table: went for table, went in more.items() if went}}


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
        (_("Tags"), "; ".join(record.tags)),
        (_("Language"), record.language),
        (_("Notes"), record.notes),
    )
    return ((label, text) for label, text in values if text)


def _said_of_mail(contact: Contact) -> Iterable[tuple[str, str]]:
    said = (
        (_("Mail"), contact.get_delivery_display(), contact.delivery_at),
        (_("Consent to be written to"), contact.get_consent_display(), contact.consent_at),
    )
    for label, text, at in said:
        if at is not None:
            yield label, f"{text}, {date_format(at, 'DATE_FORMAT')}"


def _relations(contact_id: UUID) -> Iterable[tuple[str, str]]:
    """Give who acts for a contact, and for whom it acts."""
    rows = ContactRelation.objects.filter(Q(contact=contact_id) | Q(assistant=contact_id))
    for row in rows.select_related("contact", "assistant").order_by("pk"):
        if row.contact_id == contact_id:
            yield _("Assistant"), _shown_name(row.assistant.sealed)
        else:
            yield _("Acts for"), _shown_name(row.contact.sealed)


def _shown_name(record: ContactRecord) -> str:
    return record.full_name or record.sort_name


def _merged(contact_ids: Collection[UUID], person: Person) -> Iterable[Known]:
    """Give what is kept, for a month, of contacts that were merged: into theirs, or of their name.

    The contact that is kept may have another name and other addresses by now.
    """
    for row in ContactMerge.objects.order_by("pk"):
        gone = row.sealed.gone
        is_called = person.is_called(_name(gone))
        if row.contact_id in contact_ids or is_called or person.has(gone.emails):
            yield Known(
                MERGES,
                row.pk,
                _("Contact that was merged"),
                list(_facts(gone)),
                reverse("contacts:contact", args=[row.organization_id, row.contact_id]),
                row.contact_id == person.contact_id or is_called,
            )


def _filters(principal: Principal, person: Person) -> Iterable[Known]:
    """Give the saved filters that name a person, or search for an address of theirs."""
    for each in saved.saved(principal):
        text = fold(QueryDict(each.query).get("q", ""))
        names = {fold(person.name), *person.emails} - {""}
        if any(name in text or name in fold(each.name) for name in names):
            yield Known(
                FILTERS,
                each.id,
                _("Saved filter of contacts"),
                [(_("Name"), each.name), (_("Searches for"), text)],
                reverse("contacts:list", args=[principal.organization_id]),
            )
