"""Words that stand nowhere else, written through the service so that one can look for them.

The words of a day come from the instance's secret, so that they can be looked for later without
being kept anywhere.
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
from seatrobot.guests.statuses import Status
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.practices.probe.services import Probing

SERIES = "canary"
PLACES = ("title", "venue", "description", "name", "company", "note", "tag", "reference")
GUESTS = 4
"""PostgreSQL may write the first row of a page to its log compressed; those after it never."""


def token(day: date) -> str:
    """Return what all canaries of a day begin with: letters and digits in lower case."""
    text = f"{SERIES} {day.isoformat()}"
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"qanarigo{digest[:24]}"


def word(place: str, day: date) -> str:
    """Return the canary of a place on a day."""
    return token(day) + place


def tokens(day: date) -> list[str]:
    """Return what one has to look for: the beginnings of a day and of the one before."""
    return [token(day), token(day - timedelta(days=1))]


def write(probe: Probing) -> Event:
    """Write today's canaries as an administrator would: an event and guests."""
    today = now().date()
    said = {place: word(place, today) for place in PLACES}
    event = write_event(probe, said["title"], said["venue"], said["description"])
    with acting(probe.administrator.actor, probe.organization_id):
        for number in range(GUESTS):
            record = GuestRecord(
                first_name=said["name"],
                last_name=str(number),
                company=said["company"],
                notes=said["note"],
                tags=[said["tag"]],
                reference=said["reference"],
                email=f"{said['name']}{number}@nowhere.test",
            )
            editing.add(
                actor=probe.administrator, event=event, record=record, status=Status.CONFIRMED
            )
    return event


def write_event(probe: Probing, title: str, venue: str = "", description: str = "") -> Event:
    """Make an event of tomorrow."""
    start = now() + timedelta(days=1)
    facts = EventFacts(
        title, start, start + timedelta(hours=3), venue=venue, description=description
    )
    with acting(probe.administrator.actor, probe.organization_id):
        return events.create(actor=probe.administrator, facts=facts)
