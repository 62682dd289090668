"""Confirming the address of an account by a link that is mailed there and comes back.

Only whoever is signed in to the account can send the link for and use it: a stranger who gave
somebody else's address gets no confirmation from them.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import limits, services
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import account_of, account_page, too_many_tries
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import LinkDead

SALT = "accounts.address"
VALID_FOR = timedelta(days=1)


def token(account: Account) -> str:
    return signing.dumps(str(account.pk), salt=SALT)


def account_id_of(text: str) -> UUID | None:
    """Return the account whose link this is, or None when it is wrong or too old."""
    try:
        return UUID(signing.loads(text, salt=SALT, max_age=VALID_FOR))
    except signing.BadSignature:
        return None


def mail_link(account_id: UUID) -> None:
    """Have the link mailed when this transaction commits."""
    defer("accounts.mail-address-link", account_id=str(account_id))


@require_POST
@account_page
def ask(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    if wait := limits.count_attempt(limits.per_address(SALT, account.sealed.email)):
        return too_many_tries(request, wait)
    mail_link(account.pk)
    messages.success(request, _("The link is in your mail. It works for a day."))
    return redirect("accounts:account")


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm by a button, because a program may have followed the link."""
    account = account_of(request)
    if account_id_of(token) != account.pk:
        raise LinkDead
    if request.method == "POST":
        services.confirm_address(account)
        messages.success(request, _("Your e-mail address is confirmed."))
        return redirect("accounts:account")
    journal.record(Action.ACCOUNT_VIEW, subject_id=account.pk)
    return render(request, "accounts/confirm_address.html", {"address": account.sealed.email})
