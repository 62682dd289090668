"""What accounts do in the background."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts import limits, mail, resetting
from seatrobot.accounts.feature import Action
from seatrobot.accounts.session_store import SessionStore
from seatrobot.kernel.jobs import Work, job, nightly
from seatrobot.kernel.journal import services as journal


@job("accounts.send-reset-link", tries=3)
def send_reset_link(work: Work, account_id: str) -> None:
    """Mail a reset link; does nothing for whoever may not have one, as staff, and nobody."""
    with work.acting():
        account = resetting.whose(UUID(account_id))
        if account is None:
            return
        body = _(
            "Hello %(name)s,\n\nset a new password here within 60 minutes:\n%(link)s\n\n"
            "If you did not ask for this, ignore this message: nothing changes.\n"
        ) % {"name": account.sealed.name, "link": resetting.link(account)}
        message = mail.compose(account.sealed.email, _("Set a new password"), body)
        journal.record(Action.ACCOUNT_PASSWORD_RESET_SEND, subject=account.pk)
    mail.post(message)


@nightly("accounts.forget-what-is-over")
def forget_what_is_over(work: Work) -> None:
    """Delete sessions that have ended and counts of tries that no longer count."""
    with work.acting():
        SessionStore.clear_expired()
        limits.forget()
