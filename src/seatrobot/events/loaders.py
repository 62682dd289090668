"""Events as a member sees them: loaded and authorised in one call."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from uuid import UUID

from django.http import Http404

from seatrobot.events.models import Event
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.event_titles import EventTitles


def load_event(member: Principal, event_id: UUID) -> Event:
    """Return an event of the member's organization; Http404 when it is not theirs to see."""
    event = Event.objects.filter(pk=event_id).first() if member.sees(event_id) else None
    if event is None:
        raise Http404
    return event


def load_events(member: Principal) -> list[Event]:
    """Return all events the member sees, the earliest first."""
    events = Event.objects.order_by("starts_at", "id")
    if member.events is not None:
        events = events.filter(pk__in=member.events)
    return list(events)


class Titles(EventTitles):
    """Names events to the organizations package, which stands below."""

    def titles(self, ids: Collection[UUID] | None = None) -> dict[UUID, str]:
        events = Event.objects.order_by("-starts_at")
        if ids is not None:
            events = events.filter(pk__in=ids)
        return {event.pk: event.title for event in events}

    def existing(self, ids: Collection[UUID]) -> set[UUID]:
        return set(Event.objects.filter(pk__in=ids).values_list("pk", flat=True))


def find(events: list[Event], text: str) -> list[Event]:
    """Return the events whose title or venue has all words of the text."""
    words = _fold(text).split()
    return [
        event
        for event in events
        if all(word in _fold(f"{event.title} {event.sealed.venue}") for word in words)
    ]


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
