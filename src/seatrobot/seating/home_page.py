"""What an event's home page shows of its room: every table as a dot that fills as people sit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count
from django.urls import reverse

from seatrobot.events.overview import Panel
from seatrobot.seating.feature import Permission
from seatrobot.seating.models import Table
from seatrobot.seating.shapes import draw

if TYPE_CHECKING:
    from seatrobot.events.models import Event
    from seatrobot.kernel.principals import Principal

MARGIN = 0.4
"""Metres around the outermost tables."""


class Dot(NamedTuple):
    """A table seen from far above, in centimetres; `filled`: radius of the part that is taken."""

    x: int
    y: int
    radius: int
    filled: int


def panels(member: Principal, event: Event) -> Iterable[Panel]:
    """Yield the picture of the room when there are tables; opens nothing that is sealed."""
    if not member.may(Permission.SEATING_VIEW, event.pk):
        return
    tables = Table.objects.filter(event=event).annotate(taken=Count("places")).order_by("number")
    rows = list(tables.values_list("shape", "seats", "x", "y", "taken"))
    if rows:
        dots = [_dot(*row) for row in rows]
        url = reverse("seating:plan", args=[event.organization_id, event.pk])
        context = {
            "dots": dots,
            "box": _box(dots),
            "seats": sum(row[1] for row in rows),
            "taken": sum(row[4] for row in rows),
            "url": url,
            "styles": "seating/home.css",
        }
        yield Panel("seating/home.html", context)


def _dot(shape: str, seats: int, x: float, y: float, taken: int) -> Dot:
    radius = draw(shape, seats).reach
    return Dot(*(round(100 * v) for v in (x, y, radius, radius * math.sqrt(taken / seats))))


def _box(dots: list[Dot]) -> str:
    margin = round(100 * MARGIN)
    left = min(dot.x - dot.radius for dot in dots) - margin
    top = min(dot.y - dot.radius for dot in dots) - margin
    width = max(dot.x + dot.radius for dot in dots) + margin - left
    height = max(dot.y + dot.radius for dot in dots) + margin - top
    return f"{left} {top} {width} {height}"
