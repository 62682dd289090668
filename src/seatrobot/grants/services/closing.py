"""What the clock and lapsed conditions end: noted every minute, in each organization's own log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from seatrobot.grants.feature import Action
from seatrobot.grants.models import OPEN_STATES, StaffGrant, State
from seatrobot.grants.reading import state_of
from seatrobot.grants.services.common import lock, mark_over, tell
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.vault.errors import KeyringMissing


def open_grants() -> list[tuple[UUID, UUID]]:
    """Return every grant that is asked for or live, with its organization.

    Call in a unit of work in which nobody acts for any organization.
    """
    rows = StaffGrant.objects.filter(state__in=OPEN_STATES).order_by("id")
    return list(rows.values_list("pk", "organization_id"))


def end_if_due(grant_id: UUID, organization_id: UUID) -> State:
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
    mark_over(row, state, by=None)
    journal.record(ACTIONS[state], subject_id=row.account_id, grant=str(row.pk), unmet=unmet)
    if state != State.LAPSED:
        tell(row, "ended")
    return state


def close(staff_id: UUID) -> None:
    """End every grant of a person who lacks a condition now, each in its organization's log."""
    with acting(Actor.system("grants")):
        rows = StaffGrant.objects.filter(account_id=staff_id, state=State.LIVE).order_by("id")
        found = list(rows.values_list("pk", "organization_id"))
    for grant_id, organization_id in found:
        with suppress(KeyringMissing), acting(Actor.system("grants"), organization_id):
            if end_if_due(grant_id, organization_id) == State.CLOSED:
                tell_holder(grant_id, organization_id)


def close_all(organization_id: UUID, note: Callable[..., None]) -> None:
    """End every grant and request of an organization that is being deleted; call acting for it.

    note: what records each, as `journal.services.record` does.
    """
    rows = StaffGrant.objects.filter(organization_id=organization_id, state__in=OPEN_STATES)
    for row in rows.select_for_update(of=("self",)):
        state = State.CLOSED if row.state == State.LIVE else State.LAPSED
        mark_over(row, state, by=None)
        note(ACTIONS[state], subject_id=row.account_id, grant=str(row.pk))


def tell_holder(grant_id: UUID, organization_id: UUID) -> None:
    """Have the person mailed what they have to do, by a job of the service."""
    with acting(Actor.system("grants")):
        defer("grants.tell-holder", grant_id=str(grant_id), organization_id=str(organization_id))


ACTIONS = {
    State.LAPSED: Action.GRANT_LAPSE,
    State.EXPIRED: Action.GRANT_EXPIRE,
    State.CLOSED: Action.GRANT_CLOSE,
}
