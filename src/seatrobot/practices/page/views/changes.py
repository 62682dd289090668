"""What changed: states of promises, and the words themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import page_mark
from seatrobot.practices import profile
from seatrobot.practices.page import history
from seatrobot.practices.page.ways import ways
from seatrobot.practices.unavailable import impatient
from seatrobot.practices.wording import changelog


@require_safe
@cache_control(no_cache=True)
@impatient
def show(request: HttpRequest) -> HttpResponse:
    before = page_mark(request)
    context = {
        "page": history.changes(before),
        "before": before,
        "wordings": changelog(),
        "operator": profile.known(),
        "ways": ways(),
    }
    return render(request, "practices/changes.html", context)
