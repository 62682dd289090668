"""What the guest list tells other packages: an event's home page and card, contacts, the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.contacts.attendance import Attendance, Attendances
from seatrobot.events.models import Activity, Event, Field
from seatrobot.events.overview import OverviewCard, Panel, Step
from seatrobot.guests.feature import Permission
from seatrobot.guests.fields import PREFIX
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Arrival, Guest, Import, ImportFile
from seatrobot.guests.records import LABELS
from seatrobot.guests.searching import Search
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.retention import Kept, Retained
from seatrobot.organizations.log.subjects import Subjects

MOST_HOURS = 24
MOST_FOUND = 50
"""How many guests of one search the access log is searched for."""


class GuestsPart(OverviewCard):
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
            yield _("Somebody has arrived there; undo the check-ins first.")

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


class GuestSubjects(Subjects):
    """Guests by name, for the access log."""

    actions = ("guest:guest:view", "guest:guest:change", "guest:guest:create", "checkin:guest:")
    gone = gettext_lazy("a guest who was removed")

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        rows = Guest.objects.filter(pk__in=one_of(ids)).select_related("host")
        return {guest.pk: _name(guest) for guest in rows}

    def url(self, organization_id: UUID, event_id: UUID | None, subject_id: UUID) -> str:
        return reverse("guests:guest", args=[organization_id, event_id, subject_id])

    def of_event(self, event_id: UUID) -> Iterable[UUID]:
        return Guest.objects.filter(event_id=event_id).values_list("pk", flat=True)

    def added(self, ids: Collection[UUID]) -> dict[UUID, datetime]:
        return dict(Guest.objects.filter(pk__in=one_of(ids)).values_list("pk", "created_at"))

    def find(self, principal: Principal, event_id: UUID, text: str) -> list[UUID]:
        if not principal.may(Permission.GUEST_VIEW, event_id):
            return []
        guest_list = open_list(principal, event_id)
        found = Search(text=text).find(guest_list.by_name, guest_list.fields)
        return [guest.id for guest in found[:MOST_FOUND]]

    def labels(self, event_ids: Collection[UUID]) -> dict[str, str]:
        fields = Field.objects.filter(event_id__in=event_ids)
        own = {f"{PREFIX}{field.pk.hex}": field.sealed.label for field in fields}
        return {name: str(label) for name, label in LABELS.items()} | own


class GuestsRetained(Retained):
    """Imports; the file itself goes when it is imported, or after a day (`jobs.KEPT`)."""

    def kept(self) -> Iterable[Kept]:
        yield Kept(
            "files",
            _("Uploaded guest lists that nobody finished importing"),
            1,
            ImportFile.objects.all(),
            "upload__created_at",
        )
        yield Kept("imports", _("Reports of imports"), 90, Import.objects.all(), "created_at")


def _name(guest: Guest) -> str:
    record = guest.sealed
    if record.first_name or record.last_name or guest.host is None:
        return str(record.full_name or record.email or _("A guest without a name"))
    return _("Guest of %(host)s") % {"host": guest.host.sealed.full_name}


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
