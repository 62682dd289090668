"""How a page of the staff area begins: a person of the staff, in one unit of work of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from seatrobot.accounts import pages, sudo
from seatrobot.accounts.models import Account
from seatrobot.accounts.staff.models import StaffMember
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """staff: who is signed in."""

    staff: Account


def staff_page(view: View) -> View:
    """Guard a view of the staff area; the view gets `request.staff`."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        account = who_is_in(request)
        if account is None:
            return _ask_to_sign_in(request)
        with acting(Actor.staff(account.pk)):
            request.staff = account  # type: ignore[attr-defined]  # see StaffRequest
            return view(request, **parts)

    return guarded


def fresh_passkey_required(view: View) -> View:
    """Guard a view of somebody who is signed in; put it below `staff_page`."""
    return sudo.guard(view, question="staff:confirm", start=settings.STAFF_COOKIE_PATH)


def who_is_in(request: HttpRequest) -> Account | None:
    """Return who of the staff is signed in with this session, if anybody."""
    identifier = request.session.get(SESSION_KEY)
    if identifier is None:
        return None
    rows = StaffMember.objects.select_related("account").filter(is_enabled=True)
    member = rows.filter(pk=UUID(identifier)).first()
    return member.account if member else None


def following(request: HttpRequest) -> str:
    """Return the page of the staff area that `next` names, else its start."""
    page = pages.following(request, "")
    return page if page.startswith(settings.STAFF_COOKIE_PATH) else reverse("staff:home")


def too_many_tries(request: HttpRequest, seconds: int) -> HttpResponse:
    return pages.too_many_tries(request, seconds, template="staff/too_many_tries.html")


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    place = reverse("staff:sign-in")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": place})
    if request.method not in {"GET", "HEAD"}:
        return redirect(place)
    return redirect(f"{place}?{urlencode({'next': request.get_full_path()})}")
