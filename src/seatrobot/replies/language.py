"""The language of a page for guests: theirs, as far as it is known; members' pages keep English."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages in which everything a guest sees is there, each by its own name. One more is a
catalogue (`locale/<language>`) and a line here; a test demands that nothing is missing in it."""
USUAL = "en"
View = Callable[..., HttpResponseBase]


def supported(tag: str) -> str:
    """Return the language of a tag such as de-AT as it is known here; empty for another."""
    language = tag.strip().lower().partition("-")[0].partition("_")[0]
    return language if language in LANGUAGES else ""


def chosen(request: HttpRequest, party: str = "") -> str:
    """Return the language of a page: chosen on it, of the party, of the browser, or English."""
    asked = request.GET.get("lang", "") or request.POST.get("lang", "")
    accepted = (supported(tag) for tag, _quality in _accepted(request))
    return supported(asked) or supported(party) or next(filter(None, accepted), USUAL)


def _accepted(request: HttpRequest) -> tuple[tuple[str, float], ...]:
    return parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500])


def in_language_of_the_browser(view: View) -> View:
    """Show a page, and what goes wrong on it, in the browser's language or the one chosen."""

    @wraps(view)
    def shown(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        with translation.override(chosen(request)):
            return view(request, **parts)

    return shown
