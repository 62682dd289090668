"""Counts sign-ins by what the browser gets, so that the log of sign-ins can be checked by it."""

from __future__ import annotations

import logging

from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from seatrobot.kernel.clock import now
from seatrobot.practices.checks import sign_in_counts
from seatrobot.web.middleware import Handler

log = logging.getLogger(__name__)


def sign_ins(get_response: Handler) -> Handler:
    """Count an answer that hands out a session that is somebody's and began in this request.

    It stands around the sessions. Only the request of a sign-in itself costs a statement.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        begun = now()
        response = get_response(request)
        session = getattr(request, "session", None)
        if response.cookies and session is not None and session.modified:
            key = session.session_key
            handed_out = any(cookie.value == key for cookie in response.cookies.values() if key)
            row = getattr(session, "row", None)
            if handed_out and row and row.created_at >= begun and session.get(SESSION_KEY):
                _count()
        return response

    return middleware


def _count() -> None:
    try:
        sign_in_counts.count()
    except DatabaseError:  # the sign-in itself has succeeded; the examination finds the difference
        log.exception("a sign-in was not counted")
