"""Background jobs of accounts: mails to a person, copies of refused sign-ins, nightly purging."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from seatrobot.accounts import addresses, limits, mail, services
from seatrobot.accounts.factors import resets
from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, PendingReset, RefusalCount, SignIn
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.sign_in_log import text
from seatrobot.accounts.sign_in_log.recording import sign_in_logged
from seatrobot.accounts.signing_in.sessions import SessionStore
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work, every, job, nightly

REFUSAL_COUNTS_FOR = timedelta(days=90)
"""How long counts of refused attempts are stored."""


@job("accounts.mail-reset-link", tries=3)
def mail_reset_link(work: Work, account_id: str) -> None:
    """Mail a reset link; do nothing for accounts that may not have one, as those of staff."""
    with work.acting():
        account = resetting.account_for_reset(UUID(account_id))
        if account is None:
            return
        link = resetting.link(account)
        message = mail.to_person(account.sealed, "reset_link", link=link)
    mail.deliver(work, message, subject=account.pk, sent=Action.ACCOUNT_PASSWORD_RESET_SEND)


@job("accounts.mail-address-link", tries=3)
def mail_address_link(work: Work, account_id: str) -> None:
    """Mail the link that confirms the address of an account."""
    with work.acting():
        account = Account.objects.filter(pk=UUID(account_id), confirmed_at=None).first()
        if account is None:
            return
        link = _url("accounts:confirm-address", token=addresses.token(account))
        message = mail.to_person(account.sealed, "address_link", link=link)
    mail.deliver(work, message, subject=account.pk)


@job("accounts.mail-factor-notice", tries=3)
def mail_factor_notice(work: Work, account_id: str, notice: str) -> None:
    """Mail a person that their factors have changed."""
    with work.acting():
        account = Account.objects.filter(pk=UUID(account_id)).first()
        if account is None:
            return
        is_staff = services.is_staff(account)
        message = mail.to_person(
            account.sealed,
            "factor_notice",
            sentence=Notice(notice).label,
            is_staff=is_staff,
            link=_url("staff:factors" if is_staff else "accounts:factors"),
        )
    mail.deliver(work, message, subject=account.pk)


@job("accounts.mail-reset-warning", tries=3)
def mail_reset_warning(work: Work, reset_id: str) -> None:
    """Mail a person that a reset of their factors is pending, with the link that cancels it."""
    with work.acting():
        rows = PendingReset.objects.filter(pk=UUID(reset_id)).select_related("account")
        pending = rows.first()
        if pending is None:
            return
        message = mail.to_person(
            pending.account.sealed,
            "reset_warning",
            due=pending.due_at,
            link=_url("accounts:object-to-reset", token=resets.token(pending)),
        )
    mail.deliver(work, message, subject=pending.account_id)


@job("accounts.copy-refused-sign-in", tries=3)
def copy_refused_sign_in(work: Work, sign_in_id: str, account_id: str) -> None:
    """Let organizations copy a refused sign-in; do nothing where nobody has the address."""
    owner = Work(work.name, None, UUID(account_id))
    with owner.acting():
        sign_in = SignIn.objects.filter(pk=UUID(sign_in_id)).first()
        if sign_in is not None:
            sign_in_logged.send(sender=SignIn, sign_in=sign_in, at_once=True)


@job("accounts.mail-new-origin", tries=3)
def mail_new_origin(work: Work, sign_in_id: str, account_id: str) -> None:
    """Mail a person that their account was used from a new device or network."""
    with work.acting():
        sign_in = SignIn.objects.get(pk=UUID(sign_in_id))
        account = Account.objects.get(pk=UUID(account_id))
        is_staff = services.is_staff(account)
        message = mail.to_person(
            account.sealed,
            "new_origin",
            origin=text.origin(sign_in),
            is_staff=is_staff,
            link=_url("staff:home") if is_staff else f"{_url('accounts:account')}#sign-ins",
        )
    mail.deliver(work, message, subject=account.pk)


@job("accounts.mail-disowned", tries=3)
def mail_disowned(work: Work, sign_in_id: str, account_id: str) -> None:
    """Mail a person who reported a sign-in as not theirs the link for a new password."""
    with work.acting():
        sign_in = SignIn.objects.get(pk=UUID(sign_in_id))
        account = Account.objects.get(pk=UUID(account_id))
        message = mail.to_person(
            account.sealed,
            "disowned",
            origin=text.origin(sign_in),
            link=resetting.link(account),
        )
    mail.deliver(work, message, subject=account.pk)


@every("23 * * * *", "accounts.purge-kept-mail")
def purge_kept_mail(_work: Work) -> None:
    """Delete mail that no server has taken for a day."""
    mail.purge_kept()


@nightly("accounts.purge-expired")
def purge_expired(work: Work) -> None:
    """Delete ended sessions, and counters of attempts that no longer matter."""
    with work.acting():
        SessionStore.clear_expired()
        limits.purge_expired()
        RefusalCount.objects.filter(hour__lt=now() - REFUSAL_COUNTS_FOR).delete()


def _url(page: str, **parts: object) -> str:
    return f"{settings.BASE_URL}{reverse(page, kwargs=parts)}"
