"""Canaries: unique words that are written through the service and then searched for in storage.

The words of a day are derived from the instance's secret, so that they can be searched for later
without being stored anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

from django.conf import settings

from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.events.models import Event
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.practices.checks.probe import ProbeOrganization

SERIES = "canary"
PLACES = ("title", "venue", "description", "name", "company", "note", "tag", "reference")
GUESTS = 4
"""PostgreSQL may compress the first row of a page in its log, but not those after it."""


def token(day: date) -> str:
    """Return the prefix of all canaries of a day: letters and digits in lower case."""
    text = f"{SERIES} {day.isoformat()}"
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"qanarigo{digest[:24]}"


def word(place: str, day: date) -> str:
    """Return the canary of a place on a day."""
    return token(day) + place


def tokens(day: date) -> list[str]:
    """Return the prefixes to search for: of a day and of the day before."""
    return [token(day), token(day - timedelta(days=1))]


def write(probe: ProbeOrganization) -> Event:
    """Write today's canaries as an administrator would: an event and guests."""
    today = now().date()
    words = {place: word(place, today) for place in PLACES}
    event = write_event(probe, words["title"], words["venue"], words["description"])
    with acting(probe.administrator.actor, probe.organization_id):
        for number in range(GUESTS):
            record = GuestRecord(
                first_name=words["name"],
                last_name=str(number),
                company=words["company"],
                notes=words["note"],
                tags=[words["tag"]],
                reference=words["reference"],
                email=f"{words['name']}{number}@nowhere.test",
            )
            editing.add(actor=probe.administrator, event=event, record=record)
    return event


def write_event(
    probe: ProbeOrganization, title: str, venue: str = "", description: str = ""
) -> Event:
    """Create an event that begins tomorrow."""
    start = now() + timedelta(days=1)
    facts = EventFacts(
        title, start, start + timedelta(hours=3), venue=venue, description=description
    )
    with acting(probe.administrator.actor, probe.organization_id):
        return events.create(actor=probe.administrator, facts=facts)
