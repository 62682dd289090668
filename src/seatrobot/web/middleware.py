"""What every request passes through besides Django's own: request id, headers, origin, refusals."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import DisallowedRedirect
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
)
from django.http.request import split_domain_port
from django.utils.translation import gettext as _

from seatrobot.kernel import answers
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.web import addresses

Handler = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
METHODS = ("GET", "HEAD", "OPTIONS", "POST")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


LONGEST_ADDRESS = 4096
"""Characters; a longer one may not fit into the address of the page that somebody is sent to."""


class AddressTooLong(Refused):
    """The page that is asked for cannot be named in another address, to come back to it."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG


def request_id(get_response: Handler) -> Handler:
    """Give each request an identifier: on the error page, in the log line, in the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]  # ours alone
        response = get_response(request)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]  # set above
        return response

    return middleware


def proxied_scheme(get_response: Handler) -> Handler:
    """Put the scheme by which a proxy was asked in place of ours, before headers depend on it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if scheme := addresses.client_scheme(request.META, settings.TRUSTED_PROXIES):
            request.META["wsgi.url_scheme"] = scheme
        return get_response(request)

    return middleware


def over_tls(get_response: Handler) -> Handler:
    """Lead a request that a proxy was sent in clear to the same page over TLS; refuse a form."""

    def middleware(request: HttpRequest) -> HttpResponse:
        asked = addresses.client_scheme(request.META, settings.TRUSTED_PROXIES)
        if asked != "http" or not settings.CONFIG.secure:
            return get_response(request)
        if request.method in {"GET", "HEAD"}:
            return HttpResponsePermanentRedirect(settings.BASE_URL + request.get_full_path())
        sentence = _("Nothing is taken over http. The service is at %s.") % settings.BASE_URL
        return HttpResponse(f"{sentence}\n", status=403, content_type="text/plain")

    return middleware


def known_methods(get_response: Handler) -> Handler:
    """Answer 405 to a method that no page has, before anything else looks at the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return get_response(request)

    return middleware


def known_ports(get_response: Handler) -> Handler:
    """Answer 400 to a request for a port at which nobody is told to look for this service."""

    def middleware(request: HttpRequest) -> HttpResponse:
        _name, port = split_domain_port(request.headers.get("Host", ""))
        if port and port not in settings.ALLOWED_PORTS:
            sentence = _("This service is not at that port: it is at %s.") % settings.BASE_URL
            return HttpResponse(f"{sentence}\n", status=400, content_type="text/plain")
        return get_response(request)

    return middleware


def content_headers(get_response: Handler) -> Handler:
    """Allow no inline code and no foreign origin; let nothing but static files be cached."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def refusals(get_response: Handler) -> Handler:
    """Answer what a service refused and no form showed, after the unit of work rolled back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    middleware.process_exception = _answer  # type: ignore[attr-defined]  # Django's own way
    return middleware


def _answer(request: HttpRequest, error: Exception) -> HttpResponse | None:
    if isinstance(error, DisallowedRedirect) and len(request.get_full_path()) > LONGEST_ADDRESS:
        error = AddressTooLong(_("This address is too long; open the page from its beginning."))
    return answers.refused(request, error) if isinstance(error, Refused) else None


def origin(get_response: Handler) -> Handler:
    """Put the client's own address in place of a proxy's; note it for the journal."""

    def middleware(request: HttpRequest) -> HttpResponse:
        proxies = settings.TRUSTED_PROXIES
        ip = addresses.client_address(request.META, proxies)
        request.META["REMOTE_ADDR"] = ip
        with journal.coming_from(ip, request.headers.get("User-Agent", "")):
            return get_response(request)

    return middleware
