"""How pages of accounts begin and end: two areas, the guards of a page, and shared answers.

Members and staff have separate areas, distinguished by path as their sessions are
(`staff/sessions.py`). What both do alike is one view; what differs is in `Area`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from seatrobot.accounts import unsent
from seatrobot.accounts.models import Account, StaffMember
from seatrobot.accounts.sign_in_log.kinds import Method, Reason
from seatrobot.accounts.sign_in_log.recording import count_refusal
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import came_from
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.routes import Audience, open_to

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Area:
    """name: namespace of its URLs and folder of its templates. home: name of its account page."""

    name: str
    home: str
    actor: Callable[[UUID], Actor]

    @property
    def is_staff(self) -> bool:
        return self.name == "staff"

    @property
    def start(self) -> str:
        """Where to go when no page is known."""
        return self.url(self.home) if self.is_staff else "/"

    @property
    def base(self) -> str:
        """The template that its full pages extend."""
        return "staff/base.html" if self.is_staff else "accounts/base.html"

    @property
    def bare(self) -> str:
        """The template that its pages without navigation extend."""
        return f"{self.name}/bare.html"

    def url(self, page: str, **parts: object) -> str:
        return reverse(f"{self.name}:{page}", kwargs=parts)


MEMBERS = Area("accounts", "account", Actor.member)
STAFF = Area("staff", "home", Actor.staff)


class StaffRequest(HttpRequest):
    """staff: who is signed in."""

    staff: Account


def is_staff_area(request: HttpRequest) -> bool:
    return request.path.startswith(settings.STAFF_COOKIE_PATH)


def area_of(request: HttpRequest) -> Area:
    return STAFF if is_staff_area(request) else MEMBERS


def account_page(view: View) -> View:
    """Guard a view of a person's own account, in either area, in one unit of work of theirs."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        return _guarded(area_of(request), view, request, parts)

    return open_to(Audience.SIGNED_IN)(guarded)


def staff_page(view: View) -> View:
    """Guard a view of the staff area; the view gets `request.staff`."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        return _guarded(STAFF, view, request, parts)

    return open_to(Audience.STAFF)(guarded)


def signed_in(request: HttpRequest, area: Area) -> Account | None:
    """Return who is signed in to an area with this session, or None."""
    if not area.is_staff:
        return request.user if isinstance(request.user, Account) else None
    identifier = request.session.get(SESSION_KEY)
    if identifier is None:
        return None
    rows = StaffMember.objects.select_related("account").filter(is_enabled=True)
    member = rows.filter(pk=UUID(identifier)).first()
    return member.account if member and not member.has_ended else None


def account_of(request: HttpRequest) -> Account:
    """Return who is signed in; call it in a guarded view."""
    account = getattr(request, "staff", None) or request.user
    assert isinstance(account, Account)
    return account


def session_of(request: HttpRequest) -> UUID | None:
    """Return the stored session of this request."""
    row = getattr(request.session, "row", None)
    return row.pk if row else None


def page_mark(request: HttpRequest) -> UUID | None:
    """Return where a page of a list begins; None, the newest, for anything but an identifier."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def next_page(request: HttpRequest, default: str | None = None) -> str:
    """Return the page of this area that `next` names, else the default: the area's start."""
    area = area_of(request)
    page = request.POST.get("next") or request.GET.get("next") or ""
    is_safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    if is_safe and (not area.is_staff or page.startswith(settings.STAFF_COOKIE_PATH)):
        return page
    if default is not None:
        return default
    return area.start if area.is_staff else resolve_url(settings.LOGIN_REDIRECT_URL)


def next_query(request: HttpRequest) -> str:
    """Return the query that passes `next` on to another page, or ""."""
    page = next_page(request, "")
    return f"?{urlencode({'next': page})}" if page else ""


def form_status(form: BaseForm) -> HTTPStatus:
    """Return the status of a page with a form: 422 when what was sent is refused."""
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


def too_many_tries(request: HttpRequest, seconds: int, template: str = "") -> HttpResponse:
    """Answer 429 with one sentence on how long to wait."""
    if seconds < 2 * 60:
        wait = ngettext("%d second", "%d seconds", seconds) % seconds
    else:
        minutes = -(-seconds // 60)
        wait = ngettext("%d minute", "%d minutes", minutes) % minutes
    template = template or f"{area_of(request).name}/too_many_tries.html"
    answer = render(request, template, {"wait": wait}, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer["Retry-After"] = str(seconds)
    return answer


def too_many_sign_ins(request: HttpRequest, seconds: int, method: Method) -> HttpResponse:
    """Count an attempt to sign in above the limit, and answer 429."""
    count_refusal(request, method, Reason.TOO_MANY_TRIES)
    return too_many_tries(request, seconds)


def counts_dead_links(method: Method, template: str = "") -> Callable[[View], View]:
    """Guard a view whose services raise LinkDead: count the request, and answer 410.

    template: the page to show; without one the middleware answers as it does every refusal.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            try:
                return view(request, **parts)
            except LinkDead:
                count_refusal(request, method, Reason.DEAD_LINK)
                if not template:
                    raise
                return render(request, template, status=HTTPStatus.GONE)

        return guarded

    return guard


def _guarded(
    area: Area, view: View, request: HttpRequest, parts: dict[str, Any]
) -> HttpResponseBase:
    account = signed_in(request, area)
    if account is None:
        return ask_to_sign_in(request, area)
    if area.is_staff:
        request.staff = account  # type: ignore[attr-defined]  # see StaffRequest
    with acting(area.actor(account.pk)):
        return view(request, **parts)


def ask_to_sign_in(request: HttpRequest, area: Area = MEMBERS) -> HttpResponse:
    """Ask to sign in; what a member's form had sent is kept on the page that asks."""
    place = area.url("sign-in")
    if request.headers.get("HX-Request"):  # of a page that was open
        there = f"{place}?ended=1" if area.is_staff else place
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": there})
    is_form = request.method not in {"GET", "HEAD"}
    page = came_from(request) if is_form else request.get_full_path()
    if is_form and not area.is_staff and (text := unsent.kept_from(request)):
        return unsent.sign_in_page(request, text, page)
    if is_form and (page == "/" or area.is_staff):
        return redirect(place)
    return redirect(f"{place}?{urlencode({'next': page}, safe='/')}")
