"""Tells pages of staff which organizations and people are those of examinations."""

from __future__ import annotations

from uuid import UUID

from seatrobot.kernel.examined import MadeForExaminations
from seatrobot.practices.models import Probe


class ProbeMade(MadeForExaminations):
    """The probe organization, the other one that must see nothing of it, and their accounts."""

    def ids(self) -> frozenset[UUID]:
        row = Probe.objects.first()
        if row is None:
            return frozenset()
        return frozenset((row.organization_id, row.foreign_organization_id, row.staff_id))
