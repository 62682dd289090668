"""How a page of a person's own account begins: signed in, in one unit of work of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
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


def too_many_tries(request: HttpRequest, seconds: int) -> HttpResponse:
    """Answer 429 with one sentence on how long to wait."""
    if seconds < 2 * 60:
        wait = ngettext("%d second", "%d seconds", seconds) % seconds
    else:
        minutes = -(-seconds // 60)
        wait = ngettext("%d minute", "%d minutes", minutes) % minutes
    answer = render(request, "accounts/too_many_tries.html", {"wait": wait}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
