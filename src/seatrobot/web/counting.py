"""Counts requests by their TLS, and sign-ins by what the browser gets, which checks compare."""

from __future__ import annotations

import logging

from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from seatrobot.kernel import tls
from seatrobot.kernel.clock import now
from seatrobot.practices.checks import arrivals, sign_in_counts
from seatrobot.runtime import keeper
from seatrobot.web.middleware import Handler

log = logging.getLogger(__name__)


NOT_COUNTED = {"/healthz"}
"""What monitoring asks for, day and night."""


def by_tls(get_response: Handler) -> Handler:
    """Count a request for a page by what TLS agreed on; it stands behind the client's address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path not in NOT_COUNTED:
            agreed = arrivals.agreed(request.META, is_secure=request.is_secure())
            if agreed is not None:
                ip = request.META["REMOTE_ADDR"]
                source = keeper.source_of(ip)
                arrivals.COUNTING.count(agreed, source, is_local=tls.is_here(ip))
        return get_response(request)

    return middleware


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
