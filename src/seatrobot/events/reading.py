"""Events and activities as somebody may see them: loaded and authorised in one call."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models.expressions import RawSQL
from django.http import Http404

from seatrobot.events.models import Activity, Event
from seatrobot.kernel.compiled import Compiled
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import different_words, search_text
from seatrobot.organizations.event_titles import EventTitles

LONGEST_QUERY = 200


def load_event(principal: Principal, event_id: UUID) -> Event:
    """Return an event of the principal's organization; Http404 when it is not theirs to see."""
    event = Event.objects.filter(pk=event_id).first() if principal.sees(event_id) else None
    if event is None:
        raise Http404
    return event


_ACTIVITY, _EVENT = (
    [field.attname for field in model._meta.concrete_fields] for model in (Activity, Event)
)
_BOTH = (*_ACTIVITY, *(f"event__{name}" for name in _EVENT))
_DEFAULT = Compiled(
    lambda event: Activity.objects.filter(event_id=event, position=0).values_list(*_BOTH),
    event=UUID(int=1),
)
_CHOSEN = Compiled(
    lambda event, activity: Activity.objects.filter(event_id=event, pk=activity).values_list(
        *_BOTH
    ),
    event=UUID(int=1),
    activity=UUID(int=2),
)


def load_activity(
    principal: Principal, event_id: UUID, activity_id: UUID | None = None
) -> Activity:
    """Return an activity with its event, None the one that every event has; Http404 without one."""
    row = None
    if principal.sees(event_id) and activity_id is None:
        row = _DEFAULT.first(event=event_id)
    elif principal.sees(event_id):
        row = _CHOSEN.first(event=event_id, activity=activity_id)
    if row is None:
        raise Http404
    activity = Activity.from_db(DEFAULT_DB_ALIAS, _ACTIVITY, row[: len(_ACTIVITY)])
    activity.event = Event.from_db(DEFAULT_DB_ALIAS, _EVENT, row[len(_ACTIVITY) :])
    return activity


def activities(event_id: UUID) -> list[Activity]:
    """Return the activities of an event in their order; the first is the one every event has."""
    return list(Activity.objects.filter(event_id=event_id).order_by("position"))


def load_events(principal: Principal) -> list[Event]:
    """Return all events the principal sees, with their activities, the earliest first."""
    events = Event.objects.order_by("starts_at", "id").prefetch_related("activities")
    if principal.events is not None:
        events = events.filter(pk__in=principal.events)
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
    wanted = different_words(text)
    texts = [search_text((event.title, event.sealed.venue)) for event in events]
    return [
        event
        for event, its_text in zip(events, texts, strict=True)
        if all(word in its_text for word in wanted)
    ]


def event_version(event_id: UUID) -> str:
    """Return a text that changes with the event and the activity that every event has."""
    rows = Event.objects.filter(pk=event_id).annotate(version=_EVENT_VERSION)
    event = rows.values_list("version", flat=True).get()
    activity = Activity.objects.filter(event_id=event_id, position=0)
    return f"{event}-{activity.annotate(version=_ACTIVITY_VERSION).get().version}"


def activity_versions(event_id: UUID) -> dict[UUID, str]:
    """Return the version of each activity of an event."""
    rows = Activity.objects.filter(event_id=event_id).annotate(version=_ACTIVITY_VERSION)
    return dict(rows.values_list("pk", "version"))


_EVENT_VERSION = RawSQL("events_event.changed_xid::text", [])
_ACTIVITY_VERSION = RawSQL("events_activity.changed_xid::text", [])
