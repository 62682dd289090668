"""What became of a promise on each day, in one row, so that ninety of them are quick to read."""

from __future__ import annotations

from seatrobot.kernel.promises.declaring import Promise
from seatrobot.kernel.promises.models import Day, Evidence


def note_day(evidence: Evidence, promise: Promise) -> None:
    """Add new evidence to the row of its day."""
    day, is_new = Day.objects.select_for_update().get_or_create(
        promise=promise.id,
        day=evidence.at.date(),
        defaults={"first_at": evidence.at, "last_at": evidence.at},
    )
    if not is_new:
        gap = (evidence.at - day.last_at).total_seconds()
        day.longest_gap = max(day.longest_gap, gap)
        day.first_at = min(day.first_at, evidence.at)
        day.last_at = max(day.last_at, evidence.at)
    day.broken |= evidence.within is False
    day.failed |= evidence.within is None
    if evidence.within:
        day.kept_at = evidence.at
    day.save()
