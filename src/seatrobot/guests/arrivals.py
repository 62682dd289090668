"""Who came, and when: a row for each arrival, and its projection on the guest.

Whether somebody is in is decided by the database alone: a guest has one arrival at an activity
that was not taken back (`arrived_once`). `checked_in_at` and `checked_in_by` of the guest are those
of the first such arrival at any activity, changed by the same statement that writes the arrival.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id

_ARRIVE = """
WITH coming AS MATERIALIZED (
    SELECT tap.id, tap.at, guest.id AS guest_id, guest.organization_id, guest.event_id
    FROM unnest(%(ids)s::uuid[], %(guests)s::uuid[], %(times)s::timestamptz[])
            AS tap (id, guest_id, at)
        JOIN guests_guest guest ON guest.id = tap.guest_id
    WHERE guest.event_id = %(event)s AND guest.status = ANY(%(statuses)s::text[])
    ORDER BY guest.id
    FOR NO KEY UPDATE OF guest
), arrived AS (
    INSERT INTO guests_arrival
        (id, organization_id, event_id, activity_id, guest_id, direction, device_at, at, door, by)
    SELECT coming.id, coming.organization_id, coming.event_id, activity.id, guest_id,
        'in', %(device_at)s::timestamptz, at, %(door)s, %(by)s::uuid
    FROM coming JOIN events_activity activity USING (event_id)
    WHERE activity.id = %(activity)s::uuid OR (%(activity)s::uuid IS NULL AND position = 0)
    ON CONFLICT DO NOTHING
    RETURNING guest_id, at, by
)
UPDATE guests_guest SET
    checked_in_at = coalesce(checked_in_at, arrived.at),
    checked_in_by = CASE WHEN checked_in_at IS NULL THEN arrived.by ELSE checked_in_by END,
    changed_at = %(now)s
FROM arrived WHERE guests_guest.id = arrived.guest_id
RETURNING guests_guest.id
"""
"""A second door waits for the guest's row and then finds the first one's arrival in its way."""

_LOCK = """
SELECT id FROM guests_guest WHERE id = ANY(%(guests)s) AND event_id = %(event)s
ORDER BY id FOR NO KEY UPDATE
"""
_TAKE_BACK = """
WITH undone AS (
    UPDATE guests_arrival SET undone_at = %(now)s, undone_by = %(by)s::uuid
    WHERE guest_id = ANY(%(guests)s) AND event_id = %(event)s
        AND direction = 'in' AND undone_at IS NULL
        AND (%(activity)s::uuid IS NULL OR activity_id = %(activity)s::uuid)
    RETURNING id, guest_id
)
UPDATE guests_guest SET
    (checked_in_at, checked_in_by) = (
        SELECT at, by FROM guests_arrival other
        WHERE other.guest_id = guests_guest.id AND direction = 'in' AND undone_at IS NULL
            AND other.id NOT IN (SELECT id FROM undone)
        ORDER BY at LIMIT 1),
    changed_at = %(now)s
WHERE id IN (SELECT guest_id FROM undone)
RETURNING id
"""


def arrive(  # noqa: PLR0913  what one row says
    *,
    event_id: UUID,
    guest_ids: Sequence[UUID],
    by: UUID | None,
    activity_id: UUID | None = None,
    statuses: Collection[Status] = tuple(Status),
    ids: Sequence[UUID] | None = None,
    times: Mapping[UUID, datetime] | None = None,
    device_at: datetime | None = None,
    door: str = "",
) -> list[UUID]:
    """Note that guests came in, in one statement; return those who were not in yet.

    activity_id: None for the one that every event has. statuses: of those who may come in. ids:
    given to the arrivals by the device, one for each guest; an arrival that is there already, also
    one that was taken back, is not made again. times: when, by guest, where it was not just now.
    """
    moment = now()
    times = times or {}
    return _ids(
        _ARRIVE,
        {
            "event": event_id,
            "activity": activity_id,
            "statuses": [status.value for status in statuses],
            "guests": list(guest_ids),
            "ids": list(ids) if ids is not None else [new_id() for _ in guest_ids],
            "times": [times.get(guest_id, moment) for guest_id in guest_ids],
            "device_at": device_at,
            "door": door,
            "by": by,
            "now": moment,
        },
    )


def take_back(
    *, event_id: UUID, guest_ids: Sequence[UUID], by: UUID | None, activity_id: UUID | None = None
) -> list[UUID]:
    """Take the arrivals of guests back; return those who were in.

    activity_id: at this activity alone, None at all of them. The arrivals stay, with by whom they
    were taken back. The rows of the guests are locked by a statement of its own, so that the second
    one sees every arrival of theirs.
    """
    values = {
        "event": event_id,
        "activity": activity_id,
        "guests": list(guest_ids),
        "by": by,
        "now": now(),
    }
    _ids(_LOCK, values)
    return _ids(_TAKE_BACK, values)


def _ids(statement: str, values: Mapping[str, Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
