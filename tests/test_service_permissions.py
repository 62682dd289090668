"""Every service: refused to whoever may not, and powerless over another organization's rows."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from types import FunctionType
from typing import Any
from unittest.mock import MagicMock

import pytest
from django.db import connection, transaction

import seatrobot
from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.events.reading import load_activity
from seatrobot.guests.models import Guest, Party, PartyRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import NotAllowed
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role
from seatrobot.seating.models import Room, Rule, RuleRecord, SeatAssignment, Table, TableRecord

CHECKS_IN = {
    f"seatrobot.checkin.services.{verb}"
    for verb in ("check_in", "check_in_party", "undo", "undo_party")
}

ON_A_VISIT = {"seatrobot.grants.unmasking.fields", "seatrobot.grants.unmasking.reveal"}
"""For staff alone, who need a permission that no member has: grants/tests try who may."""


def services() -> Iterator[tuple[str, FunctionType]]:
    """Find every function of the product that a member calls: keyword-only `actor: Member`."""
    for module in pkgutil.walk_packages(seatrobot.__path__, "seatrobot."):
        if {"tests", "migrations", "conftest", "__main__", "wsgi"} & {*module.name.split(".")}:
            continue
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            actor = inspect.signature(function).parameters.get("actor")
            is_here = function.__module__ == module.name and not name.startswith("_")
            named = f"{module.name}.{name}"
            if is_here and actor and actor.kind is actor.KEYWORD_ONLY and named not in ON_A_VISIT:
                yield named, function


SERVICES = dict(services())


def test_the_services_are_found():
    verbs = {"checkin.services.check_in", "guests.services.bulk.remove", "events.services.delete"}
    assert {f"seatrobot.{verb}" for verb in verbs} <= SERVICES.keys()


def refuses(function: FunctionType, actor: Member, event: Event) -> bool:
    """Whether a service says no before it looks at what it was given."""
    row = MagicMock(pk=event.pk, id=event.pk, event_id=event.pk)
    parts = {
        name: event.pk if name.endswith("_id") else row
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "actor" and parameter.default is parameter.empty
    }
    try:
        answer = function(actor=actor, **parts)
        next(answer)  # a generator has not begun before somebody reads from it
    except NotAllowed:
        return True
    except Exception:  # noqa: BLE001 - it went on, with what made no sense
        return False
    return False


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.DOOR])
def test_no_service_serves_whoever_does_not_see_the_event(role, alice, dinner):
    stranger = replace(alice, role=Role.LIMITED, grants={new_id(): role})
    with as_(alice):
        assert [n for n, verb in SERVICES.items() if not refuses(verb, stranger, dinner)] == []


@pytest.mark.parametrize(("role", "may"), {Role.VIEWER: set(), Role.DOOR: CHECKS_IN}.items())
def test_a_service_serves_only_whom_it_should(role, may, alice, dinner):
    member = replace(alice, role=Role.LIMITED, grants={dinner.pk: role})
    with as_(alice):
        assert {n for n, verb in SERVICES.items() if not refuses(verb, member, dinner)} == may


@pytest.fixture
def mine(alice: Member, dinner: Event) -> dict[str, Any]:
    """One row of each kind of Alice's, by the names that services give their parameters."""
    own = {"organization_id": alice.organization_id, "event": dinner}
    with as_(alice):
        moment = {"created_at": now(), "changed_at": now()}
        party = Party.objects.create(**own, created_at=now(), sealed=PartyRecord())
        adams = GuestRecord(last_name="Adams")
        guest = Guest.objects.create(
            **own, **moment, party=party, reply=Reply.CONFIRMED, sealed=adams
        )
        activity = load_activity(alice, dinner.pk)
        room = Room.objects.create(**own, activity=activity)
        own_room = {**own, "room": room}
        table = Table.objects.create(**own_room, number=1, seats=8, sealed=TableRecord())
        SeatAssignment.objects.create(**own_room, guest=guest, table=table, seat=0)
        rule = Rule.objects.create(**own_room, kind=Rule.Kind.APART, sealed=RuleRecord())
        membership = Membership.objects.get(account_id=alice.account_id)
    rows = {"event": dinner, "guest": guest, "table": table, "rule": rule, "membership": membership}
    rows |= {"activity": activity}
    ids = {f"{name}_id": row.pk for name, row in rows.items()}
    lists = {f"{name}_ids": [row.pk] for name, row in rows.items()}
    account = {"account_id": alice.account_id, "party_id": guest.party_id}
    return {**rows, **ids, **lists, **account}


def footprint(alice: Member) -> str:
    """Return a hash of everything the organization has, except its journal."""
    tables = ["events_event", "guests_guest", "seating_table", "seating_assignment", "seating_rule"]
    tables += ["organizations_membership", "organizations_organization", "organizations_invitation"]
    with as_(alice), connection.cursor() as cursor:
        sums = [f"(SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {t} t)" for t in tables]
        cursor.execute(f"SELECT concat_ws(' ', {', '.join(sums)})")
        return str(cursor.fetchone()[0])


def try_with(function: FunctionType, actor: Member, mine: dict[str, Any]) -> None:
    """Call a service as its own organization's owner, with somebody else's identifiers."""
    parameters = inspect.signature(function).parameters.values()
    asked = [p.name for p in parameters if p.name != "actor" and p.default is p.empty]
    with suppress(Exception), transaction.atomic(), as_(actor):
        answer = function(actor=actor, **{n: mine.get(n, MagicMock()) for n in asked})
        if inspect.isgenerator(answer):
            list(answer)


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_touches_rows_of_another_organization(name, mine, alice, charlie):
    before = footprint(alice)
    try_with(SERVICES[name], charlie, mine)
    assert footprint(alice) == before


def test_the_footprint_sees_a_change(mine, alice):
    before = footprint(alice)
    with as_(alice):
        Guest.objects.update(reply=Reply.DECLINED)
    assert footprint(alice) != before


@pytest.mark.parametrize(
    "name", ["seating.services.rules.remove_rule", "seating.services.moves.clear"]
)
def test_the_same_call_does_change_what_is_ones_own(name, mine, alice):
    before = footprint(alice)
    try_with(SERVICES[f"seatrobot.{name}"], alice, mine)
    assert footprint(alice) != before
