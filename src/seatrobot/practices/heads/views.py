"""Public pages of the log of heads; docs/journal.md explains the formats."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from seatrobot.kernel.answers import add_error
from seatrobot.kernel.heads import cosigning, memory, services, tiles, witnesses
from seatrobot.kernel.journal import signing
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.practices import profile
from seatrobot.practices.degraded import default_if_unreadable
from seatrobot.practices.heads import comparing
from seatrobot.practices.heads.forms import HeadForm

TEXT = "text/plain; charset=utf-8"
HEADERS = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
WHOLE = "public, max-age=31536000, immutable"
NEWEST = "public, max-age=30"
TILE = re.compile(
    r"(entries|[0-7])/((?:(?!x000)x\d{3}/(?:x\d{3}/){,4})?\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)
"""Level, place and width. A place never begins with x000, and has no more digits than a number."""


@open_to(Audience.EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_cache=True)
def head(request: HttpRequest) -> HttpResponse:
    """Show the newest head and who witnesses it; compare a kept head with it."""
    form = HeadForm(request.POST if request.method == "POST" else None)
    compared = None
    if form.is_valid():
        try:
            compared = comparing.compare(form.cleaned_data["head"])
        except Refused as refusal:
            add_error(form, refusal)
    kept = memory.read()
    context: dict[str, Any] = {
        "form": form,
        "compared": compared,
        "kept": kept,
        "note": witnesses.cosigned(kept) if kept else "",
        "witnesses": comparing.witnesses(),
        "key": signing.verifier_key(services.origin()),
        "operator": profile.known(),
    }
    return render(request, "practices/head.html", context, status=422 if form.errors else 200)


@open_to(Audience.EVERYBODY)
@require_safe
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """Answer with the newest head and every signature of it (C2SP tlog-tiles)."""
    kept = memory.read()
    if kept is None:
        raise Http404
    return _public(witnesses.whole(kept).encode(), TEXT, NEWEST)


@open_to(Audience.EVERYBODY)
@require_safe
def key(_request: HttpRequest) -> HttpResponse:
    """Answer with the key of the log of heads, as a witness is told it."""
    line = f"{signing.verifier_key(services.origin())}\n"
    return _public(line.encode(), TEXT, NEWEST)


@open_to(Audience.EVERYBODY)
@require_safe
def ml_dsa_key(_request: HttpRequest) -> HttpResponse:
    """Answer with the key of the other signature of each head (ML-DSA-44)."""
    line = f"{cosigning.verifier_key(services.origin()).text}\n"
    return _public(line.encode(), TEXT, NEWEST)


@open_to(Audience.EVERYBODY)
@require_safe
def tile(_request: HttpRequest, path: str) -> HttpResponse:
    """Answer with a tile of the log's tree or of its entries; 404 for one that is not there yet."""
    found = TILE.fullmatch(path)
    if found is None:
        raise Http404
    level, place, width = found[1], int(re.sub(r"[x/]", "", found[2])), int(found[3] or tiles.WIDTH)
    read = tiles.entries if level == "entries" else lambda *of: tiles.hashes(int(level), *of)
    data = default_if_unreadable(lambda: read(place, width), None)
    if data is None:
        raise Http404(_("There is no such tile yet."))
    kind = "application/octet-stream"
    return _public(data, kind, WHOLE if width == tiles.WIDTH else NEWEST)


def _public(content: bytes, content_type: str, cached: str) -> HttpResponse:
    headers = HEADERS | {"Cache-Control": cached}
    return HttpResponse(content, content_type=content_type, headers=headers)
