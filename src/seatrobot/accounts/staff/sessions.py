"""Sessions of staff: short, in a cookie of their own that browsers send to their area alone.

The key is hashed with the name of the area, and each area reads only sessions of its own people,
so a cookie of one area opens nothing in the other.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from seatrobot.accounts.pages import is_staff_area
from seatrobot.accounts.signing_in.sessions import SessionStore, live

LONGEST = timedelta(hours=12)
LONGEST_IDLE = timedelta(minutes=30)
SERVER_ERROR = 500
PULSE = "/pulse/"
"""How addresses end that an open page asks for again and again, whether anybody looks or not."""


class StaffSessionStore(SessionStore):
    area = b"staff\x00"
    longest = LONGEST
    longest_idle = LONGEST_IDLE
    stored = live(Q(account__isnull=True) | Q(account__staff__is_enabled=True))

    def get_session_cookie_age(self) -> int:
        return int(LONGEST.total_seconds())


class Sessions(SessionMiddleware):
    """Django's own, with another store and another cookie in the staff area."""

    def process_request(self, request: HttpRequest) -> None:
        if not is_staff_area(request):
            super().process_request(request)
            return
        key = request.COOKIES.get(settings.STAFF_COOKIE_NAME)
        request.session = StaffSessionStore(key)
        request.session.is_used = not request.path.endswith(PULSE)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not isinstance(getattr(request, "session", None), StaffSessionStore):
            return super().process_response(request, response)
        patch_vary_headers(response, ("Cookie",))
        if request.session.is_empty():
            _remove_cookie(request, response)
        elif request.session.modified and response.status_code < SERVER_ERROR:
            _save(request, response)
        return response


def _remove_cookie(request: HttpRequest, response: HttpResponse) -> None:
    if settings.STAFF_COOKIE_NAME in request.COOKIES:
        response.delete_cookie(
            settings.STAFF_COOKIE_NAME, path=settings.STAFF_COOKIE_PATH, samesite="Strict"
        )


def _save(request: HttpRequest, response: HttpResponse) -> None:
    """Save the session, and set a cookie that the browser deletes when it closes."""
    try:
        request.session.save()
    except UpdateError as error:  # ended elsewhere while this request was on its way
        raise SessionInterrupted("the session ended during the request") from error
    response.set_cookie(
        settings.STAFF_COOKIE_NAME,
        request.session.session_key or "",
        path=settings.STAFF_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
