"""What the access log says of one contact, the newest first."""

from __future__ import annotations

from uuid import UUID

from seatrobot.contacts.feature import Action
from seatrobot.contacts.models import Contact
from seatrobot.kernel import streams
from seatrobot.kernel.journal import shown
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.reading import first_about

CHUNK = 500
MOST_READ = 20_000
"""Entries about contacts that are looked through for those about one."""
_MANY = frozenset(
    {Action.CONTACT_TAG.value, Action.CONTACT_DELIVERY.value, Action.CONTACT_CREATE.value}
)
"""Acts on many contacts, whose entries say whom they concerned."""
_ABOUT = [
    Action.CONTACT_CREATE,
    Action.CONTACT_CHANGE,
    Action.CONTACT_DELIVERY,
    Action.CONTACT_MERGE,
    Action.CONTACT_PART,
    Action.CONTACT_RELATE,
    Action.CONTACT_TAG,
    Action.CONTACT_VIEW,
]


def entries_about(contact: Contact, size: int) -> list[Entry]:
    """Return the newest entries about a contact: looked at, changed, tagged, mail stopped."""
    found: list[Entry] = []
    wanted = {"action": [action.value for action in _ABOUT]}
    since, before = first_about(contact.pk, contact.created_at), streams.NEWEST
    for _round in range(MOST_READ // CHUNK):
        window = streams.Window(since, before)
        chunk = streams.newest(Entry.objects.all(), contact.organization_id, wanted, window, CHUNK)
        for entry in chunk:
            if entry.subject_id == contact.pk or _names(entry, contact.pk):
                found.append(entry)
                if len(found) == size:
                    return found
        if len(chunk) < CHUNK:
            break
        before = chunk[-1].pk
    return found


def _names(entry: Entry, contact_id: UUID) -> bool:
    """Whether an act on many was on this contact, too."""
    if entry.action not in _MANY or entry.subject_id is not None:
        return False
    details = entry.sealed
    subjects = details.facts.get("subjects")
    is_listed = isinstance(subjects, list) and str(contact_id) in subjects
    return is_listed or shown.holds(details.shown, contact_id)
