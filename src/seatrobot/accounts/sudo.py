"""Dangerous acts ask who is there once more, unless that was shown in the last ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from seatrobot.accounts.assurance import assurance_of

FRESH_FOR = timedelta(minutes=10)

View = Callable[..., HttpResponseBase]


def fresh_sign_in_required(view: View) -> View:
    """Guard a view of somebody who is signed in; put it below `member_page` or `account_page`.

    A page is shown after the question; a form is asked to be sent again from the page it is on.
    """
    return guard(view)


def fresh_sign_in_required_to_download(view: View) -> View:
    """Guard a file: after the question comes the page with its link, as a file shows no page."""
    return guard(view, is_download=True)


def guard(
    view: View, *, is_download: bool = False, question: str = "accounts:confirm", start: str = "/"
) -> View:
    """Guard a view. question: the page that asks. start: where to go when no page is known."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        if assurance_of(request).fresh(FRESH_FOR):
            return view(request, **parts)
        is_page = request.method in {"GET", "HEAD"} and not is_download
        page = request.get_full_path() if is_page else _came_from(request, start)
        return _ask(request, f"{reverse(question)}?{urlencode({'next': page})}")

    return guarded


def _ask(request: HttpRequest, question: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": question})
    return redirect(question)


def _came_from(request: HttpRequest, start: str) -> str:
    """Return the page that holds the form or link, as the browser names it; else the start."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}):
        return start
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
