"""Mail about factors to the person they belong to."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import mail
from seatrobot.accounts.factors.models import PendingReset
from seatrobot.accounts.models import Account
from seatrobot.accounts.staff.people import is_staff
from seatrobot.kernel.jobs import Work, defer, job


class News(StrEnum):
    """What happened to somebody's factors."""

    ADDED = "added"
    RENAMED = "renamed"
    REMOVED = "removed"
    NEW_CODES = "new-codes"
    CODE_USED = "code-used"
    RESET = "reset"
    RESET_CANCELLED = "reset-cancelled"
    ENROLLED = "enrolled"
    CHECKED = "checked"


SENTENCES = {
    News.ADDED: gettext_lazy("A new way to sign in was added to your account."),
    News.RENAMED: gettext_lazy("A way to sign in to your account got another name."),
    News.REMOVED: gettext_lazy("A way to sign in was removed from your account."),
    News.NEW_CODES: gettext_lazy("New recovery codes were made; older ones are void."),
    News.CODE_USED: gettext_lazy("A recovery code was used to sign in to your account."),
    News.RESET: gettext_lazy(
        "An administrator has reset your second factors: passkeys, app and recovery codes are"
        " gone, and every session has ended. Sign in with your password and set them up again."
    ),
    News.RESET_CANCELLED: gettext_lazy("The reset of your second factors is cancelled."),
    News.ENROLLED: gettext_lazy(
        "A passkey was enrolled with your staff link. Older passkeys are void, and every session"
        " has ended."
    ),
    News.CHECKED: gettext_lazy(
        "After the sign-in that was not you, your ways to sign in were looked through. Your account"
        " can be used again."
    ),
}


def tell(account: Account, news: News) -> None:
    """Mail a person what happened to their factors, when this transaction commits."""
    defer("factors.send-news", account_id=str(account.pk), news=str(news))


@job("factors.send-news", tries=3)
def send_news(work: Work, account_id: str, news: str) -> None:
    with work.acting():
        account = Account.objects.filter(pk=UUID(account_id)).first()
        if account is None:
            return
        frame, page = _frame(account)
        body = frame % {
            "name": account.sealed.name,
            "sentence": SENTENCES[News(news)],
            "link": f"{settings.BASE_URL}{reverse(page)}",
        }
        message = mail.compose(account.sealed.email, _("Ways to sign in to your account"), body)
    mail.post(message)


def _frame(account: Account) -> tuple[str, str]:
    """Return the text around the news and the page it leads to; staff have no password."""
    if is_staff(account):
        return _(
            "Hello %(name)s,\n\n%(sentence)s\n\nIf this was not you, tell the operator of this"
            " service at once, who can disable your account. Your passkeys:\n%(link)s\n"
        ), "staff:passkeys"
    return _(
        "Hello %(name)s,\n\n%(sentence)s\n\nIf this was not you, change your password and look"
        " at your account at once:\n%(link)s\n"
    ), "accounts:factors"


@job("factors.warn-of-reset", tries=3)
def warn(work: Work, reset_id: str) -> None:
    """Mail a person that a reset of their factors waits, with the link that cancels it."""
    from seatrobot.accounts.factors import resets

    with work.acting():
        waiting = PendingReset.objects.filter(pk=UUID(reset_id)).select_related("account")
        pending = waiting.first()
        if pending is None:
            return
        place = {"token": resets.token(pending)}
        record = pending.account.sealed
        body = _(
            "Hello %(name)s,\n\nan administrator has asked to reset your second factors (passkeys,"
            " app, recovery codes). It happens on %(moment)s UTC.\n\nIf you did not want that,"
            " cancel it here:\n%(link)s\n\nSigning in with one of them cancels it too.\n"
        ) % {
            "name": record.name,
            "moment": f"{pending.due_at:%Y-%m-%d %H:%M}",
            "link": f"{settings.BASE_URL}{reverse('accounts:object-to-reset', kwargs=place)}",
        }
        message = mail.compose(record.email, _("Your second factors will be reset"), body)
    mail.post(message)
