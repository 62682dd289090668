"""Links to the same facts in other formats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Link:
    """address: absolute, so that it can be printed."""

    name: str
    label: Lazy
    icon: str
    address: str = ""


LINKS = (
    Link("practices:subscribe", _("Hear of changes"), "bell"),
    Link("practices:feed", _("Feed"), "activity"),
    Link("practices:json", _("JSON"), "file-text"),
    Link("practices:oscal-component", _("OSCAL component"), "file-export"),
    Link("practices:oscal-results", _("OSCAL results"), "file-export"),
    Link("practices:badge", _("Badge"), "shield-check"),
    Link("practices:head", _("Head of the journal"), "certificate"),
    Link("practices:changes", _("Changes"), "history"),
    Link("practices:contact", _("Contact"), "mail"),
)


@cache
def links() -> list[Link]:
    """Return the links whose pages this instance has."""
    return [
        Link(each.name, each.label, each.icon, settings.BASE_URL + url)
        for each in LINKS
        if (url := _url(each.name))
    ]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
