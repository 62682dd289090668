"""Searches of contacts that are kept under a name, for everybody who sees contacts."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import LONGEST_FILTER_NAME, ContactFilter, FilterRecord
from seatrobot.contacts.searching import Listing
from seatrobot.contacts.services import WrongContact
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import clean_line, fold

MOST_FILTERS = 50


class SavedFilter(NamedTuple):
    id: UUID
    name: str
    query: str


def saved(principal: Principal) -> list[SavedFilter]:
    """Return the saved filters, by name."""
    principal.require(Permission.CONTACT_VIEW)
    rows = ContactFilter.objects.order_by("pk")
    found = (SavedFilter(row.pk, row.sealed.name, row.sealed.query) for row in rows)
    return sorted(found, key=lambda each: fold(each.name))


def save(*, actor: Principal, name: str, query: str) -> None:
    """Keep a search; one of the same name is replaced. Raises WrongContact."""
    actor.require(Permission.CONTACT_CHANGE)
    wanted = clean_line(name)
    if not wanted or len(wanted) > LONGEST_FILTER_NAME:
        raise WrongContact(
            _("Type a name of 1 to %(most)s characters.") % {"most": LONGEST_FILTER_NAME},
            field="name",
        )
    listing = Listing.read(QueryDict(query))
    if not listing.is_narrow:
        raise WrongContact(_("Search or choose a tag first; then it can be saved."), field="name")
    record = FilterRecord(wanted, listing.query())
    rows = list(ContactFilter.objects.select_for_update().order_by("pk"))
    same = next((row for row in rows if fold(row.sealed.name) == fold(wanted)), None)
    if same is None:
        if len(rows) >= MOST_FILTERS:
            raise WrongContact(
                _("At most %(most)s filters are kept; remove one first.") % {"most": MOST_FILTERS}
            )
        same = ContactFilter(organization_id=actor.organization_id, created_at=now())
    same.sealed = record
    same.save()
    journal.record(Action.FILTER_SAVE, filter=str(same.pk))


def remove(*, actor: Principal, filter_id: UUID) -> None:
    """Forget a saved filter; nothing happens to the contacts."""
    actor.require(Permission.CONTACT_CHANGE)
    if ContactFilter.objects.filter(pk=filter_id).delete()[0]:
        journal.record(Action.FILTER_REMOVE, filter=str(filter_id))
