"""How long the history of a plan is kept."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from seatrobot.kernel.retention import Kept, Retained
from seatrobot.seating.models import Proposal, Step


class SeatingRetained(Retained):
    """Steps that can be undone, and what the robot proposed."""

    def kept(self) -> Iterable[Kept]:
        yield Kept("steps", _("Seating changes that can be undone"), 90, Step.objects.all(), "at")
        proposals = Proposal.objects.exclude(outcome=Proposal.Outcome.WAITING)
        yield Kept("proposals", _("Results of the robot"), 90, proposals, "created_at")
