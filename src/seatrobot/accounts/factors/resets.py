"""Resetting a person's factors: at once, or after a wait in which they can object."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import services
from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, PendingReset, Session
from seatrobot.kernel.acting import acting, current
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal

DELAY = timedelta(hours=72)
SALT = "factors.cancel-reset"


def reset(account: Account, notice: Notice = Notice.RESET) -> None:
    """Remove every factor, end every session, and notify the person."""
    services.remove_all(account)
    Session.objects.filter(account=account).delete()
    PendingReset.objects.filter(account=account).delete()
    with acting(current().actor):  # the platform's stream; organizations write into their own
        journal.record(Action.ACCOUNT_FACTOR_RESET, subject_id=account.pk)
    services.notify(account, notice)


def ask(account: Account, *, organization_id: UUID, asked_by: UUID) -> PendingReset:
    """Schedule a reset in 72 hours, and mail the person how to object."""
    moment = now()
    pending = PendingReset.objects.create(
        account=account,
        organization_id=organization_id,
        asked_by=asked_by,
        asked_at=moment,
        due_at=moment + DELAY,
    )
    defer("accounts.mail-reset-warning", reset_id=str(pending.pk))
    return pending


def cancel(account: Account) -> bool:
    """Cancel a pending reset, as its owner; return whether there was one."""
    cancelled, _rows = PendingReset.objects.filter(account=account).delete()
    if cancelled:
        accounts.record(Action.ACCOUNT_FACTOR_RESET_CANCEL, account)
        services.notify(account, Notice.RESET_CANCELLED)
    return bool(cancelled)


def token(pending: PendingReset) -> str:
    """Return the secret of the link that cancels."""
    return signing.dumps(str(pending.pk), salt=SALT)


def by_token(text: str) -> PendingReset | None:
    """Return the reset a link cancels, or None when the link is wrong or nothing is pending."""
    try:
        identifier = UUID(signing.loads(text, salt=SALT, max_age=DELAY))
    except signing.BadSignature:
        return None
    return PendingReset.objects.filter(pk=identifier).select_related("account").first()
