"""Resets of somebody's factors that wait, so that their owner can object."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import services
from seatrobot.accounts.factors.jobs import News, tell
from seatrobot.accounts.factors.models import PendingReset
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Session
from seatrobot.kernel.acting import acting, current
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal

DELAY = timedelta(hours=72)
SALT = "factors.cancel-reset"


def reset(account: Account) -> None:
    """Remove every factor, end every session, and tell the person."""
    services.remove_all(account)
    Session.objects.filter(account=account).delete()
    PendingReset.objects.filter(account=account).delete()
    with acting(current().actor):  # the platform's stream; organizations write into their own
        journal.record(Action.ACCOUNT_FACTOR_RESET, subject=account.pk)
    tell(account, News.RESET)


def ask(account: Account, *, organization_id: UUID, asked_by: UUID) -> PendingReset:
    """Let a reset wait for 72 hours, and tell the person how to object."""
    moment = now()
    pending = PendingReset.objects.create(
        account=account,
        organization_id=organization_id,
        asked_by=asked_by,
        asked_at=moment,
        due_at=moment + DELAY,
    )
    defer("factors.warn-of-reset", reset_id=str(pending.pk))
    return pending


def cancel(account: Account) -> bool:
    """Cancel a reset that waits, as its owner; return whether there was one."""
    cancelled, _rows = PendingReset.objects.filter(account=account).delete()
    if cancelled:
        accounts.note(Action.ACCOUNT_FACTOR_RESET_CANCEL, account)
        tell(account, News.RESET_CANCELLED)
    return bool(cancelled)


def token(pending: PendingReset) -> str:
    """Return the secret of the link that cancels."""
    return signing.dumps(str(pending.pk), salt=SALT)


def by_token(text: str) -> PendingReset | None:
    """Return the reset a link cancels, or None when the link is wrong or the reset is over."""
    try:
        identifier = UUID(signing.loads(text, salt=SALT, max_age=DELAY))
    except signing.BadSignature:
        return None
    return PendingReset.objects.filter(pk=identifier).select_related("account").first()
