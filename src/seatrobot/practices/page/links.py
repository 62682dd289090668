"""Links to the same facts in other formats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Link:
    """address: absolute, so that it can be printed. for_machines: whether programs read it."""

    name: str
    label: Lazy
    icon: str
    address: str = ""
    for_machines: bool = False


LINKS = (
    Link("practices:subscribe", _("Hear of changes"), "bell"),
    Link("practices:changes", _("Changes"), "history"),
    Link("practices:contact", _("Contact"), "mail"),
    Link("practices:head", _("Head of the journal"), "certificate"),
    Link("practices:feed", _("Feed"), "activity", for_machines=True),
    Link("practices:json", _("JSON"), "file-text", for_machines=True),
    Link("practices:oscal-component", _("OSCAL component"), "file-export", for_machines=True),
    Link("practices:oscal-results", _("OSCAL results"), "file-export", for_machines=True),
    Link("practices:badge", _("Badge"), "shield-check", for_machines=True),
)


@cache
def links() -> list[Link]:
    """Return the links whose pages this instance has."""
    return [
        replace(each, address=settings.BASE_URL + url) for each in LINKS if (url := _url(each.name))
    ]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
