"""Arrivals: the row that says who came when, and its projection on the guest, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from seatrobot.events.models import Activity
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id

_ARRIVE = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(guests)s::uuid[], %(times)s::timestamptz[])
        AS asked (id, guest_id, device_at)
), arrived AS (
    UPDATE guests_guest SET checked_in_at = coalesce(asked.device_at, %(now)s),
        checked_in_by = %(by)s, changed_at = %(now)s
    FROM asked
    WHERE guests_guest.id = asked.guest_id AND event_id = %(event)s AND checked_in_at IS NULL
    RETURNING asked.id, guest_id, device_at
)
INSERT INTO guests_arrival (
    id, organization_id, event_id, activity_id, guest_id, direction, device_at, at, door, by
)
SELECT id, %(organization)s, %(event)s, %(activity)s, guest_id, 'in', device_at, %(now)s, '', %(by)s
FROM arrived
RETURNING guest_id
"""

_TAKE_BACK = """
WITH gone AS (
    UPDATE guests_guest SET checked_in_at = NULL, checked_in_by = NULL, changed_at = %(now)s
    WHERE id = ANY(%(guests)s) AND event_id = %(event)s AND checked_in_at IS NOT NULL
    RETURNING id
), undone AS (
    UPDATE guests_arrival SET undone_at = %(now)s, undone_by = %(by)s
    FROM gone WHERE guest_id = gone.id AND undone_at IS NULL
)
SELECT id FROM gone
"""


def arrive(
    *,
    activity: Activity,
    guest_ids: Sequence[UUID],
    by: UUID | None,
    times: Mapping[UUID, datetime] | None = None,
) -> list[UUID]:
    """Note that guests came in; return those who were not in yet. times: when, where known."""
    values = {
        "ids": [new_id() for _ in guest_ids],
        "guests": list(guest_ids),
        "times": [(times or {}).get(guest_id) for guest_id in guest_ids],
        "activity": activity.pk,
        "event": activity.event_id,
        "organization": activity.organization_id,
        "now": now(),
        "by": by,
    }
    return _ids(_ARRIVE, values)


def take_back(*, activity: Activity, guest_ids: Sequence[UUID], by: UUID | None) -> list[UUID]:
    """Take the arrivals of guests back; return those who were in."""
    values = {"guests": list(guest_ids), "event": activity.event_id, "now": now(), "by": by}
    return _ids(_TAKE_BACK, values)


def _ids(statement: str, values: Mapping[str, object]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
