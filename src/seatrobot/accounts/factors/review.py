"""Looking through one's ways to sign in, after somebody else was in the account.

Until that is done `factor_check.py` lets the person nowhere else. It takes the new password, which
only the mailbox could set: a passkey alone may be the one that a thief has left.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from seatrobot.accounts import services as accounts
from seatrobot.accounts.assurance import Assurance
from seatrobot.accounts.factors import services
from seatrobot.accounts.factors.jobs import News, tell
from seatrobot.accounts.factors.models import Authenticator, Passkey, RecoveryCode
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.kernel.clock import now


def demand(*, account: Account, added_since: datetime) -> None:
    """Have the person look through what is left; what was added since then is removed at once."""
    for rows in (Passkey.objects, Authenticator.objects, RecoveryCode.objects):
        rows.filter(account=account, created_at__gte=added_since).delete()
    if not services.enrolled(account.pk).any:
        RecoveryCode.objects.filter(account=account).delete()
    account.unchecked_since = now()
    account.save(update_fields=["unchecked_since"])


def may_be_done(assurance: Assurance) -> bool:
    """Return whether a session has shown the password, and so began after it was set by link."""
    return Method.PASSWORD in assurance.methods


def finish(
    *, account: Account, mine: Collection[UUID], new_codes: bool, session: UUID | None
) -> list[str]:
    """Keep the factors that are the person's, remove the others and let them go on.

    Every other session ends: one may have begun with what is removed now. Returns new recovery
    codes where they are wanted and a factor is left to recover from.
    """
    for line in services.factors_of(account):
        if line.id not in mine:
            services.remove(account=account, factor_id=line.id)
    is_wanted = new_codes and services.enrolled(account.pk).any
    codes = services.make_recovery_codes(account=account) if is_wanted else []
    account.unchecked_since = None
    account.save(update_fields=["unchecked_since"])
    accounts.end_other_sessions(account=account, keep=session)
    accounts.note(Action.ACCOUNT_FACTOR_CHECK, account)
    tell(account, News.CHECKED)
    return codes
