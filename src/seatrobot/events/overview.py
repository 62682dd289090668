"""What other packages know about an event, for its home page and its card in the list.

guests, seating and checkin stand above events; each names its part in its `feature.py`, and the
order is that of INSTALLED_APPS, which is the order of the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from seatrobot.events.models import Activity, Event
from seatrobot.kernel import features
from seatrobot.kernel.principals import Principal


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do for an event. icon: a name of the sprite. note: how far it is."""

    title: str
    note: str
    url: str
    icon: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the home page: a template and its context, under `panel`."""

    template: str
    context: dict[str, Any]


class OverviewCard:
    """Override what you know; the defaults know nothing."""

    def steps(self, member: Principal, event: Event) -> Iterable[Step]:  # noqa: ARG002
        return ()

    def panels(self, member: Principal, event: Event) -> Iterable[Panel]:  # noqa: ARG002
        return ()

    def places_taken(self, events: Sequence[Event]) -> dict[UUID, int]:  # noqa: ARG002
        return {}

    def obstacles(self, activity: Activity) -> Iterable[str]:  # noqa: ARG002
        """Yield sentences that say why an activity cannot be removed."""
        return ()


def steps(member: Principal, event: Event) -> list[Step]:
    return [
        step for part in features.extensions(OverviewCard) for step in part.steps(member, event)
    ]


def panels(member: Principal, event: Event) -> list[Panel]:
    return [
        panel for part in features.extensions(OverviewCard) for panel in part.panels(member, event)
    ]


def places_taken(events: Sequence[Event]) -> dict[UUID, int]:
    """Return how many places are taken, by event."""
    taken: dict[UUID, int] = {}
    for part in features.extensions(OverviewCard):
        taken |= part.places_taken(events)
    return taken


def obstacles(activity: Activity) -> list[str]:
    """Return why an activity cannot be removed; nothing when it can."""
    return [
        sentence
        for part in features.extensions(OverviewCard)
        for sentence in part.obstacles(activity)
    ]
