"""How strongly a session's person is proven: factors shown, and when last.

Dangerous acts ask for a factor again unless one was shown in the last ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from seatrobot.accounts import unsent
from seatrobot.accounts.pages import area_of
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.signing_in.sessions import SessionStore
from seatrobot.kernel.answers import came_from
from seatrobot.kernel.clock import now

KEY = "assurance"
DOWNLOAD = "download"
"""Parameter of the question: the file that waits for it."""
SENT_TO = "sent"
"""Parameter of the question: where a form was sent that has to wait for it."""
NEVER = datetime.fromtimestamp(0, UTC)
FRESH_FOR = timedelta(minutes=10)

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Assurance:
    """methods: shown in this session. at: when a factor was shown last."""

    methods: frozenset[str]
    at: datetime

    @property
    def second_factor(self) -> bool:
        """Whether two factors were shown; a passkey that verifies its user counts as two."""
        return bool(self.methods & {Method.PASSKEY, Method.TOTP, Method.RECOVERY_CODE})

    @property
    def phishing_resistant(self) -> bool:
        return Method.PASSKEY in self.methods

    def fresh(self, within: timedelta) -> bool:
        return now() - self.at <= within


def assurance_of(request: HttpRequest) -> Assurance:
    """Return what this session has shown; nothing, long ago, for a session that never did."""
    stored = request.session.get(KEY)
    return _read(stored) if stored else Assurance(frozenset(), NEVER)


def begin(request: HttpRequest, *methods: str) -> None:
    """Note the factors a new session begins with; from here on it lasts as long as sessions do."""
    request.session.set_expiry(None)  # while it waited for a second step it lasted minutes
    _write(request, frozenset(methods))


def add(request: HttpRequest, *methods: str) -> None:
    """Note factors shown just now beside the earlier ones, under a new session key."""
    before = assurance_of(request).methods
    assert isinstance(request.session, SessionStore)
    request.session.rotate()
    _write(request, before | frozenset(methods))


def fresh_sign_in_required(view: View) -> View:
    """Guard a view; put it below the decorator that requires somebody to be signed in.

    A page is shown after the question. A form is sent on to the question, which keeps it and gives
    it back afterwards.
    """
    return _guard(view, is_download=False)


def fresh_sign_in_required_to_download(view: View) -> View:
    """Guard a file: the question says what it holds (`releases`), and hands it out afterwards."""
    return _guard(view, is_download=True)


def releases(what: str | Promise) -> Callable[[View], View]:
    """Say what a file that is guarded holds; put it above the guard."""

    def mark(view: View) -> View:
        view.releases = what  # type: ignore[attr-defined]  # read by the page that asks
        return view

    return mark


def released_by(request: HttpRequest) -> tuple[str, str]:
    """Return the address of the file that this request's question is for, and what it holds.

    Both are "" when the question is for no file of this site.
    """
    address = request.GET.get(DOWNLOAD, "")
    if not address.startswith("/") or not url_has_allowed_host_and_scheme(address, None):
        return "", ""
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return "", ""
    return address, str(getattr(view, "releases", _("a file with data of your organization")))


def _guard(view: View, *, is_download: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        if assurance_of(request).fresh(FRESH_FOR):
            return view(request, **parts)
        is_page = request.method in {"GET", "HEAD"} and not is_download
        page = request.get_full_path() if is_page else came_from(request, area_of(request).start)
        query = {"next": page}
        if is_download:
            query[DOWNLOAD] = request.get_full_path()
        is_form = bool(unsent.kept_from(request))
        if is_form:
            query[SENT_TO] = request.get_full_path()
        question = f"{area_of(request).url('confirm')}?{urlencode(query)}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": question})
        return redirect(question, preserve_request=is_form)

    return guarded


def _write(request: HttpRequest, methods: frozenset[str]) -> None:
    request.session[KEY] = {"methods": sorted(methods), "at": now().isoformat()}


def _read(stored: dict[str, Any]) -> Assurance:
    return Assurance(frozenset(stored["methods"]), datetime.fromisoformat(stored["at"]))
