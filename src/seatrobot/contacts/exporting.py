"""Contacts as a file of vCards."""

from __future__ import annotations

from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import LIMITS
from seatrobot.contacts.searching import Listing
from seatrobot.contacts.vcard import write_cards
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal


def export(*, actor: Principal, listing: Listing) -> bytes:
    """Return vCards 4.0 of the contacts that a listing finds, in its order."""
    actor.require(Permission.CONTACT_EXPORT)
    found = listing.find(open_contacts(actor))
    journal.shown(contact.id for contact in found)
    journal.record(Action.CONTACT_EXPORT, count=len(found))
    return write_cards(
        (
            contact.id,
            {name: getattr(contact.record, name) for name in LIMITS},
            contact.record.emails,
            contact.record.tags,
        )
        for contact in found
    )
