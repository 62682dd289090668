"""The database lets staff change nothing by a grant to read, and delete nothing by any."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from seatrobot.events import services as event_services
from seatrobot.events.models import Event
from seatrobot.grants.models import Mode, StaffGrant, State
from seatrobot.grants.services import deciding
from seatrobot.grants.services.common import as_staff
from seatrobot.grants.visitor import load_visitor
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import NotAllowed

from .asks import ask, stored

TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND a.attname = 'organization_id' AND NOT a.attisdropped
      AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polname = relname || '_tenant')
    ORDER BY c.relname
"""
CHANGED = {
    "contacts_address",
    "contacts_contact",
    "events_activity",
    "events_event",
    "events_field",
    "guests_guest",
    "kernel_progress",
    "seating_room",
    "tenancy_deletion",
}
"""Of what staff with a grant to change something change rows."""
REPLACED = {
    "guests_party",
    "seating_assignment",
    "seating_proposal",
    "seating_rule",
    "seating_step",
    "seating_table",
}
"""What comes and goes as the plan of seats is changed, and parties that nobody is in."""
OWN = {"grants_staff_grant"}
"""What a grant itself may become, `grants_hold` says."""
NOT_ALLOWED = "42501"


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return [name for (name,) in cursor]


def done(statement: str) -> bool:
    """Return whether the database does it; nothing stays done."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
    except ProgrammingError as error:
        if error.__cause__.sqlstate != NOT_ALLOWED:
            raise
        return False
    return True


def changed(names) -> set[str]:
    return {each for each in names if done(f"UPDATE {each} SET organization_id = organization_id")}


def deleted(names) -> set[str]:
    return {each for each in names if done(f"DELETE FROM {each} WHERE false")}


def added(names) -> set[str]:
    one = "INSERT INTO {0} (organization_id) SELECT organization_id FROM {0} WHERE false"
    return {each for each in names if done(one.format(each))}


@contextmanager
def by(staff_id, row):
    with acting(Actor.staff(staff_id), row.organization_id, grant=row.pk):
        yield


def test_a_grant_to_read_changes_nothing(alice, dinner, dana):
    names = tables()
    assert len(names) > 25
    row = ask(dana, alice.organization_id)
    with by(dana, row):
        assert deleted(names) == set()
        assert changed(names) <= OWN
        assert added(names) <= OWN | {"grants_recording"}
        with acting(alice.actor, alice.organization_id):
            assert not done("UPDATE events_event SET organization_id = organization_id")
        with acting(Actor.system("jobs"), alice.organization_id):
            assert not done("DELETE FROM guests_guest")
        assert Event.objects.exists()


def test_a_grant_to_change_changes_what_its_pages_do_and_deletes_no_guest(alice, dinner, dana):
    names = tables()
    row = ask(dana, alice.organization_id, may_change=True)
    with by(dana, row):
        assert changed(names) == CHANGED | REPLACED | OWN
        assert deleted(names) == REPLACED
    with as_staff(dana, alice.organization_id):
        assert changed(names) == OWN, "without naming the grant"
        assert deleted(names) == set()


def test_staff_remove_no_activity(alice, dinner, dana):
    row = ask(dana, alice.organization_id, may_change=True)
    with acting(Actor.staff(dana)):
        visitor = load_visitor(dana, row.pk)
    with visitor.acting(), pytest.raises(NotAllowed):
        event_services.remove_activity(actor=visitor, activity=dinner.activity)


def test_staff_without_a_grant_change_nothing(alice, dinner, dana):
    names = tables()
    with acting(Actor.staff(dana), alice.organization_id):
        assert deleted(names) == set()
        assert changed(names) <= OWN
        assert added(names) <= OWN | {"grants_recording"}
        assert not done("DELETE FROM grants_text")


def test_nobody_deletes_what_is_known_of_grants(alice, dana):
    ask(dana, alice.organization_id)
    for actor in (alice.actor, Actor.system("jobs")):
        with acting(actor, alice.organization_id):
            for table in ("grants_staff_grant", "grants_text", "grants_decision", "grants_rule"):
                assert not done(f"DELETE FROM {table}"), table


def test_members_change_their_own(alice, dinner):
    with alice.acting():
        Event.objects.filter(pk=dinner.pk).update(organization_id=alice.organization_id)
        assert done("DELETE FROM guests_guest")


def test_a_grant_opens_now_and_is_reviewed_in_time(alice, dana):
    row = stored(dana, alice.organization_id, asked=now(), opened=False)
    ahead = now() + timedelta(days=2)
    with acting(Actor.system("tests"), alice.organization_id):
        one = StaffGrant.objects.filter(pk=row.pk)
        opened = {"state": State.LIVE, "review_due_at": now() + timedelta(days=1)}
        for facts in (
            {"opens_at": ahead, "expires_at": ahead + timedelta(hours=1)},
            {"opens_at": now(), "expires_at": now() + timedelta(minutes=59), "review_due_at": None},
            {
                "opens_at": now(),
                "expires_at": now() + timedelta(minutes=59),
                "review_due_at": now() + timedelta(days=900),
            },
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                one.update(**{**opened, **facts})
        one.update(**opened, opens_at=now(), expires_at=now() + timedelta(minutes=59))
        for due in (None, ahead):
            with pytest.raises(ProgrammingError, match="opens once"), transaction.atomic():
                one.update(review_due_at=due)
        one.update(state=State.ENDED, reviewed_at=now(), reviewed_by=alice.account_id)
        with pytest.raises(ProgrammingError, match="reviewed once"), transaction.atomic():
            one.update(reviewed_at=None)


def test_the_rule_is_the_organizations(alice, dana):
    with alice.acting():
        deciding.change_mode(actor=alice, mode=Mode.APPROVE)
    with as_staff(dana, alice.organization_id):
        assert not done("UPDATE grants_rule SET mode = 'notify'")
