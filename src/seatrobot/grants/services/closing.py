"""What the clock and lapsed conditions end: noted every minute, in each organization's own log."""

from __future__ import annotations

from uuid import UUID

from seatrobot.grants.feature import Action
from seatrobot.grants.models import OPEN_STATES, StaffGrant, State
from seatrobot.grants.reading import state_of
from seatrobot.grants.services.common import lock, over, tell
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import conditions


def waiting() -> list[tuple[UUID, UUID]]:
    """Return every grant that is asked for or live, with its organization.

    Call in a unit of work in which nobody acts for any organization.
    """
    rows = StaffGrant.objects.filter(state__in=OPEN_STATES).order_by("id")
    return list(rows.values_list("pk", "organization_id"))


def note(grant_id: UUID, organization_id: UUID) -> State:
    """End a grant whose time is over or whose holder lacks a condition; return what it is now."""
    row = lock(grant_id, organization_id)
    state = state_of(row)
    unmet: list[str] = []
    if state == State.LIVE:
        unmet = [each.id for each in conditions.unmet(row.account_id)]
        if unmet or not conditions.may_hold(row.account_id):
            state = State.CLOSED
    if state == row.state:
        return state
    over(row, state, by=None)
    journal.record(ACTIONS[state], subject_id=row.account_id, grant=str(row.pk), unmet=unmet)
    if state != State.LAPSED:
        tell(row, "ended")
    return state


ACTIONS = {
    State.LAPSED: Action.GRANT_LAPSE,
    State.EXPIRED: Action.GRANT_EXPIRE,
    State.CLOSED: Action.GRANT_CLOSE,
}
