"""What an event's home page shows of seating: how far it is, and a picture of each room."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events import overview
from seatrobot.events.models import Activity, Event
from seatrobot.events.reading import activities
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.principals import Principal
from seatrobot.seating.feature import Permission
from seatrobot.seating.geometry import draw
from seatrobot.seating.models import SeatAssignment, Table
from seatrobot.seating.plan import address
from seatrobot.seating.text import name_of

MARGIN = 0.4
"""Metres around the outermost tables."""


class Dot(NamedTuple):
    """A table seen from far above, in centimetres; `filled`: radius of the part that is taken."""

    x: int
    y: int
    radius: int
    filled: int


class SeatingPart(overview.OverviewCard):
    """What the event's home page shows of seating; opens nothing but titles of activities."""

    def steps(self, member: Principal, event: Event) -> Iterable[overview.Step]:
        if not member.may(Permission.SEATING_VIEW, event.pk):
            return
        first = activities(event.pk)[0]
        tables = Table.objects.filter(event=event)
        totals = tables.aggregate(tables=Count("pk"), seats=Sum("seats", default=0))
        seated = (
            SeatAssignment.objects.filter(event=event, guest__status__in=TAKES_PLACE)
            .values("guest")
            .distinct()
            .count()
        )
        coming = Guest.objects.filter(event=event, status__in=TAKES_PLACE).count()
        yield overview.Step(
            _("Set up tables and rules"),
            _set_up(**totals) if totals["tables"] else _("No tables yet"),
            address(first, "setup"),
            "layout-grid",
            totals["tables"] > 0,
        )
        yield overview.Step(
            _("Seat everyone"),
            ngettext(
                "%(seated)s of %(coming)s guest seated",
                "%(seated)s of %(coming)s guests seated",
                coming,
            )
            % {"seated": seated, "coming": coming},
            address(first, "plan"),
            "armchair",
            0 < coming == seated,
        )

    def panels(self, member: Principal, event: Event) -> Iterable[overview.Panel]:
        if not member.may(Permission.SEATING_VIEW, event.pk):
            return
        every = activities(event.pk)
        for activity in every:
            title = name_of(activity) if len(every) > 1 else _("The room")
            yield from _picture(activity, title)


def _set_up(tables: int, seats: int) -> str:
    return ngettext(
        "%(tables)s table with %(seats)s seats", "%(tables)s tables with %(seats)s seats", tables
    ) % {"tables": tables, "seats": seats}


def _picture(activity: Activity, title: str) -> Iterable[overview.Panel]:
    tables = Table.objects.filter(room__activity=activity).order_by("number")
    coming = Q(seat_assignments__guest__status__in=TAKES_PLACE)
    taken = tables.annotate(taken=Count("seat_assignments", filter=coming))
    rows = list(taken.values_list("shape", "seats", "x", "y", "taken"))
    if rows:
        dots = [_dot(*row) for row in rows]
        context = {
            "title": title,
            "dots": dots,
            "box": _box(dots),
            "seats": sum(row[1] for row in rows),
            "taken": sum(row[4] for row in rows),
            "url": address(activity, "plan"),
            "styles": "seating/home.css",
        }
        yield overview.Panel("seating/home.html", context)


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
