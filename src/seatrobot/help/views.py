"""The list of help pages with its search, and one page."""

from __future__ import annotations

from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from seatrobot.help import topics
from seatrobot.kernel.routes import Audience, open_to

LONGEST_QUERY = 200


@open_to(Audience.EVERYBODY)
@require_safe
@cache_control(no_cache=True)
def index(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    known = topics.all_topics()
    context = {
        "query": query,
        "found": topics.search(query),
        "sections": [(name, list(each)) for name, each in groupby(known, lambda one: one.section)],
    }
    return render(request, "help/index.html", context)


@open_to(Audience.EVERYBODY)
@require_safe
@cache_control(no_cache=True)
def page(request: HttpRequest, topic: str) -> HttpResponse:
    found = topics.find_topic(topic)
    if found is None:
        raise Http404
    context = {
        "topic": found,
        "content": mark_safe(found.render()),  # noqa: S308  rendered by a template of ours
        "others": [each for each in topics.all_topics() if each.slug != topic],
    }
    return render(request, "help/page.html", context)
