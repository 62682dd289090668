"""What the sign-in log does in the background."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts import mail, resetting
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.models import SignIn
from seatrobot.accounts.sign_in_log.services import logged
from seatrobot.accounts.sign_in_log.words import from_where
from seatrobot.accounts.staff.people import is_staff
from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.journal import services as journal


@job("sign-in-log.hand-on", tries=3)
def hand_on(work: Work, sign_in_id: str, account_id: str) -> None:
    """Let organizations have a refused sign-in; does nothing where nobody has the address."""
    owner = Work(work.name, None, UUID(account_id))
    with owner.acting():
        sign_in = SignIn.objects.filter(pk=UUID(sign_in_id)).first()
        if sign_in is not None:
            logged.send(sender=SignIn, sign_in=sign_in, at_once=True)


@job("sign-in-log.tell-of-new-place", tries=3)
def tell_of_new_place(work: Work, sign_in_id: str, account_id: str) -> None:
    """Mail a person that their account was used from a new device or network."""
    with work.acting():
        sign_in = SignIn.objects.get(pk=UUID(sign_in_id))
        account = Account.objects.get(pk=UUID(account_id))
        frame, page = _frame_of_new_place(account)
        body = frame % {
            "name": account.sealed.name,
            "where": from_where(sign_in),
            "link": f"{settings.BASE_URL}{page}",
        }
        message = mail.compose(account.sealed.email, _("New sign-in to your account"), body)
        journal.record(Action.MAIL_SEND, subject=account.pk)
    mail.post(message)


def _frame_of_new_place(account: Account) -> tuple[str, str]:
    """Return the text around time and place, and the page it leads to."""
    if is_staff(account):
        return _(
            "Hello %(name)s,\n\nyour staff account was just used from a device or network that is "
            "new:\n\n%(where)s\n\nIf this was you, there is nothing to do. If not, end the session "
            "and tell the operator of this service, who can disable your account:\n%(link)s\n"
        ), reverse("staff:home")
    return _(
        "Hello %(name)s,\n\nyour account was just used from a device or network that is new:"
        "\n\n%(where)s\n\nIf this was you, there is nothing to do. If not, open your account "
        "and choose “This wasn't me”:\n%(link)s\n"
    ), f"{reverse('accounts:account')}#sign-ins"


@job("sign-in-log.tell-of-disowned", tries=3)
def tell_of_disowned(work: Work, sign_in_id: str, account_id: str) -> None:
    """Mail a person who said "This wasn't me" the link for a new password."""
    with work.acting():
        sign_in = SignIn.objects.get(pk=UUID(sign_in_id))
        account = Account.objects.get(pk=UUID(account_id))
        body = _(
            "Hello %(name)s,\n\nyou said that this sign-in to your account was not you:\n\n"
            "%(where)s\n\nEvery session has ended and the old password no longer works. Set a new "
            "one here within 60 minutes:\n%(link)s\n\nOnce you have signed in with it, we ask "
            "which passkeys and apps are yours. The administrators of your organizations know.\n"
        ) % {
            "name": account.sealed.name,
            "where": from_where(sign_in),
            "link": resetting.link(account),
        }
        message = mail.compose(account.sealed.email, _("Your account is secured"), body)
        journal.record(Action.MAIL_SEND, subject=account.pk)
    mail.post(message)
