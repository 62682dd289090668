"""What the guest list tells an event's home page and its card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.contacts.attendance import Attendance, Attendances
from seatrobot.events.models import Activity, Event
from seatrobot.events.overview import Panel, Part, Step
from seatrobot.guests.feature import Permission
from seatrobot.guests.models import Arrival, Guest
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.kernel.principals import Principal

MOST_HOURS = 24


class GuestsPart(Part):
    def steps(self, member: Principal, event: Event) -> Iterable[Step]:
        if not member.may(Permission.GUEST_VIEW, event.pk):
            return
        count = Guest.objects.filter(event=event).count()
        may_import = member.may(Permission.GUEST_IMPORT, event.pk)
        name = "guests:import" if may_import and not count else "guests:list"
        yield Step(
            title=_("Guest list"),
            note=ngettext("%d guest", "%d guests", count) % count
            if count
            else _("Import the list"),
            url=reverse(name, args=[event.organization_id, event.pk]),
            icon="users",
            is_done=count > 0,
        )

    def panels(self, member: Principal, event: Event) -> Iterable[Panel]:
        if not member.may(Permission.GUEST_VIEW, event.pk):
            return
        counts = _counts(event)
        taken = sum(counts[status] for status in TAKES_PLACE)
        held = counts[Status.HELD]
        yield Panel(
            "guests/overview.html",
            {
                "event": event,
                "organization": event.organization_id,
                "statuses": [(status, counts[status]) for status in Status if counts[status]],
                "total": counts.total(),
                "taken": taken,
                "held": held,
                "sure": taken - held,
                "over": max(taken - event.capacity, 0) if event.capacity else 0,
                "arrivals": _arrivals(event),
                "styles": "guests/guests.css",
            },
        )

    def obstacles(self, activity: Activity) -> Iterable[str]:
        if Arrival.objects.filter(activity=activity, undone_at=None).exists():
            yield _("Somebody has arrived there; take the check-ins back first.")

    def places_taken(self, events: Sequence[Event]) -> dict[UUID, int]:
        rows = Guest.objects.filter(event__in=events, status__in=TAKES_PLACE)
        return dict(rows.values_list("event").annotate(Count("pk")).order_by())


class GuestAttendances(Attendances):
    """The events of a contact, as its guests there tell."""

    def of_contact(self, principal: Principal, contact_id: UUID) -> Iterable[Attendance]:
        guests = Guest.objects.filter(contact_id=contact_id).select_related("event")
        for guest in guests.order_by("-event__starts_at", "pk"):
            event = guest.event
            if principal.may(Permission.GUEST_VIEW, event.pk):
                yield Attendance(
                    event.pk,
                    event.title,
                    event.starts_at,
                    event.time_zone,
                    guest.status,
                    reverse("guests:guest", args=[event.organization_id, event.pk, guest.pk]),
                )


def _counts(event: Event) -> Counter[str]:
    rows = Guest.objects.filter(event=event).values_list("status")
    return Counter(dict(rows.annotate(Count("pk")).order_by()))


def _arrivals(event: Event) -> list[tuple[str, int]]:
    """Return how many guests came in each hour, in the event's zone; the last hours only."""
    zone: ZoneInfo = event.zone
    rows = Guest.objects.filter(event=event, checked_in_at__isnull=False)
    hours = dict(
        rows.annotate(hour=TruncHour("checked_in_at", tzinfo=zone))
        .values_list("hour")
        .annotate(Count("pk"))
        .order_by("hour")
    )
    if not hours:
        return []
    last = max(hours)
    first = max(min(hours), last - timedelta(hours=MOST_HOURS - 1))
    span = int((last - first).total_seconds() // 3600) + 1
    moments = [first + timedelta(hours=index) for index in range(span)]
    return [(date_format(moment, "TIME_FORMAT"), hours.get(moment, 0)) for moment in moments]
