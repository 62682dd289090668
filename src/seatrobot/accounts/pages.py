"""How a page of a person's own account begins: signed in, in one unit of work of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from seatrobot.accounts.models import Account
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

View = Callable[..., HttpResponseBase]


def account_page(view: View) -> View:
    """Guard a view of what belongs to the person who is signed in."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        with acting(Actor.member(account_of(request).pk)):
            return view(request, **parts)

    return guarded


def account_of(request: HttpRequest) -> Account:
    """Return who is signed in."""
    account = request.user
    assert isinstance(account, Account)
    return account


def session_of(request: HttpRequest) -> UUID | None:
    """Return the stored session of this request."""
    row = getattr(request.session, "row", None)
    return row.pk if row else None


def page_mark(request: HttpRequest) -> UUID | None:
    """Return from where a list goes on; what is no identifier is the beginning."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def following(request: HttpRequest, default: str | None = None) -> str:
    """Return the page of this site that `next` names, else the default: the start of everything."""
    page = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    if safe:
        return page
    return resolve_url(settings.LOGIN_REDIRECT_URL) if default is None else default


def onward(request: HttpRequest) -> str:
    """Return the query that hands `next` on to another page, or nothing where there is none."""
    page = following(request, "")
    return f"?{urlencode({'next': page})}" if page else ""


def too_many_tries(
    request: HttpRequest, seconds: int, template: str = "accounts/too_many_tries.html"
) -> HttpResponse:
    """Answer 429 with one sentence on how long to wait."""
    if seconds < 2 * 60:
        wait = ngettext("%d second", "%d seconds", seconds) % seconds
    else:
        minutes = -(-seconds // 60)
        wait = ngettext("%d minute", "%d minutes", minutes) % minutes
    answer = render(request, template, {"wait": wait}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
