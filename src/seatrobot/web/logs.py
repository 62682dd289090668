"""Lines of the log: the secret part of an address is cut, whoever writes the line."""

from __future__ import annotations

import logging
import re
from functools import cache

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

SECRETS = {"token", "signature"}
"""Names of the parts of an address that whoever reads them could use."""
CUT = "…"


class Formatter(logging.Formatter):
    """Cuts every address of a page that a secret link opens: of /join/abc/ stays /join/ alone."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return _links().sub(rf"\1{CUT}", line) if apps.ready else line


@cache
def _links() -> re.Pattern[str]:
    """Return what matches a secret link: the part before the first thing that differs, and more."""
    beginnings = sorted(_beginnings(get_resolver()), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, beginnings))})[^\\s'\"<>]+")


def _beginnings(resolver: URLResolver, before: str = "/", *, varies: bool = False) -> set[str]:
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        route = str(pattern.pattern)
        fixed = route.partition("<")[0]
        beginning = before if varies else before + fixed
        if isinstance(pattern, URLResolver):
            found |= _beginnings(pattern, beginning, varies=varies or fixed != route)
        elif isinstance(pattern, URLPattern) and SECRETS & set(pattern.pattern.converters):
            found.add(beginning)
    return found
