"""What can be done with an event."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from seatrobot.deletion import erasing
from seatrobot.deletion import services as deletion
from seatrobot.events import overview
from seatrobot.events.facts import ActivityFacts, EventFacts, WrongEvent
from seatrobot.events.feature import Action, Permission
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
from seatrobot.events.reading import activity_versions, event_version
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import once
from seatrobot.kernel.versions import ChangedMeanwhile

MOST_ACTIVITIES = 50


def create(*, actor: Principal, facts: EventFacts, event_id: UUID | None = None) -> Event:
    """Make an event; raise WrongEvent for facts that cannot be one.

    event_id: an identifier that the form carries, so that a form sent twice makes one event.
    """
    actor.require(Permission.EVENT_CREATE)
    key = event_id or new_id()

    def make() -> Event:
        event = Event(pk=key, organization_id=actor.organization_id, created_at=now())
        _fill(event, facts)
        event.save(force_insert=True)
        event.activity = Activity.objects.create(
            organization_id=event.organization_id,
            event=event,
            capacity=facts.capacity,
            sealed=ActivityRecord(),
        )
        journal.record(Action.EVENT_CREATE, event_id=event.pk, subject_id=event.pk)
        return event

    return once(Event.objects.filter(pk=key).first, make)


def change(*, actor: Principal, event: Event, facts: EventFacts, seen: str | None = None) -> bool:
    """Change what is said about an event; raise WrongEvent for facts that cannot be one.

    An event that ends on the day on which it was to delete itself, or later, has no such day any
    more; return whether that is so. seen: the version that the person looked at
    (reading.event_version); ChangedMeanwhile when it is another one now.
    """
    actor.require(Permission.EVENT_CHANGE, event.pk)
    row = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    if seen is not None and event_version(event.pk) != seen:
        raise ChangedMeanwhile(_("Somebody else changed this event meanwhile."))
    before = _facts(event)
    _fill(event, facts)
    after = _facts(event) | {"capacity": facts.capacity}
    changed = [field for field, value in after.items() if before[field] != value]
    if not changed:
        return False
    event.delete_on, event.deletion_told_at = row.delete_on, row.deletion_told_at
    stays = event.delete_on is not None and event.delete_on <= event.last_day
    if stays:
        event.delete_on = event.deletion_told_at = None
        changed.append("delete_on")
    event.save()
    if facts.capacity != before["capacity"]:
        event.activity.capacity = facts.capacity
        event.activity.save(update_fields=["capacity"])
    journal.record(Action.EVENT_CHANGE, event_id=event.pk, subject_id=event.pk, changed=changed)
    return stays


def delete(*, actor: Principal, event: Event, typed_title: str) -> None:
    """Delete an event with its guests and its plan; the title must be typed to confirm.

    As it is shown: a browser shows no spaces around a title, and one for several in it.
    """
    actor.require(Permission.EVENT_DELETE, event.pk)
    if typed_title.split() != event.title.split():
        raise WrongEvent(_("Type the title of the event exactly as it is shown."), field="title")
    delete_unasked(actor=actor, event=event)


def delete_unasked(*, actor: Principal, event: Event) -> None:
    """Delete an event as `delete` does, where nobody types its title: on its day."""
    actor.require(Permission.EVENT_DELETE, event.pk)
    journal.record(Action.EVENT_DELETE, event_id=event.pk, subject_id=event.pk)
    deletion.record_event(by=actor, event_id=event.pk)
    erasing.delete_event(event.pk)


def add_activity(
    *, actor: Principal, event: Event, facts: ActivityFacts, activity_id: UUID | None = None
) -> Activity:
    """Add an activity at the end; a form sent twice (`activity_id`) adds one."""
    actor.require(Permission.EVENT_CHANGE, event.pk)
    _check_activity(facts)
    Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    rows = Activity.objects.filter(event=event)
    key = activity_id or new_id()

    def make() -> Activity:
        last = rows.aggregate(last=Max("position"))["last"]
        if last >= MOST_ACTIVITIES:
            raise WrongEvent(
                _("An event has at most %(most)s activities.") % {"most": MOST_ACTIVITIES}
            )
        activity = Activity(
            pk=key, organization_id=event.organization_id, event=event, position=last + 1
        )
        _fill_activity(activity, facts)
        activity.save(force_insert=True)
        journal.record(Action.ACTIVITY_CREATE, event_id=event.pk, subject_id=activity.pk)
        return activity

    return once(rows.filter(pk=key).first, make)


def change_activity(
    *, actor: Principal, activity: Activity, facts: ActivityFacts, seen: str
) -> None:
    """Change a further activity; seen: the version that the person looked at.

    The first one is changed with the event alone.
    """
    actor.require(Permission.EVENT_CHANGE, activity.event_id)
    _check_activity(facts)
    if activity.position == 0:
        raise Refused(_("This is the event itself; change the event instead."))
    activity = Activity.objects.select_for_update(no_key=True).get(pk=activity.pk)
    if activity_versions(activity.event_id).get(activity.pk) != seen:
        raise ChangedMeanwhile(_("Somebody else changed this activity meanwhile."))
    _fill_activity(activity, facts)
    activity.save()
    journal.record(Action.ACTIVITY_CHANGE, event_id=activity.event_id, subject_id=activity.pk)


def remove_activity(*, actor: Principal, activity: Activity) -> None:
    """Remove a further activity with its room and plan; Refused when something stands against it.

    The first one goes with the event alone.
    """
    actor.require(Permission.ACTIVITY_REMOVE, activity.event_id)
    if activity.position == 0:
        raise Refused(_("This is the event itself; delete the event instead."))
    Activity.objects.select_for_update().get(pk=activity.pk)
    if obstacles := overview.obstacles(activity):
        raise Refused(obstacles[0])
    journal.record(Action.ACTIVITY_REMOVE, event_id=activity.event_id, subject_id=activity.pk)
    activity.delete()


def _check_activity(facts: ActivityFacts) -> None:
    if problems := list(facts.problems()):
        raise WrongEvent.of(problems)


def _fill_activity(activity: Activity, facts: ActivityFacts) -> None:
    activity.sealed = ActivityRecord(facts.title.strip(), facts.place.strip())
    activity.starts_at = facts.starts_at
    activity.ends_at = facts.ends_at
    activity.capacity = facts.capacity


def _fill(event: Event, facts: EventFacts) -> None:
    if problems := list(facts.problems()):
        raise WrongEvent.of(problems)
    event.sealed = EventRecord(facts.title.strip(), facts.venue.strip(), facts.description.strip())
    event.starts_at = facts.starts_at
    event.ends_at = facts.ends_at
    event.time_zone = facts.time_zone


def _facts(event: Event) -> dict[str, object]:
    record = event.sealed
    return {
        "title": record.title,
        "venue": record.venue,
        "description": record.description,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "time_zone": event.time_zone,
        "capacity": event.capacity,
    }
