"""The columns that go together with a status: whoever has attended came at some moment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F

from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now


def columns(before: Status | F, after: Status, account_id: UUID | None) -> dict[str, Any]:
    """Return what to write for a guest who goes from one status to another."""
    moment = now()
    if after is not Status.ATTENDED:
        return {
            "status": after,
            "status_before": "",
            "checked_in_at": None,
            "checked_in_by": None,
            "changed_at": moment,
        }
    return {
        "status": after,
        "status_before": before,
        "checked_in_at": moment,
        "checked_in_by": account_id,
        "changed_at": moment,
    }
