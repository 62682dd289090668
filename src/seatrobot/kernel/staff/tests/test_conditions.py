"""The conditions of staff: each is asked, what changed is noticed at once, and time ends them."""

from datetime import timedelta

import pytest
from django.db import connection

from seatrobot.kernel import features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.staff.conditions import Condition

TESTS = Actor.system("tests")


@pytest.fixture
def says(monkeypatch):
    """One condition, whose answer the test sets; how often it was asked is counted."""
    answer = {"holds": True, "until": None, "asked": 0}

    def check(account_id):
        answer["asked"] += 1
        return Condition(
            heading="Heading",
            id="tests.one",
            sentence="It holds.",
            holds=answer["holds"],
            until=answer["until"],
        )

    monkeypatch.setattr(features, "staff_conditions", lambda: (check,))
    conditions.forget()
    yield answer
    conditions.forget()


def test_who_fulfils_every_condition_may_hold_a_grant(db, says):
    person = new_id()
    with acting(TESTS):
        assert conditions.may_hold(person)
        says["holds"] = False
        conditions.changed(person)
        assert not conditions.may_hold(person)
        assert [each.id for each in conditions.unmet(person)] == ["tests.one"]


def test_nobody_may_where_nothing_is_declared(db, monkeypatch):
    monkeypatch.setattr(features, "staff_conditions", tuple)
    with acting(TESTS):
        assert not conditions.may_hold(new_id())


def test_answers_are_kept_for_seconds_and_asked_again_once_something_changed(db, says, monkeypatch):
    person = new_id()
    with acting(TESTS):
        for _ in range(3):
            conditions.conditions(person)
        assert says["asked"] == 1
        conditions.changed(person)
        conditions.conditions(person)
        assert says["asked"] == 2
        monkeypatch.setattr(conditions, "LONGEST_KEPT", 0.0)
        conditions.conditions(person)
        assert says["asked"] == 3


def test_a_kept_answer_ends_at_its_time_and_with_a_clock_set_back(db, says, monkeypatch):
    person = new_id()
    moment = now()
    says["until"] = moment + timedelta(seconds=2)
    with acting(TESTS):
        conditions.conditions(person)
        for later in (timedelta(seconds=3), timedelta(hours=-1)):
            asked = says["asked"]
            monkeypatch.setattr(conditions, "now", lambda later=later: moment + later)
            conditions.conditions(person)
            assert says["asked"] == asked + 1


def test_a_kept_answer_takes_one_statement(db, says, django_assert_num_queries):
    person = new_id()
    with acting(TESTS):
        conditions.conditions(person)
        with django_assert_num_queries(1, connection=connection):
            conditions.conditions(person)
