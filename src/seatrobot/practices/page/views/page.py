"""The practices page: every promise, how it stands at this moment, and how one knows."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.standing import State
from seatrobot.practices import profile
from seatrobot.practices.faults import summary as faults
from seatrobot.practices.page import reading, summary
from seatrobot.practices.page.ways import ways
from seatrobot.practices.unavailable import impatient


@require_safe
@cache_control(no_cache=True)
@impatient
def show(request: HttpRequest) -> HttpResponse:
    wanted = _wanted(request)
    found = reading.read(now())
    sections = summary.sections(found, wanted)
    everything = [row for section in sections for row in section.all]
    context = {
        "reading": found,
        "sections": [section for section in sections if section.shown],
        "all_sections": sections,
        "summary": summary.Summary(everything),
        "wanted": wanted,
        "operator": profile.known(),
        "ways": ways(),
        "picture": summary.overview(sections),
        "faults": faults.summary(),
    }
    return render(request, "practices/page.html", context)


def _wanted(request: HttpRequest) -> State | None:
    """Return the state asked for; whatever is no state asks for none."""
    try:
        return State(request.GET.get("state", ""))
    except ValueError:
        return None
