"""Resets of somebody's factors that wait, so that their owner can object."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import services
from seatrobot.accounts.factors.jobs import News, tell
from seatrobot.accounts.factors.models import PendingReset
from seatrobot.accounts.models import Account, Session
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.actions import Action

DELAY = timedelta(hours=72)
SALT = "factors.cancel-reset"


def reset(account: Account) -> None:
    """Remove every factor, end every session, and tell the person."""
    services.remove_all(account)
    Session.objects.filter(account=account).delete()
    PendingReset.objects.filter(account=account).delete()
    accounts.note(Action.ACCOUNT_FACTOR_RESET, account)
    tell(account, News.RESET)


def ask(account: Account, *, organization_id: UUID, asked_by: UUID) -> PendingReset:
    """Let a reset wait for 72 hours; one that waits already stays as it is."""
    moment = now()
    pending, _created = PendingReset.objects.get_or_create(
        account=account,
        defaults={
            "organization_id": organization_id,
            "asked_by": asked_by,
            "asked_at": moment,
            "due_at": moment + DELAY,
        },
    )
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
    return PendingReset.objects.filter(pk=identifier).first()
