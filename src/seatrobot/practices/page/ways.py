"""Other ways to the same facts; the page lists those that this instance has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Way:
    """address: whole, so that it also serves on paper."""

    name: str
    label: Lazy
    icon: str
    address: str = ""


WAYS = (
    Way("practices:subscribe", _("Hear of changes"), "bell"),
    Way("practices:feed", _("Feed"), "activity"),
    Way("practices:json", _("JSON"), "file-text"),
    Way("practices:oscal-component", _("OSCAL component"), "file-export"),
    Way("practices:oscal-results", _("OSCAL results"), "file-export"),
    Way("practices:badge", _("Badge"), "shield-check"),
    Way("practices:changes", _("Changes"), "history"),
    Way("practices:contact", _("Contact"), "mail"),
)


@cache
def ways() -> list[Way]:
    """Return the ways that lead somewhere."""
    return [
        Way(way.name, way.label, way.icon, settings.BASE_URL + url)
        for way in WAYS
        if (url := _url(way.name))
    ]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
