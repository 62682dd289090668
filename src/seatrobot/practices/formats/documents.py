"""Every document for machines: its name, its place below the page, and what makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from seatrobot.practices.formats import badge, feed, json_document
from seatrobot.practices.formats.oscal import catalog, component, plan, results
from seatrobot.practices.formats.shelf import Edition

JSON = "application/json"
SVG = "image/svg+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """name: of its URL, and of its folder on the shelf. path: below `/practices/`."""

    name: str
    path: str
    content_type: str
    make: Callable[[Edition], bytes]


DOCUMENTS = (
    Document("json", json_document.PATH, JSON, json_document.make),
    Document("feed", feed.PATH, ATOM, feed.make),
    Document("badge", badge.PATH, SVG, badge.make),
    Document("oscal-catalog", catalog.PATH, JSON, catalog.make),
    Document("oscal-component", component.PATH, JSON, component.make),
    Document("oscal-plan", plan.PATH, JSON, plan.make),
    Document("oscal-results", results.PATH, JSON, results.make),
)


def badge_of(promise: str) -> Document:
    """Return the badge of one promise; the caller knows that there is such a promise."""
    make = partial(badge.make_of, promise)
    return Document(f"badge-{promise}", f"{promise}/{badge.PATH}", SVG, make)
