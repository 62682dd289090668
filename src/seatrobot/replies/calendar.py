"""The event as a file for calendars (RFC 5545, METHOD:PUBLISH): the same for every guest.

Times are in UTC, which every program reads alike; the local time, with its zone, stands in the
description. There is no attendee and no link, because people pass such files on.
"""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models.expressions import RawSQL
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from icalendar import Calendar, vCalAddress
from icalendar import Event as Entry

from seatrobot.events.models import Event
from seatrobot.kernel.clock import now
from seatrobot.normalizing import is_email
from seatrobot.replies.reading import Invitation

TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
SEQUENCE = RawSQL("events_event.changed_xid::text", [])
MOST = 2**31


def of(invitation: Invitation) -> bytes:
    event = invitation.event
    entry = Entry()
    entry.add("uid", f"{event.pk}@{urlsplit(settings.BASE_URL).hostname}")
    entry.add("sequence", _sequence(event))
    entry.add("dtstamp", now().astimezone(UTC).replace(microsecond=0))
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.title)
    if event.sealed.venue:
        entry.add("location", event.sealed.venue)
    entry.add("description", _description(invitation))
    entry.add("status", "CONFIRMED")
    if is_email(invitation.page.contact):
        organizer = vCalAddress(f"mailto:{invitation.page.contact}")
        organizer.params["CN"] = invitation.host
        entry.add("organizer", organizer)
    calendar = Calendar()
    calendar.add("prodid", "-//invitation//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _sequence(event: Event) -> int:
    rows = Event.objects.filter(pk=event.pk).annotate(version=SEQUENCE)
    return int(rows.values_list("version", flat=True).get()) % MOST


def _description(invitation: Invitation) -> str:
    event = invitation.event
    starts = date_format(event.starts_at.astimezone(event.zone), "DATETIME_FORMAT")
    when = _("%(date)s, time zone %(zone)s") % {"date": starts, "zone": event.time_zone}
    host = _("%(host)s invites you.") % {"host": invitation.host}
    return "\n".join([host, when])
