"""An administrator resets the second factors of a member who has lost them.

At once for most. A reset of the Primary Owner waits 72 hours, or for a second administrator: one
who was an administrator for 72 hours, as the one who asks, and neither made the other one. One
of a person who belongs to another organization too waits in any case, as it opens doors there.
The member concerned gets a mail, and cancels it by a link or by signing in with a factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.factors import resets
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, PendingReset
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.members import belongs_elsewhere
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role


@dataclass(frozen=True, slots=True)
class ResetState:
    """pending: a reset that waits. waits: whether one would. may_agree: as second administrator."""

    pending: PendingReset | None
    waits: bool
    may_agree: bool
    has_factors: bool


def state(*, actor: Principal, membership_id: UUID) -> ResetState:
    """Return what a reset of this member's factors would mean now; raises Refused."""
    actor.require(Permission.MEMBER_CHANGE)
    return _state(actor, _other(actor, membership_id))


def reset_factors(*, actor: Principal, membership_id: UUID) -> bool:
    """Reset a member's factors, ask for it, or agree to it; return whether it is done.

    Raises Refused.
    """
    actor.require(Permission.MEMBER_CHANGE)
    membership = _other(actor, membership_id)
    account = membership.account
    now_state = _state(actor, membership)
    if not now_state.has_factors:
        raise Refused(_("This person has no second factor."))
    if now_state.waits and not now_state.may_agree:
        _ask(actor, account, now_state.pending)
        return False
    finish(account)
    return True


def finish(account: Account) -> None:
    """Reset, and write it into this organization's journal."""
    resets.reset(account)
    journal.record(Action.ACCOUNT_FACTOR_RESET, subject_id=account.pk)


def _ask(actor: Principal, account: Account, pending: PendingReset | None) -> None:

    if pending is not None:
        raise Refused(_("A reset waits already; another administrator may be able to agree."))
    assert actor.account_id is not None
    asked = resets.ask(account, organization_id=actor.organization_id, asked_by=actor.account_id)
    journal.record(Action.ACCOUNT_FACTOR_RESET_ASK, subject_id=account.pk)
    defer("organizations.reset-factors", after=resets.DELAY, reset_id=str(asked.pk))


def _state(actor: Principal, membership: Membership) -> ResetState:
    account = membership.account
    pending = PendingReset.objects.filter(account=account).first()
    elsewhere = belongs_elsewhere(account.pk, actor.organization_id)
    is_second = pending is not None and _is_second(actor, pending)
    return ResetState(
        pending=pending,
        waits=elsewhere or membership.role == Role.OWNER,
        may_agree=is_second and not elsewhere,
        has_factors=factors.enrolled(account.pk).any,
    )


def _is_second(actor: Principal, pending: PendingReset) -> bool:
    """Return whether the actor is another person than the asker, as far as anybody can tell.

    An administrator can invite themselves once more. So both must have been administrators long
    enough for the Primary Owner to notice, before it was asked, and not the one by the other.
    """
    if pending.organization_id != actor.organization_id or pending.asked_by == actor.account_id:
        return False
    both = Membership.objects.filter(
        organization_id=actor.organization_id,
        account_id__in=[actor.account_id, pending.asked_by],
        role__in=Permission.MEMBER_CHANGE.roles,
        administrator_since__lte=min(pending.asked_at, now() - resets.DELAY),
    )
    makers = {row.account_id: row.administrator_by for row in both}
    return len(makers) == 2 and not set(makers) & set(makers.values())  # noqa: PLR2004  these two


def _other(actor: Principal, membership_id: UUID) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("account")
    row = rows.filter(organization_id=actor.organization_id, pk=membership_id).first()
    if row is None:
        raise Refused(_("This person is not a member any more."))
    if row.account_id == actor.account_id:
        raise Refused(_("Change your own ways to sign in on the page of your account."))
    return row
