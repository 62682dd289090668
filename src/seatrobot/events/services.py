"""What can be done with an event."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.events.facts import EventFacts, WrongEvent
from seatrobot.events.feature import Action, Permission
from seatrobot.events.models import Event, EventRecord
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal


def create(*, actor: Principal, facts: EventFacts) -> Event:
    """Make an event; raise WrongEvent for facts that cannot be one."""
    actor.require(Permission.EVENT_CREATE)
    event = Event(organization_id=actor.organization_id, created_at=now())
    _fill(event, facts)
    event.save(force_insert=True)
    journal.record(Action.EVENT_CREATE, event=event.pk, subject=event.pk)
    return event


def change(*, actor: Principal, event: Event, facts: EventFacts) -> None:
    """Change the facts of an event; raise WrongEvent for facts that cannot be one."""
    actor.require(Permission.EVENT_CHANGE, event.pk)
    before = _facts(event)
    _fill(event, facts)
    after = _facts(event)
    changed = [field for field, value in after.items() if before[field] != value]
    if not changed:
        return
    event.save()
    journal.record(Action.EVENT_CHANGE, event=event.pk, subject=event.pk, changed=changed)


def delete(*, actor: Principal, event: Event, typed_title: str) -> None:
    """Delete an event with its guests and its plan; the title must be typed to confirm."""
    actor.require(Permission.EVENT_DELETE, event.pk)
    if typed_title.strip() != event.title:
        raise WrongEvent(_("Type the title of the event exactly as it is shown."), field="title")
    journal.record(Action.EVENT_DELETE, event=event.pk, subject=event.pk)
    event.delete()


def _fill(event: Event, facts: EventFacts) -> None:
    if problems := list(facts.problems()):
        raise WrongEvent.of(problems)
    event.sealed = EventRecord(facts.title.strip(), facts.venue.strip(), facts.description.strip())
    event.starts_at = facts.starts_at
    event.ends_at = facts.ends_at
    event.time_zone = facts.time_zone
    event.capacity = facts.capacity


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
