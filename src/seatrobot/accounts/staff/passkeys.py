"""What a person of the staff does with their passkeys: each is journalled, and mailed to them."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import passkeys
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.factors.jobs import News, tell
from seatrobot.accounts.factors.models import Passkey
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.staff import links
from seatrobot.accounts.staff.errors import StaffRefused
from seatrobot.accounts.staff.models import StaffMember
from seatrobot.kernel.journal import services as journal


def enrol_by_link(
    *, account: Account, token: str, name: str, answer: str, challenge: bytes
) -> None:
    """Enrol the one passkey of a link: older ones are void, and every session has ended.

    Raises LinkDead or FactorRefused, and then nothing has changed.
    """
    lock(account)
    links.use(token)
    Passkey.objects.filter(account=account).delete()
    Session.objects.filter(account=account).delete()
    passkeys.enrol(account, name=name, answer=answer, challenge=challenge)
    journal.record(Action.STAFF_ENROL, subject=account.pk)
    tell(account, News.ENROLLED)


def add(*, account: Account, name: str, answer: str, challenge: bytes) -> None:
    """Enrol a further passkey; raises FactorRefused."""
    lock(account)
    passkeys.enrol(account, name=accounts.clean_name(name), answer=answer, challenge=challenge)
    accounts.note(Action.ACCOUNT_FACTOR_ADD, account)
    tell(account, News.ADDED)


def remove(*, account: Account, passkey_id: UUID) -> None:
    """Remove a passkey; raises StaffRefused for the last one."""
    lock(account)
    if Passkey.objects.filter(account=account).count() == 1:
        raise StaffRefused(_("This is your only passkey: add another one before you remove it."))
    factors.remove(account=account, factor_id=passkey_id)


def lock(account: Account) -> bool:
    """Let what happens to an account happen one after the other; return whether it is enabled."""
    Account.objects.select_for_update().only("pk").get(pk=account.pk)
    return StaffMember.objects.filter(pk=account.pk, is_enabled=True).exists()
