"""Every address of the site with whom it is meant for, as declared beside its view.

    @open_to(Audience.EVERYBODY)     # a page that nothing guards, on purpose
    def page(request): ...

A guard declares its pages itself: `member_page`, `account_page`, `staff_page`. Tests demand that
every address has an audience, and the examination of the running web asks each of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

View = TypeVar("View", bound=Callable[..., Any])
PART = re.compile(r"<(?:(\w+):)?(\w+)>")
"""A part of a path that is filled in: its converter, if one is named, and its name."""


class Audience(StrEnum):
    """Whom a page is meant for. MEMBERS: of the organization, with the page's permission."""

    EVERYBODY = "everybody"
    SIGNED_IN = "whoever is signed in"
    LINK = "whoever holds the link"
    STAFF = "staff"
    MEMBERS = "members"


class Route(msgspec.Struct, frozen=True, order=True):
    """path: with its parts in angle brackets. audience: empty where none is declared."""

    path: str
    name: str
    audience: str
    permission: str

    @property
    def parts(self) -> dict[str, str]:
        """The parts of the path that are filled in, each with its converter."""
        return {name: converter or "str" for converter, name in PART.findall(self.path)}

    def filled(self, values: dict[str, str]) -> str:
        """Return the path with a value in place of each part; KeyError for one that is missing."""
        return PART.sub(lambda found: values[found[2]], self.path)


def open_to(audience: Audience) -> Callable[[View], View]:
    """Declare whom a view is meant for; it guards nothing."""

    def declare(view: View) -> View:
        view.audience = audience  # type: ignore[attr-defined]  # read by `routes`
        return view

    return declare


def routes() -> list[Route]:
    """Return every address that this process answers, sorted by path."""
    return sorted(_below(get_resolver(), "/", ""))


def _below(resolver: URLResolver, path: str, space: str) -> Iterator[Route]:
    for each in resolver.url_patterns:
        here = path + str(each.pattern).removeprefix("/")
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from _below(each, here, inner)
        else:
            yield _route(each, here, space)


def _route(pattern: URLPattern, path: str, space: str) -> Route:
    audience = str(getattr(pattern.callback, "audience", ""))
    if audience == Audience.SIGNED_IN and path.startswith(settings.STAFF_COOKIE_PATH):
        audience = str(Audience.STAFF)  # the views that both areas share
    permission = str(getattr(pattern.callback, "permission", ""))
    return Route(path, f"{space}{pattern.name or ''}", audience, permission)
