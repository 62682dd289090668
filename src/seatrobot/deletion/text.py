"""How deletions are said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.deletion.models import Deletion, State

LABELS = {
    "events_event": gettext_lazy("Events"),
    "guests_guest": gettext_lazy("Guests"),
    "guests_party": gettext_lazy("Parties"),
    "guests_arrival": gettext_lazy("Arrivals"),
    "contacts_contact": gettext_lazy("Contacts"),
    "contacts_address": gettext_lazy("Addresses of contacts"),
    "events_field": gettext_lazy("Columns of guest lists"),
    "guests_import": gettext_lazy("Imports"),
    "organizations_invitation": gettext_lazy("Open invitations to join"),
    "organizations_membership": gettext_lazy("Members"),
    "organizations_sent_mail": gettext_lazy("Sent mails"),
    "seating_assignment": gettext_lazy("Seats given"),
    "seating_rule": gettext_lazy("Rules of the seating"),
    "seating_table": gettext_lazy("Tables"),
    "subscribing_hook": gettext_lazy("Webhooks"),
}
"""Tables whose rows people know, in the order in which they are shown."""
STEPS = (
    (State.REQUESTED, gettext_lazy("Requested")),
    (State.LOCKED, gettext_lazy("Locked: nobody gets in, jobs and mail are stopped")),
    (State.UNREADABLE, gettext_lazy("Keys destroyed: nothing can be read any more")),
    (State.GONE, gettext_lazy("Rows deleted")),
    (State.VERIFIED, gettext_lazy("Looked for by the examiner, and nothing found")),
    (State.AGED, gettext_lazy("No backup holds it any more")),
    (State.FINAL, gettext_lazy("Receipt final")),
)
OF_KEYS = {State.LOCKED, State.UNREADABLE}
"""Steps that only the deletion of an organization takes by themselves."""


def counted(counts: Mapping[str, int]) -> list[tuple[Any, int]]:
    """Return the counts that people know by name, and one for everything else."""
    known = [(label, counts[table]) for table, label in LABELS.items() if counts.get(table)]
    rest = sum(number for table, number in counts.items() if table not in LABELS)
    return [*known, (_("Other records"), rest)] if rest else known


def line(deletion: Deletion) -> dict[str, Any]:
    """Return what the list of deletions shows of one."""
    return {
        "row": deletion,
        "counts": counted(deletion.counts),
        "next": next_step(deletion),
        "tone": "green" if deletion.state == State.FINAL else "plum",
    }


def next_step(deletion: Deletion) -> str:
    """Return what a deletion waits for, in a sentence; "" where it waits for nothing."""
    if deletion.state == State.REQUESTED:
        return _("It can be cancelled until it begins.")
    if deletion.state == State.GONE and deletion.found:
        return _("Something of it was still found: it is looked for again every hour.")
    if deletion.state == State.GONE:
        return _("What may be left is looked for within the hour, of long lists at night.")
    if deletion.state == State.VERIFIED:
        return _("The receipt becomes final when no backup holds it any more.")
    return ""


def steps(deletion: Deletion) -> list[dict[str, Any]]:
    """Return the steps of a deletion with their moments, those to come without one."""
    return [
        {"label": label, "at": getattr(deletion, f"{state}_at"), "is_next": False}
        for state, label in STEPS
        if deletion.is_whole or state not in OF_KEYS
    ]
