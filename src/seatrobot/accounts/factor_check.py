"""Whoever said "This wasn't me" looks through their ways to sign in before anything else.

A middleware rather than a guard of each page, so that no page can forget it: neither an
organization's, nor one's own, nor one that comes later. The account is read with the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.kernel.answers import by_script, problem

Handler = Callable[[HttpRequest], HttpResponseBase]

PAGE = "accounts:check-ways"
OPEN = {
    PAGE,
    "accounts:confirm",
    "accounts:confirm-options",
    "accounts:sign-out",
    "accounts:ask-for-reset",
    "accounts:reset",
    "accounts:object-to-reset",
}
"""What stays open: the page itself, showing once more who it is, leaving, and links by mail."""
PUBLIC = {"practices", "transparency"}
"""Applications whose pages are the same for everybody; they do not even look who asks."""


def factor_check(get_response: Handler) -> Handler:
    """Lead every page of somebody whose account waits for the check to its one page."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    middleware.process_view = _instead  # type: ignore[attr-defined]  # Django's own way
    return middleware


def _instead(request: HttpRequest, *_view: Any) -> HttpResponse | None:
    match = request.resolver_match
    if match and (match.view_name in OPEN or match.app_name in PUBLIC):
        return None
    account = request.user
    if not isinstance(account, Account) or account.unchecked_since is None:
        return None
    if by_script(request):
        return _first_check()
    is_page = request.method in {"GET", "HEAD"}
    following = f"?{urlencode({'next': request.get_full_path()})}" if is_page else ""
    return redirect(f"{reverse(PAGE)}{following}")


def _first_check() -> HttpResponse:
    said = _("Somebody else was in your account: first check your ways to sign in.")
    answer = problem(403, said)
    answer["HX-Redirect"] = reverse(PAGE)
    return answer
