"""Reviewing one's factors after a sign-in was reported as somebody else's.

Until it is done a middleware leads every page to the review, so that no page can forget to. It
takes the new password, which only the mailbox can set: a passkey may be one that a thief has left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.assurance import Assurance
from seatrobot.accounts.factors import services, webauthn
from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Authenticator, Passkey, RecoveryCode
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.kernel.answers import by_script, problem
from seatrobot.kernel.clock import now

Handler = Callable[[HttpRequest], HttpResponseBase]

REVIEW_PAGE = "accounts:check-ways"
OPEN_PAGES = {
    REVIEW_PAGE,
    "accounts:confirm",
    "accounts:confirm-options",
    "accounts:sign-out",
    "accounts:ask-for-reset",
    "accounts:reset",
    "accounts:object-to-reset",
}
"""Pages that stay open: the review, confirming who it is, signing out, and links from mails."""
PUBLIC_APPLICATIONS = {"practices", "transparency"}
"""Their pages are the same for everybody, and do not read the session."""


def require_review(*, account: Account, added_since: datetime) -> None:
    """Require a review of the account's factors; those added since then are removed at once."""
    webauthn.forget_passkeys(Passkey.objects.filter(account=account, created_at__gte=added_since))
    for rows in (Authenticator.objects, RecoveryCode.objects):
        rows.filter(account=account, created_at__gte=added_since).delete()
    if not services.enrolled(account.pk).any:
        RecoveryCode.objects.filter(account=account).delete()
    account.unchecked_since = now()
    account.save(update_fields=["unchecked_since"])


def may_review(assurance: Assurance) -> bool:
    """Return whether a session has shown the password, and so began after it was set by link."""
    return Method.PASSWORD in assurance.methods


def finish(
    *, account: Account, mine: Collection[UUID], new_codes: bool, session: UUID | None
) -> list[str]:
    """Keep the factors that are the person's, remove the others, and end the review.

    Every other session ends: one may have begun with what is removed now. Return new recovery
    codes where they are wanted and a factor is left to recover.
    """
    for line in services.factors_of(account):
        if line.id not in mine:
            services.remove(account=account, factor_id=line.id)
    is_wanted = new_codes and services.enrolled(account.pk).any
    codes = services.make_recovery_codes(account=account) if is_wanted else []
    account.unchecked_since = None
    account.save(update_fields=["unchecked_since"])
    accounts.end_other_sessions(account=account, keep=session)
    accounts.record(Action.ACCOUNT_FACTOR_CHECK, account)
    services.notify(account, Notice.REVIEWED)
    return codes


def review_first(get_response: Handler) -> Handler:
    """Django middleware: lead every page of an account under review to the review."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    middleware.process_view = _instead  # type: ignore[attr-defined]  # Django's own way
    return middleware


def _instead(request: HttpRequest, *_view: Any) -> HttpResponse | None:
    match = request.resolver_match
    if match and (match.view_name in OPEN_PAGES or match.app_name in PUBLIC_APPLICATIONS):
        return None
    account = request.user  # read with the session: no further statement
    if not isinstance(account, Account) or account.unchecked_since is None:
        return None
    if by_script(request):
        sentence = _("Somebody else was in your account: first check your ways to sign in.")
        answer = problem(HTTPStatus.FORBIDDEN, sentence)
        answer["HX-Redirect"] = reverse(REVIEW_PAGE)
        return answer
    is_page = request.method in {"GET", "HEAD"}
    query = f"?{urlencode({'next': request.get_full_path()})}" if is_page else ""
    return redirect(f"{reverse(REVIEW_PAGE)}{query}")
