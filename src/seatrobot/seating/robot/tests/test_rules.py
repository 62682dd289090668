"""Each rule as a must is never broken, and as a wish is fulfilled when it can be."""

import pytest

from seatrobot.seating.robot import (
    Apart,
    AtTable,
    Fixed,
    Guest,
    Mix,
    Near,
    NotAtTable,
    Problem,
    Table,
    Together,
    propose,
    verify,
)

from .cases import ids, people, room

STRENGTHS = pytest.mark.parametrize("strength", ["must", "wish"])


def seat(problem):
    plan = propose(problem, 2.0)
    assert verify.violations(problem, plan.assignments) == []
    assert plan.unseated == ()
    return plan


@STRENGTHS
def test_together(strength):
    rule = Together(id="r", strength=strength, guests=ids(0, 3, 5))
    plan = seat(Problem(people(6), room(3, 3), (rule,)))
    assert len({plan.assignments[guest] for guest in rule.guests}) == 1


@STRENGTHS
def test_apart(strength):
    rule = Apart(id="r", strength=strength, guests=ids(0, 1, 2))
    plan = seat(Problem(people(6), room(2, 2, 2), (rule,)))
    assert len({plan.assignments[guest] for guest in rule.guests}) == 3


@STRENGTHS
def test_at_table(strength):
    rule = AtTable(id="r", strength=strength, guests=ids(0, 1), tables=frozenset({"t1"}))
    plan = seat(Problem(people(6), room(4, 2), (rule,)))
    assert {plan.assignments[guest] for guest in rule.guests} == {"t1"}


@STRENGTHS
def test_not_at_table(strength):
    rule = NotAtTable(id="r", strength=strength, guests=ids(0, 1), tables=frozenset({"t0"}))
    plan = seat(Problem(people(6), room(4, 2), (rule,)))
    assert {plan.assignments[guest] for guest in rule.guests} == {"t1"}


def test_mix_spreads_each_value_evenly():
    guests = tuple(Guest(f"g{i}", None, {"state": frozenset("AB"[i % 2])}) for i in range(8))
    plan = seat(Problem(guests, room(4, 4), (Mix(id="r", trait="state"),)))
    at_first = [g for g in guests if plan.assignments[g.id] == "t0"]
    assert sum("A" in g.traits["state"] for g in at_first) == 2
    assert plan.score.evenness == {"r": 100.0}
    assert plan.optimal


def test_mix_knows_that_couples_of_one_value_cannot_be_spread():
    guests = tuple(Guest(f"g{i}", f"p{i // 2}", {"state": frozenset("A")}) for i in range(4))
    plan = seat(Problem(guests, room(2, 2), (Mix(id="r", trait="state"),)))
    assert plan.score.cost == 0


def test_near_guests_sit_at_neighbouring_tables():
    tables = tuple(Table(f"t{i}", 1, 2.0 * i, 0.0) for i in range(6))
    plan = seat(Problem(people(6), tables, (Near(id="r", guests=ids(0, 5)),)))
    first, second = (int(plan.assignments[guest][1:]) for guest in ("g0", "g5"))
    assert abs(first - second) == 1


def test_a_party_stays_together_unless_split_on_purpose():
    guests = (Guest("a", "p"), Guest("b", "p"), Guest("c"), Guest("d"))
    apart = Apart(id="r", guests=frozenset({"a", "b"}))
    whole = seat(Problem(guests, room(2, 2), (apart,)))
    assert whole.assignments["a"] == whole.assignments["b"]
    split = seat(Problem(guests, room(2, 2), (apart,), split_parties=frozenset({"p"})))
    assert split.assignments["a"] != split.assignments["b"]


def test_locked_guests_stay_and_draw_their_party():
    guests = (Guest("a", "p"), Guest("b", "p"), Guest("c"), Guest("d"))
    plan = seat(Problem(guests, room(2, 2), fixed=(Fixed("a", "t1"),)))
    assert plan.assignments["a"] == plan.assignments["b"] == "t1"


def test_the_dearer_of_two_wishes_wins():
    cheap = AtTable(id="cheap", weight=1, guests=ids(0), tables=frozenset({"t0"}))
    dear = AtTable(id="dear", weight=5, guests=ids(1), tables=frozenset({"t0"}))
    plan = seat(Problem(people(2), room(1, 1), (cheap, dear)))
    assert [unmet.rule for unmet in plan.unmet] == ["cheap"]
    assert plan.score.cost == plan.lower_bound == 1


def test_nobody_to_seat():
    assert propose(Problem((), ()), 1.0).assignments == {}
