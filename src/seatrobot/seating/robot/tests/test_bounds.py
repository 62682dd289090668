"""What a wish costs at least, and that knowing it ends the search."""

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
    Reason,
    Together,
    propose,
)
from seatrobot.seating.robot.blocks import join
from seatrobot.seating.robot.bounds import Bounds

from .cases import dinner, ids, people, room

T0 = frozenset({"t0"})
MUST = {"strength": "must", "guests": ids(0, 1)}


@pytest.mark.parametrize(
    ("wish", "hard", "least"),
    [
        (Together(id="w", guests=ids(*range(7))), (), 2),
        (Together(id="w", guests=ids(0, 1, 2)), (), 0),
        (Together(id="w", guests=ids(0, 1)), (Apart(id="h", **MUST),), 1),
        (Together(id="w", guests=ids(0, 1)), (Fixed("g0", "t0"), Fixed("g1", "t1")), 1),
        (Apart(id="w", guests=ids(*range(5))), (), 2),
        (Apart(id="w", guests=ids(0, 1)), (Together(id="h", **MUST),), 1),
        (Apart(id="w", guests=ids(0, 1)), (AtTable(id="h", tables=T0, **MUST),), 1),
        (AtTable(id="w", guests=ids(*range(5)), tables=T0), (), 2),
        (AtTable(id="w", guests=ids(0), tables=T0), (Fixed("g0", "t1"),), 1),
        (NotAtTable(id="w", guests=ids(0, 1), tables=T0), (AtTable(id="h", tables=T0, **MUST),), 2),
        (Near(id="w", guests=ids(0, 1)), (Fixed("g0", "t0"), Fixed("g1", "t2")), 1),
        (Mix(id="w", trait="state"), (), 0),
    ],
)
def test_the_least_that_a_wish_costs(wish, hard, least):
    """Nine guests at three tables of three in a row."""
    locks = tuple(h for h in hard if isinstance(h, Fixed))
    rules = (wish, *(h for h in hard if not isinstance(h, Fixed)))
    problem = Problem(people(9), room(3, 3, 3), rules, locks)
    assert Bounds(problem, join(problem)).least(wish) == least


def test_a_table_full_of_locked_guests_is_closed_to_others():
    locks = tuple(Fixed(f"g{i}", "t0") for i in range(3))
    wish = AtTable(id="w", guests=ids(0, 5), tables=T0)
    problem = Problem(people(9), room(3, 3, 3), (wish,), locks)
    assert Bounds(problem, join(problem)).least(wish) == 1


def test_the_dinner_with_impossible_wishes_is_proven_as_good_as_can_be():
    names = [guest.id for guest in dinner().guests]
    impossible = (
        Together(id="fifteen", weight=7, guests=frozenset(names[:15])),
        Apart(id="sixty", weight=3, guests=frozenset(names[100:160])),
    )
    mixing = (Mix(id="parties", trait="party"), Mix(id="states", trait="state"))
    plan = propose(dinner((*mixing, *impossible)), 60.0)
    assert plan.optimal
    assert plan.score.cost == plan.lower_bound == 7 + 6 * 3
    assert {(u.rule, u.reason, u.proven) for u in plan.unmet} == {
        ("fifteen", Reason.PARTY_TOO_LARGE, True),
        ("sixty", Reason.TOO_FEW_TABLES, True),
    }


def test_a_wish_that_only_the_hard_rules_together_rule_out_is_told_so():
    """Couples leave one seat at each table of three, so a trio of others has no table."""
    guests = tuple(Guest(f"g{i}", f"p{i // 2}" if i < 6 else None) for i in range(9))
    wish = Together(id="trio", weight=5, guests=ids(6, 7, 8))
    (unmet,) = propose(Problem(guests, room(3, 3, 3), (wish,)), 2.0).unmet
    assert (unmet.reason, unmet.parties) == (Reason.CONTRADICTS_RULE, ("p0", "p1", "p2"))
    assert unmet.proven
