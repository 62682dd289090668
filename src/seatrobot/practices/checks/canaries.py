"""Canaries: unique words that are written through the service and then searched for in storage.

The words of a day are derived from the instance's secret, so that they can be searched for later
without being stored anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse

from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.events.models import Event
from seatrobot.guests.reading import load_party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing, fields, parties
from seatrobot.guests.services.fields import FieldFacts
from seatrobot.guests.services.parties import PartyFacts
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization

series = "canary"
"""Of the words; another one is used once those of before were written in clear on purpose."""
PLACES = (
    *("title", "venue", "description", "name", "company", "note", "tag", "reference"),
    *("column", "answer", "special", "party", "contact"),
)
FOUND = 302
GUESTS = 4
"""PostgreSQL may compress the first row of a page in its log, but not those after it."""


def token(day: date) -> str:
    """Return the prefix of all canaries of a day: letters and digits in lower case."""
    text = f"{series} {day.isoformat()}"
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"qanarigo{digest[:24]}"


def word(place: str, day: date) -> str:
    """Return the canary of a place on a day."""
    return token(day) + place


def tokens(day: date) -> list[str]:
    """Return the prefixes to search for: of a day and of the day before."""
    return [token(day), token(day - timedelta(days=1))]


def write(probe: ProbeOrganization) -> Event:
    """Write today's canaries as an administrator would: an event, guests, and all about them."""
    today = now().date()
    words = {place: word(place, today) for place in PLACES}
    event = write_event(probe, words["title"], words["venue"], words["description"])
    member = probe.administrator
    with acting(member.actor, probe.organization_id):
        column = fields.add(actor=member, event=event, facts=FieldFacts(words["column"]))
        diet = FieldFacts("Diet", special=True)
        special = fields.add(actor=member, event=event, facts=diet)
        person = ContactRecord(last_name=words["contact"], emails=[f"{words['contact']}@a.test"])
        contacts.create(actor=member, record=person)
        for number in range(GUESTS):
            record = GuestRecord(
                first_name=words["name"],
                last_name=str(number),
                company=words["company"],
                notes=words["note"],
                tags=[words["tag"]],
                reference=words["reference"],
                email=f"{words['name']}{number}@nowhere.test",
                answers={column.pk: words["answer"], special.pk: words["special"]},
            )
            guest = editing.add(actor=member, event=event, record=record)
            party, seen = load_party(member, event.pk, guest.party_id)
            label = PartyFacts(label=words["party"])
            parties.change(actor=member, party=party, facts=label, seen=seen)
    return event


def write_over_http(probe: ProbeOrganization, browser: Browser, event: Event) -> int:
    """Write canaries by forms of the running web; return how many pages took them."""
    today = now().date()
    of_event = [probe.organization_id, event.pk]
    guest = {
        "guest_id": str(new_id()),
        "first_name": word("name", today),
        "last_name": "Over HTTP",
        "notes": word("note", today),
        "company": word("company", today),
    }
    contact = {
        "contact_id": str(new_id()),
        "last_name": word("contact", today),
        "notes": word("note", today),
    }
    forms = (
        (reverse("guests:add", args=of_event), guest),
        (reverse("contacts:new", args=[probe.organization_id]), contact),
    )
    return sum(browser.post(page, fields).status == FOUND for page, fields in forms)


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
