"""What the clock and lapsed conditions end: noted every minute, in each organization's own log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from seatrobot.grants.feature import Action
from seatrobot.grants.models import OPEN_STATES, StaffGrant, State
from seatrobot.grants.reading import state_of
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services.common import lock, mark_over, tell
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.vault.errors import VaultError

log = logging.getLogger(__name__)


def open_grants() -> list[tuple[UUID, UUID]]:
    """Return every grant that is asked for or live, with its organization.

    Call in a unit of work in which nobody acts for any organization.
    """
    rows = StaffGrant.objects.filter(state__in=OPEN_STATES).order_by("id")
    return list(rows.values_list("pk", "organization_id"))


def end_if_due(actor: Actor, grant_id: UUID, organization_id: UUID) -> State:
    """End a grant whose time is over or whose holder lacks a condition; return what it is now.

    In a unit of work of its own. An organization that is locked, or whose keys are lost, takes no
    entry in its log: the grant ends all the same, and the platform's journal says so. Raises
    GrantNotPossible for a grant that is gone.
    """
    try:
        with acting(actor, organization_id):
            return _end_if_due(grant_id, organization_id)
    except VaultError as error:
        log.warning(
            "The log of organization %s takes no entry of grant %s: %s.",
            organization_id,
            grant_id,
            getattr(error, "cause", error),
        )
    with acting(actor, organization_id):
        return _end_if_due(grant_id, organization_id, told_by=actor)


def _end_if_due(grant_id: UUID, organization_id: UUID, *, told_by: Actor | None = None) -> State:
    """Do what `end_if_due` says, in a unit of work for the organization.

    told_by: who says so in the platform's journal, in place of the organization's log.
    """
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
    where: dict[str, Any] = {"organization": str(organization_id)} if told_by else {}
    with acting(told_by) if told_by else nullcontext():
        journal.record(
            ACTIONS[state], subject_id=row.account_id, grant=str(row.pk), unmet=unmet, **where
        )
    if state != State.LAPSED:
        tell(row, "ended")
    return state


def close(staff_id: UUID) -> None:
    """End every grant of a person who lacks a condition now, whatever becomes of an organization.

    Whoever is disabled must not stay enabled because the keys of an organization do not open.
    """
    actor = Actor.system("grants")
    with acting(actor):
        rows = StaffGrant.objects.filter(account_id=staff_id, state=State.LIVE).order_by("id")
        found = list(rows.values_list("pk", "organization_id"))
    for grant_id, organization_id in found:
        try:
            state = end_if_due(actor, grant_id, organization_id)
        except GrantNotPossible:
            continue  # it was deleted a moment ago, with its organization
        if state == State.CLOSED:
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
