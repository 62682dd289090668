"""What the services of grants share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts.models import StaffMember
from seatrobot.grants.feature import Action
from seatrobot.grants.models import (
    EMERGENCY,
    EMERGENCY_REVIEWED_WITHIN,
    REVIEWED_WITHIN,
    StaffGrant,
    State,
)
from seatrobot.grants.reading import state_of
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.unit_of_work import Refusal, UnitOfWork

LONGEST_AHEAD = timedelta(minutes=1)
"""By so much a moment that was noted may lie ahead of the clock."""


OVER = {
    State.LIVE: gettext_lazy("This was approved already: access is open."),
    State.DENIED: gettext_lazy("This request was denied already."),
    State.LAPSED: gettext_lazy("This request was not answered within 12 hours and counts no more."),
    State.CANCELLED: gettext_lazy("This request was taken back."),
    State.ENDED: gettext_lazy("This access was ended by the staff member."),
    State.WITHDRAWN: gettext_lazy("This access was ended by the organization."),
    State.EXPIRED: gettext_lazy("This access has expired."),
    State.CLOSED: gettext_lazy("This access was closed, because a condition was not met any more."),
}


@contextmanager
def as_staff(staff_id: UUID, organization_id: UUID) -> Iterator[UnitOfWork]:
    """Open a unit of work of a staff member that sees and changes grants of an organization.

    What is refused in it is told in the organization's log, also where a form goes on after it.
    """
    with acting(Actor.staff(staff_id), organization_id) as unit:
        try:
            yield unit
        except GrantNotPossible as refusal:
            facts = {"why": refusal.why}
            noted = Refusal(staff_id, organization_id, Action.GRANT_REFUSE, facts)
            unit.refusals.append(noted)
            raise


def lock(grant_id: UUID, organization_id: UUID) -> StaffGrant:
    """Return a grant, locked: of two who decide one comes second. Refuse one that is gone."""
    rows = StaffGrant.objects.select_for_update(of=("self",)).select_related("text")
    row = rows.filter(pk=grant_id, organization_id=organization_id).first()
    if row is None:
        raise GrantNotPossible(_("This grant is gone."), why="gone")
    return row


def require_clock(row: StaffGrant) -> None:
    """Refuse while the clock says a time before the grant was asked for, opened or used."""
    last = max(each for each in (row.asked_at, row.opens_at, row.seen_at) if each)
    if now() < last - LONGEST_AHEAD:
        sentence = _("The clock of this service went back: nothing is decided until it is right.")
        raise GrantNotPossible(sentence, why="clock")


def require_asked(row: StaffGrant) -> None:
    """Refuse unless the grant is a request that still waits for an answer."""
    state = state_of(row)
    if state != State.ASKED:
        raise GrantNotPossible(OVER[state], why=state.value)


def require_staff(account_id: UUID) -> None:
    """Refuse for somebody who is not enabled staff."""
    if not StaffMember.objects.filter(pk=account_id, is_enabled=True).exists():
        sentence = _("Only enabled members of the staff can do this.")
        raise GrantNotPossible(sentence, why="not-enabled-staff")


def open_now(row: StaffGrant, *, decided_by: UUID | None) -> None:
    """Let a request begin to count."""
    moment = now()
    lasts = timedelta(minutes=row.minutes)
    row.state = State.LIVE
    row.opens_at = moment
    row.expires_at = moment + (min(lasts, EMERGENCY) if row.is_emergency else lasts)
    row.decided_by, row.decided_at = decided_by, moment if decided_by else None
    within = EMERGENCY_REVIEWED_WITHIN if row.is_emergency else REVIEWED_WITHIN
    row.review_due_at = moment + within
    row.save()


def mark_over(row: StaffGrant, state: State, *, by: UUID | None) -> None:
    """Let a grant or a request end."""
    row.state, row.ended_at, row.ended_by = state, now(), by
    row.save(update_fields=["state", "ended_at", "ended_by"])


def tell(row: StaffGrant, news: str) -> None:
    """Have the organization told at once, by a job of the service, which sees whom to tell."""
    with acting(Actor.system("grants")):
        defer(
            "grants.tell", grant_id=str(row.pk), organization_id=str(row.organization_id), news=news
        )
