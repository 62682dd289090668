"""The day on which an event deletes itself, with notice to those who could still want it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.events import services
from seatrobot.events.facts import WrongEvent
from seatrobot.events.feature import Action, Permission
from seatrobot.events.models import Event
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Operator, Principal
from seatrobot.organizations import mail
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import ADMINISTRATORS

PROPOSED = timedelta(days=365)
"""After the end of an event; the page proposes it."""
NOTICE = timedelta(days=14)
"""So long before its day an event's deletion is announced."""
LATEST = timedelta(days=365 * 30)


def proposed(event: Event) -> date:
    """Return the day that is proposed: a year after the event, and not before tomorrow."""
    return max(event.last_day + PROPOSED, now().date() + NOTICE)


def set_day(*, actor: Principal, event: Event, day: date | None) -> None:
    """Set the day on which the event deletes itself, None for never; raises WrongEvent."""
    actor.require(Permission.EVENT_DELETE, event.pk)
    if day is not None:
        if day <= event.last_day or day <= now().date():
            raise WrongEvent(_("Choose a day after the event, and after today."), field="delete_on")
        if day > now().date() + LATEST:
            raise WrongEvent(_("Choose a day within 30 years."), field="delete_on")
    row = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    if row.delete_on == day:
        return
    row.delete_on, row.deletion_told_at = day, None
    row.save(update_fields=["delete_on", "deletion_told_at"])
    journal.record(
        Action.EVENT_CHANGE, event_id=event.pk, subject_id=event.pk, changed=["delete_on"]
    )


def announce(organization_id: UUID) -> int:
    """Tell the administrators of events that delete themselves soon; return how many.

    Call acting for the organization.
    """
    soon = (now() + NOTICE).date()
    rows = Event.objects.filter(delete_on__lte=soon, deletion_told_at=None)
    found = list(rows.select_for_update(no_key=True).order_by("pk"))
    people = _administrators(organization_id) if found else []
    for event in found:
        event.deletion_told_at = now()  # the day that is told hangs on it
        for email, name in people:
            mail.send_template(
                organization_id,
                email,
                "event_deletes_itself",
                name=name,
                title=event.title,
                day=_day(event).isoformat(),
            )
        event.save(update_fields=["deletion_told_at"])
    return len(found)


def delete_due(organization_id: UUID) -> int:
    """Delete the events whose day has come, after the notice; return how many.

    Whatever their day is, none that is not over, nor one of whose activities is not. Call acting
    for the organization.
    """
    moment = now()
    rows = Event.objects.filter(
        deletion_told_at__isnull=False, delete_on__lte=moment.date(), ends_at__lte=moment
    ).exclude(activities__ends_at__gt=moment)
    due = [event for event in rows.order_by("pk") if _day(event) <= moment.date()]
    service = Operator.service(organization_id, "events.delete-due")
    for event in due:
        services.delete_unasked(actor=service, event=event)
    return len(due)


def _day(event: Event) -> date:
    """Return the day, which a notice that came late puts off."""
    assert event.delete_on is not None
    told = event.deletion_told_at or now()
    return max(event.delete_on, (told + NOTICE).date())


def _administrators(organization_id: UUID) -> list[tuple[str, str]]:
    rows = Membership.objects.filter(organization_id=organization_id, role__in=ADMINISTRATORS)
    people = accounts.people(list(rows.values_list("account_id", flat=True)))
    return [(person.email, person.name) for person in people.values()]
