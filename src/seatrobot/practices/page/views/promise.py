"""One promise: how it is measured, what was found, and its past."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.practices import profile
from seatrobot.practices.page import history
from seatrobot.practices.page.ways import ways
from seatrobot.practices.unavailable import impatient
from seatrobot.practices.wording import changelog

LAST_NUMBER = 2**63 - 1


@require_safe
@cache_control(no_cache=True)
@impatient
def show(request: HttpRequest, promise: str) -> HttpResponse:
    row = PROMISES.get(promise)
    if row is None:
        raise Http404
    before = _number(request.GET.get("before", ""))
    context = {
        "past": history.of(row, now(), before),
        "before": before,
        "wordings": [entry for entry in changelog() if entry.id == promise],
        "operator": profile.known(),
        "ways": ways(),
    }
    return render(request, "practices/promise.html", context)


def _number(text: str) -> int | None:
    """Return a number of evidence, or None for whatever else stands in the address."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_NUMBER))
    return min(int(text), LAST_NUMBER) if is_number else None
