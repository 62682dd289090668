"""How deletions are said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from seatrobot.deletion.models import Deletion, State

LABELS = {
    "events_event": _("Events"),
    "guests_guest": _("Guests"),
    "guests_party": _("Parties"),
    "guests_arrival": _("Arrivals"),
    "contacts_contact": _("Contacts"),
    "contacts_address": _("Addresses of contacts"),
    "events_field": _("Columns of guest lists"),
    "guests_import": _("Imports"),
    "organizations_invitation": _("Open invitations to join"),
    "organizations_membership": _("Members"),
    "organizations_sent_mail": _("Sent mails"),
    "seating_assignment": _("Seats given"),
    "seating_rule": _("Rules of the seating"),
    "seating_table": _("Tables"),
    "subscribing_hook": _("Webhooks"),
}
"""Tables whose rows people know, in the order in which they are shown."""
STEPS = (
    (State.REQUESTED, _("Requested")),
    (State.LOCKED, _("Locked: nobody gets in, jobs and mail are stopped")),
    (State.UNREADABLE, _("Keys destroyed: nothing can be read any more")),
    (State.GONE, _("Rows deleted")),
    (State.VERIFIED, _("Looked for by the examiner, and nothing found")),
    (State.AGED, _("No backup holds it any more")),
    (State.FINAL, _("Receipt final")),
)
OF_KEYS = {State.LOCKED, State.UNREADABLE}
"""Steps that only the deletion of an organization takes by themselves."""


def counted(counts: Mapping[str, int]) -> list[tuple[Any, int]]:
    """Return the counts that people know by name, and one for everything else."""
    known = [(label, counts[table]) for table, label in LABELS.items() if counts.get(table)]
    rest = sum(number for table, number in counts.items() if table not in LABELS)
    return [*known, (_("Other records"), rest)] if rest else known


def steps(deletion: Deletion) -> list[dict[str, Any]]:
    """Return the steps of a deletion with their moments, those to come without one."""
    return [
        {"label": label, "at": getattr(deletion, f"{state}_at"), "is_next": False}
        for state, label in STEPS
        if deletion.is_whole or state not in OF_KEYS
    ]
