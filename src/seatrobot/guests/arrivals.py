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
from django.utils.translation import gettext as _

from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.refusal import Refused

_ARRIVE = """
WITH guest AS MATERIALIZED (
    SELECT id, organization_id, event_id, status FROM guests_guest WHERE {those}
    ORDER BY id FOR NO KEY UPDATE
), arrived AS (
    INSERT INTO guests_arrival
        (id, organization_id, event_id, activity_id, guest_id, direction, device_at, at, door, by)
    SELECT tap.id, guest.organization_id, guest.event_id, activity.id, guest.id,
        'in', %(device_at)s::timestamptz, tap.at, %(door)s, %(by)s::uuid
    FROM guest
        JOIN {taps} AS tap (id, guest_id, at) ON tap.guest_id = guest.id
        JOIN events_activity activity ON activity.event_id = guest.event_id
    WHERE guest.event_id = %(event)s AND guest.status = ANY(%(statuses)s::text[])
        AND (activity.id = %(activity)s::uuid OR (%(activity)s::uuid IS NULL AND position = 0))
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
"""A second door waits for the guest's row and then finds the first one's arrival in its way.

Guests are found by their identifiers alone, or PostgreSQL might go through all of the event.
"""
_ARRIVE_ONE = _ARRIVE.format(
    those="id = %(guest)s", taps="(VALUES (%(id)s::uuid, %(guest)s::uuid, %(time)s::timestamptz))"
)
"""Costs the database half of what it takes with arrays of one."""
_ARRIVE_ALL = _ARRIVE.format(
    those="id = ANY(%(guests)s)",
    taps="unnest(%(ids)s::uuid[], %(guests)s::uuid[], %(times)s::timestamptz[])",
)

_LOCK = """
SELECT id FROM guests_guest WHERE id = ANY(%(guests)s) AND event_id = %(event)s
ORDER BY id FOR NO KEY UPDATE
"""
_TAKE_BACK = """
WITH undone AS (
    UPDATE guests_arrival SET undone_at = %(now)s, undone_by = %(by)s::uuid
    WHERE guest_id = ANY(%(guests)s) AND direction = 'in' AND undone_at IS NULL
        AND (%(everywhere)s OR activity_id = (
            SELECT id FROM events_activity WHERE event_id = %(event)s
                AND (id = %(activity)s::uuid OR (%(activity)s::uuid IS NULL AND position = 0))))
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
    given = list(ids) if ids is not None else [new_id() for _ in guest_ids]
    when = [(times or {}).get(guest_id, moment) for guest_id in guest_ids]
    values = {
        "event": event_id,
        "activity": activity_id,
        "statuses": [status.value for status in statuses],
        "device_at": device_at,
        "door": door,
        "by": by,
        "now": moment,
    }
    if len(guest_ids) == 1:
        one = {"guest": guest_ids[0], "id": given[0], "time": when[0]}
        return _ids(_ARRIVE_ONE, values | one)
    return _ids(_ARRIVE_ALL, values | {"guests": list(guest_ids), "ids": given, "times": when})


def take_back(
    *,
    event_id: UUID,
    guest_ids: Sequence[UUID],
    by: UUID | None,
    activity_id: UUID | None = None,
    everywhere: bool = False,
) -> list[UUID]:
    """Take the arrivals of guests back; return those who were in.

    activity_id: None for the one that every event has; everywhere: at all of them. The arrivals
    stay, with by whom they were taken back. The rows of the guests are locked by a statement of its
    own, so that the second one sees every arrival of theirs.
    """
    values = {
        "event": event_id,
        "activity": activity_id,
        "everywhere": everywhere,
        "guests": list(guest_ids),
        "by": by,
        "now": now(),
    }
    return _ids(_TAKE_BACK, {**values, "guests": _ids(_LOCK, values)})


def _ids(statement: str, values: Mapping[str, Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


_DISAGREE = """
SELECT 1 FROM guests_guest guest JOIN guests_arrival arrival ON arrival.guest_id = guest.id
WHERE guest.id = ANY(%(guests)s) AND guest.checked_in_at IS NULL
    AND arrival.direction = 'in' AND arrival.undone_at IS NULL
LIMIT 1
"""
"""A guest who is checked in without an arrival is refused by the database itself."""


def require_agreement(_organization_id: UUID, guests: Sequence[Any]) -> None:
    """Raise Refused where a guest who came with an archive has arrived and is not checked in."""
    with connection.cursor() as cursor:
        cursor.execute(_DISAGREE, {"guests": [guest.pk for guest in guests]})
        if cursor.fetchone():
            raise Refused(_("A guest of this archive has arrived, and is not checked in there."))
