"""What a web worker serves: the front, and what it must know of the site behind it.

Imported when Django is set up.
"""

from __future__ import annotations

import contextvars
from io import BytesIO

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from granian.rsgi import Scope

from seatrobot.accounts.staff.sessions import Sessions
from seatrobot.kernel.journal import services as journal
from seatrobot.runtime import keeper, serving
from seatrobot.runtime.front import Environ, Front, Site, peer
from seatrobot.web.addresses import client_address, client_scheme

FORMS_WITH_FILES = {
    "archive:import",
    "guests:import",
    "staff-promises:attest",
    "staff-providers:record",
    "staff:confirm",
}
"""Names of the only URLs at which a form may hold a file.

Where staff prove who they are an attestation may come along, whose text is kept meanwhile.
"""


def takes_files(path: str) -> bool:
    try:
        return resolve(path).view_name in FORMS_WITH_FILES
    except Resolver404:
        return False


def is_signed_in(environ: Environ) -> bool:
    """Return whether the request's cookie is that of a live session of somebody."""
    return contextvars.copy_context().run(_is_signed_in, environ)


def _is_signed_in(environ: Environ) -> bool:
    request = WSGIRequest({**environ, "wsgi.input": BytesIO()})
    ip = client_address(request.META, settings.TRUSTED_PROXIES)
    with journal.coming_from(ip, request.headers.get("User-Agent", "")):
        Sessions(lambda _: HttpResponse()).process_request(request)
        return SESSION_KEY in request.session


def asked_in_a_thread(environ: Environ) -> bool:
    """As `is_signed_in`, where the thread's connection may be one of a database that restarted."""
    close_old_connections()
    return is_signed_in(environ)


def source(scope: Scope) -> str:
    """Return whom a request counts for: the client that the proxies name, or its network."""
    proxies = settings.TRUSTED_PROXIES
    meta = {"REMOTE_ADDR": peer(scope)}
    if proxies:
        values = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
        meta["HTTP_X_FORWARDED_FOR"] = ",".join(values)
    return keeper.source_of(client_address(meta, proxies))


def scheme(scope: Scope) -> str:
    """Return by which scheme the client asked, where a proxy of ours says so."""
    values = [value for name, value in scope.headers.items() if name == "x-forwarded-proto"]
    meta = {"HTTP_X_FORWARDED_PROTO": ",".join(values)}
    return client_scheme(meta, settings.TRUSTED_PROXIES) or scope.scheme


def front() -> Front:
    from seatrobot.web.wsgi import application

    return Front(
        Site(application, takes_files, asked_in_a_thread, source, scheme),
        threads=serving.THREADS,
        beat=serving.beat,
    )
