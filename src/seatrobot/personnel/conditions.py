"""What personnel asks of staff who want to see Customer Data, see `kernel.staff`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.kernel.staff.conditions import Condition
from seatrobot.personnel.duties import Duty, duties_of, published
from seatrobot.personnel.models import Kind


def policies_signed(account_id: UUID) -> Condition:
    """Hold while the person has signed each policy in force, or a new one for 14 days yet."""
    duties = _duties(account_id, Kind.POLICY)
    missing = [each for each in duties if not each.due.holds]
    return _condition(
        "personnel.policies-signed",
        _("Policies"),
        _("You have signed every policy as it is in force."),
        duties,
        _("Read “%s” and sign it with your passkey.") % missing[0].title if missing else "",
    )


def training_done(account_id: UUID) -> Condition:
    """Hold while the person has passed each course and none has to be renewed."""
    duties = _duties(account_id, Kind.COURSE)
    missing = [each for each in duties if not each.due.holds]
    return _condition(
        "personnel.training-done",
        _("Training"),
        _("You have passed every course, and none is overdue."),
        duties,
        _("Take the course “%s”.") % missing[0].title if missing else "",
    )


def _duties(account_id: UUID, kind: Kind) -> list[Duty]:
    return duties_of(account_id, [each for each in published() if each.kind == kind])


def _condition(
    name: str, heading: str, sentence: str, duties: Sequence[Duty], what_to_do: str
) -> Condition:
    """Hold while all duties do; without any nobody is bound to anything, so it does not.

    A mail tells of each policy and course by itself (`reminding.py`).
    """
    ends = [each.due.until for each in duties if each.due.until]
    return Condition(
        id=name,
        heading=heading,
        sentence=sentence,
        holds=bool(duties) and all(each.due.holds for each in duties),
        until=min(ends, default=None),
        what_to_do=what_to_do or _("Ask the operator: none is published."),
        url=reverse("staff-duties:list"),
        is_mailed=False,
    )
