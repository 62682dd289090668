"""Every document for machines: its name, path, content type, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from seatrobot.practices.formats import badge, feed, json_document
from seatrobot.practices.formats.editions import Edition
from seatrobot.practices.formats.oscal import definitions, results

JSON = "application/json"
SVG = "image/svg+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Document:
    """name: of its URL and of its folder in the data directory. path: below `/practices/`."""

    name: str
    path: str
    content_type: str
    make: Callable[[Edition], bytes]


DOCUMENTS = (
    Document("json", json_document.PATH, JSON, json_document.make),
    Document("feed", feed.PATH, ATOM, feed.make),
    Document("badge", badge.PATH, SVG, badge.make),
    Document("oscal-catalog", definitions.CATALOG_PATH, JSON, definitions.catalog),
    Document("oscal-component", definitions.COMPONENT_PATH, JSON, definitions.component_definition),
    Document("oscal-plan", definitions.PLAN_PATH, JSON, definitions.assessment_plan),
    Document("oscal-results", results.RESULTS_PATH, JSON, results.assessment_results),
)


def badge_of(promise: str) -> Document:
    """Return the badge of an existing promise."""
    make = partial(badge.make_of, promise)
    return Document(f"badge-{promise}", f"{promise}/{badge.PATH}", SVG, make)
