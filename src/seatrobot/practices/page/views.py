"""The practices page, the page of a promise, and the page of changes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import page_mark
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.practices import profile, silence
from seatrobot.practices.checks import clients
from seatrobot.practices.degraded import default_if_unreadable, lock_timeout
from seatrobot.practices.faults import score
from seatrobot.practices.page import history, summary
from seatrobot.practices.page.links import links
from seatrobot.practices.wording import changelog
from seatrobot.providers import reading
from seatrobot.providers.reading import ProviderLine

LAST_NUMBER = 2**63 - 1
OF_CLIENTS = "encryption.compatibility"
"""The promise whose page says which clients a TLS profile keeps out."""
OF_PROVIDERS = "compliance.providers"
"""The promise whose page names the providers that are public."""


@open_to(Audience.EVERYBODY)
@require_safe
@cache_control(no_cache=True)
@lock_timeout
def page(request: HttpRequest) -> HttpResponse:
    wanted = _wanted_state(request)
    found = summary.read(now())
    sections = summary.sections(found, wanted)
    context = {
        "reading": found,
        "sections": [section for section in sections if section.shown],
        "all_sections": sections,
        "folds": summary.folds(sections),
        "scope": summary.scope(found),
        "summary": summary.Summary([row for section in sections for row in section.all]),
        "wanted": wanted,
        "operator": profile.known(),
        "links": links(),
        "picture": summary.picture(sections),
        "faults": score.score(),
        "silence": silence.find(found.moment, found.statuses),
    }
    return render(request, "practices/page.html", context)


@open_to(Audience.EVERYBODY)
@require_safe
@cache_control(no_cache=True)
@lock_timeout
def promise(request: HttpRequest, promise: str) -> HttpResponse:
    """Show how a promise is measured, its evidence, and its history."""
    row = PROMISES.get(promise)
    if row is None:
        raise Http404
    before = _number(request.GET.get("before", ""))
    context = {
        "history": history.of(row, now(), before),
        "before": before,
        "wordings": [entry for entry in changelog() if entry.id == promise],
        "clients": clients.table() if promise == OF_CLIENTS else None,
        "providers": _providers() if promise == OF_PROVIDERS else [],
        "operator": profile.known(),
        "links": links(),
    }
    return render(request, "practices/promise.html", context)


@open_to(Audience.EVERYBODY)
@require_safe
@cache_control(no_cache=True)
@lock_timeout
def changes(request: HttpRequest) -> HttpResponse:
    """Show changes of state, and of the sentences themselves."""
    before = page_mark(request)
    context = {
        "page": history.changes(before),
        "before": before,
        "wordings": changelog(),
        "operator": profile.known(),
        "links": links(),
    }
    return render(request, "practices/changes.html", context)


def _providers() -> list[ProviderLine]:
    """Return the public providers; none when they cannot be read, because the page must answer."""
    return default_if_unreadable(lambda: reading.providers(public=True), [])


def _wanted_state(request: HttpRequest) -> State | None:
    """Return the state asked for; None for anything that is no state."""
    try:
        return State(request.GET.get("state", ""))
    except ValueError:
        return None


def _number(text: str) -> int | None:
    """Return a number of evidence; None for anything else."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_NUMBER))
    return min(int(text), LAST_NUMBER) if is_number else None
