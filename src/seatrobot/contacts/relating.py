"""Who acts for a contact: gets copies of what is sent, or may answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.contacts.contact_list import OpenContact, open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import Contact, ContactRelation
from seatrobot.contacts.services import WrongContact, load_contact
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal

MOST_ASSISTANTS = 20


class Related(NamedTuple):
    """Somebody at the other end of a relation."""

    contact: OpenContact
    copies: bool
    answers: bool


def assistants_of(principal: Principal, contact_id: UUID) -> list[Related]:
    """Return who acts for a contact, by name."""
    rows = ContactRelation.objects.filter(contact_id=contact_id)
    return _related(principal, rows.values_list("assistant_id", "copies", "answers"))


def assisted_by(principal: Principal, contact_id: UUID) -> list[Related]:
    """Return for whom a contact acts, by name."""
    rows = ContactRelation.objects.filter(assistant_id=contact_id)
    return _related(principal, rows.values_list("contact_id", "copies", "answers"))


def assistants(contact_ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, bool, bool]]]:
    """Return by contact who acts for it: the assistant, gets copies, may answer."""
    found: dict[UUID, list[tuple[UUID, bool, bool]]] = {}
    rows = ContactRelation.objects.filter(contact_id__in=one_of(contact_ids)).order_by("pk")
    for contact, assistant, copies, answers in rows.values_list(
        "contact_id", "assistant_id", "copies", "answers"
    ):
        found.setdefault(contact, []).append((assistant, copies, answers))
    return found


def relate(
    *, actor: Principal, contact_id: UUID, assistant_id: UUID, copies: bool, answers: bool
) -> None:
    """Note what somebody does for a contact; neither of both ends the relation.

    Saying it twice says it once. Raises WrongContact.
    """
    actor.require(Permission.CONTACT_CHANGE)
    if contact_id == assistant_id:
        raise WrongContact(_("Nobody is their own assistant; choose another contact."))
    contact, _version = load_contact(actor, contact_id, for_update=True)
    load_contact(actor, assistant_id)
    rows = ContactRelation.objects.filter(contact=contact)
    if not (copies or answers):
        gone = rows.filter(assistant_id=assistant_id).delete()[0]
        if not gone:
            return
    else:
        if rows.exclude(assistant_id=assistant_id).count() >= MOST_ASSISTANTS:
            raise WrongContact(
                _("A contact has at most %(most)s assistants.") % {"most": MOST_ASSISTANTS}
            )
        ContactRelation.objects.update_or_create(
            organization_id=contact.organization_id,
            contact=contact,
            assistant_id=assistant_id,
            defaults={"copies": copies, "answers": answers},
            create_defaults={"copies": copies, "answers": answers, "created_at": now()},
        )
    journal.shown([assistant_id])
    journal.record(Action.CONTACT_RELATE, subject_id=contact_id, assistant=str(assistant_id))


def find_assistant(*, actor: Principal, contact: Contact, text: str) -> UUID:
    """Return the one contact whom somebody means by a name or an address; raise WrongContact."""
    found = [each for each in open_contacts(actor).find(text) if each.id != contact.pk]
    if not text.strip() or not found:
        raise WrongContact(
            _("No other contact is found by these words; add the person as a contact first."),
            field="who",
        )
    if len(found) > 1:
        raise WrongContact(
            _("%(count)s contacts are found by these words; type the e-mail address too.")
            % {"count": len(found)},
            field="who",
        )
    return found[0].id


def _related(principal: Principal, rows: Collection[tuple[UUID, bool, bool]]) -> list[Related]:
    known = open_contacts(principal).contacts
    found = [Related(known[pk], copies, answers) for pk, copies, answers in rows if pk in known]
    journal.shown(each.contact.id for each in found)
    return sorted(found, key=lambda each: (each.contact.sort_key, each.contact.id))
