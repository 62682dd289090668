"""The Congress Dinner: 537 members of the United States Congress at 54 tables, public domain data.

Source: unitedstates/congress-legislators (CC0), June 2026; the addresses are made up.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from importlib.resources import files
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.events.models import Activity, Event
from seatrobot.events.reading import load_activity
from seatrobot.guests.fields import OpenField
from seatrobot.guests.guest_list import GuestList, open_list
from seatrobot.guests.services import imports
from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.seating.models import Rule
from seatrobot.seating.services import robot, rules, tables
from seatrobot.seating.services.rules import RuleFacts
from seatrobot.seating.services.tables import TableFacts

TABLES, SEATS = 54, 10
DAYS_AHEAD = 30
FILENAME = "congress-dinner.csv"
STATES_TOGETHER = ("Alaska", "AK"), ("Vermont", "VT"), ("Wyoming", "WY")
STATES_NEAR = ("Hawaii", "HI"), ("Maine", "ME")


def prepare_dinner(actor: Principal) -> Event:
    """Make the event with its guests, tables, rules and a first plan."""
    event = events.create(actor=actor, facts=_facts())
    _import_guests(actor, event)
    evening = load_activity(actor, event.pk)
    tables.add_tables(actor=actor, activity=evening, count=TABLES, facts=TableFacts(SEATS))
    _add_rules(actor, evening, open_list(actor, event.pk))
    robot.seat_everyone(actor=actor, activity=evening)
    return event


def demonstration_file() -> bytes:
    return files("seatrobot.demo").joinpath(FILENAME).read_bytes()


def _facts() -> EventFacts:
    zone = ZoneInfo("America/New_York")
    evening = datetime.combine(now().date() + timedelta(days=DAYS_AHEAD), time(19), zone)
    return EventFacts(
        title=_("Congress Dinner"),
        venue=_("Great Hall, Library of Congress, Washington, DC"),
        description=_("Annual dinner. Doors open at 18:30; dinner is served at 19:30."),
        starts_at=evening,
        ends_at=evening + timedelta(hours=4),
        time_zone=str(zone),
        capacity=TABLES * SEATS,
    )


def _import_guests(actor: Principal, event: Event) -> None:
    sheet = imports.read_sheet(demonstration_file(), FILENAME)
    empty = open_list(actor, event.pk)
    incoming = imports.comparison(empty, sheet, imports.guessed(sheet), Status.CONFIRMED)
    imports.finish(
        actor=actor, event=event, incoming=incoming, skip_problems=False, keep_contacts=True
    )


def _add_rules(actor: Principal, activity: Activity, guests: GuestList) -> None:
    wishes = [
        RuleFacts(
            Rule.Kind.MIX,
            column=_column(guests, "party").key,
            note=_("Both parties at every table"),
        ),
        RuleFacts(
            Rule.Kind.MIX,
            column=_column(guests, "state").key,
            note=_("Meet people from elsewhere"),
            weight=1,
        ),
        RuleFacts(Rule.Kind.MIX, column="title", note=_("Senators at many tables")),
    ]
    wishes += [
        RuleFacts(
            Rule.Kind.TOGETHER, Rule.Strength.MUST, guest_ids=_of_state(guests, code), note=name
        )
        for name, code in STATES_TOGETHER
    ]
    wishes += [
        RuleFacts(Rule.Kind.NEAR, guest_ids=_of_state(guests, code), note=name)
        for name, code in STATES_NEAR
    ]
    for facts in wishes:
        rules.add_rule(actor=actor, activity=activity, facts=facts)


def _of_state(guests: GuestList, code: str) -> tuple[UUID, ...]:
    state = _column(guests, "state").id
    return tuple(g.id for g in guests.by_name if g.record.answers.get(state) == code)


def _column(guests: GuestList, label: str) -> OpenField:
    return next(field for field in guests.fields if field.label == label)
