"""Public documents for machines, and the signature of each; readable from any origin."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.practices import addresses
from seatrobot.practices.degraded import lock_timeout
from seatrobot.practices.formats import editions
from seatrobot.practices.formats.documents import Document, badge_of

TEXT = "text/plain; charset=utf-8"
View = Callable[..., HttpResponse]
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Seatrobot-Head, Seatrobot-Signature",
    "Cache-Control": "public, max-age=60",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def read_only(view: View) -> View:
    """Answer 405 to a POST, also to one without a token: there is nothing to change."""
    return csrf_exempt(require_safe(view))


@open_to(Audience.EVERYBODY)
@read_only
@lock_timeout
def document(request: HttpRequest, document: Document) -> HttpResponse:
    """Answer with the document, its signature in a header and a link to it."""
    copy = _copy(request, document)
    if copy is None:
        return _gone()
    response = HttpResponse(copy.body, content_type=document.content_type, headers=HEADERS)
    link = f"{addresses.below(document.path)}.sig?at={copy.edition}"
    response["Link"] = f'<{link}>; rel="signature"'
    response["Seatrobot-Signature"] = base64.b64encode(copy.signature.encode()).decode()
    response["Last-Modified"] = http_date(copy.moment.timestamp())
    if head := witnesses.newest_note():
        response["Seatrobot-Head"] = base64.b64encode(head.encode()).decode()
    etag = f'"{hashlib.sha256(copy.body).hexdigest()}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


@open_to(Audience.EVERYBODY)
@read_only
@lock_timeout
def signature(request: HttpRequest, document: Document) -> HttpResponse:
    """Answer with the signature of the document of this minute, or of the one named by `at`."""
    copy = _copy(request, document)
    return HttpResponse(copy.signature, content_type=TEXT, headers=HEADERS) if copy else _gone()


@open_to(Audience.EVERYBODY)
@read_only
def promise_badge(request: HttpRequest, promise: str) -> HttpResponse:
    return document(request, document=_badge(promise))


@open_to(Audience.EVERYBODY)
@read_only
def promise_badge_signature(request: HttpRequest, promise: str) -> HttpResponse:
    return signature(request, document=_badge(promise))


@open_to(Audience.EVERYBODY)
@read_only
def key(_request: HttpRequest) -> HttpResponse:
    """Answer with the key that verifies all signatures here."""
    return HttpResponse(f"{signing.verifier_key()}\n", content_type=TEXT, headers=HEADERS)


def _badge(promise: str) -> Document:
    if promise not in PROMISES:
        raise Http404
    return badge_of(promise)


def _copy(request: HttpRequest, document: Document) -> editions.PublishedDocument | None:
    if wanted := request.META.get(addresses.OWN_EDITION):
        with translation.override("en"):
            return editions.anew(editions.Edition(*wanted), document.make)
    if edition := request.GET.get("at"):
        return editions.stored(document.name, edition)
    with translation.override("en"):  # one language for everybody, because the bytes are signed
        return editions.newest(document.name, document.make)


def _gone() -> HttpResponse:
    words = _("This edition is no longer kept. Fetch the document again, then its signature.")
    return HttpResponseNotFound(f"{words}\n", content_type=TEXT, headers=HEADERS)
