"""The dinner, the clock, cancelling, repeating, and what is refused."""

import random
from dataclasses import replace

import pytest

from seatrobot.seating.robot import (
    Apart,
    AtTable,
    Fixed,
    Guest,
    Mix,
    Near,
    Problem,
    Together,
    feasible,
    propose,
    verify,
)
from seatrobot.seating.robot.anneal import Annealing
from seatrobot.seating.robot.blocks import join
from seatrobot.seating.robot.case import Case
from seatrobot.seating.robot.clock import Deadline, Teller
from seatrobot.seating.robot.construct import construct
from seatrobot.seating.robot.explain import explain
from seatrobot.seating.robot.model import build

from .cases import dinner, ids, people, room

MIXING = (Mix(id="parties", trait="party"), Mix(id="states", trait="state"))


def pairs_of_wishes(problem, count):
    rng, names = random.Random(7), [guest.id for guest in problem.guests]
    kinds = [(Together, 10), (Apart, 10), (Near, 5)]
    return tuple(
        kind(id=f"{kind.__name__}{i}", guests=frozenset(rng.sample(names, 2)), weight=weight)
        for kind, weight in kinds
        for i in range(count)
    )


def test_all_537_are_seated_and_perfectly_mixed():
    problem = dinner(MIXING)
    plan = propose(problem, 5.0)
    assert len(plan.assignments) == 537
    assert verify.violations(problem, plan.assignments) == []
    assert plan.optimal
    assert plan.score.evenness == {"parties": 100.0, "states": 100.0}


def test_the_dinner_again_with_everyone_at_ten_tables_locked():
    problem = dinner(MIXING)
    first = propose(problem, 5.0)
    tables = {f"t{i}" for i in range(10)}
    locks = tuple(Fixed(g, t) for g, t in first.assignments.items() if t in tables)
    again = replace(problem, fixed=locks, rules=MIXING + pairs_of_wishes(problem, 10))
    plan = propose(again, 2.0)
    assert len(locks) > 80
    assert verify.violations(again, plan.assignments) == []
    assert plan.score.quality > 90


def test_too_few_tables_for_the_dinner():
    plan = propose(dinner(tables=53), 2.0)
    assert len(plan.unseated) == 7
    assert len(plan.assignments) == 530


def test_the_same_seed_gives_the_same_plan():
    problem = dinner(MIXING)
    problem = replace(problem, rules=MIXING + pairs_of_wishes(problem, 20))
    blocks = join(problem)
    case = Case(problem, blocks, build(problem, blocks))

    def seated(seed):
        rng, deadline = random.Random(seed), Deadline(600)
        annealing = Annealing(construct(case, rng, deadline, Teller(None, deadline)), rng)
        annealing.run(30_000, deadline, Teller(None, deadline))
        return annealing.best_at

    assert seated(4) == seated(4)
    assert seated(4) != seated(5)


def test_progress_grows_and_costs_fall():
    told = []
    problem = dinner((*MIXING, Mix(id="committees", trait="committees")))
    propose(problem, 1.5, progress=lambda fraction, cost: told.append((fraction, cost)))
    fractions, costs = zip(*told, strict=True)
    assert fractions[0] < 1
    assert fractions[-1] == 1
    assert list(fractions) == sorted(fractions)
    costs = [cost for cost in costs if cost is not None]
    assert costs == sorted(costs, reverse=True)


class Cancelled(Exception):
    pass


@pytest.mark.parametrize(
    ("count", "tables", "after"), [(60, 7, 0.4), (530, 54, 0.01)], ids=["proving", "annealing"]
)
def test_progress_may_cancel(count, tables, after):
    rng = random.Random(1)
    rules = tuple(
        Together(id=f"r{i}", guests=ids(*rng.sample(range(count), 2)))
        for i in range(int(1.5 * count))
    )

    def cancel(fraction, cost):
        if fraction > after:
            raise Cancelled

    with pytest.raises(Cancelled):
        propose(Problem(people(count), room(*[10] * tables), rules), 3.0, progress=cancel)


def test_progress_may_cancel_before_anyone_has_a_seat():
    def cancel(fraction, cost):
        assert cost is None
        raise Cancelled

    with pytest.raises(Cancelled):
        propose(dinner(MIXING), 3.0, progress=cancel)


def test_progress_may_cancel_while_a_contradiction_is_explained():
    told = []

    def cancel(fraction, cost):
        told.append(cost)
        raise Cancelled

    hard = tuple(
        kind(id=kind.__name__, strength="must", guests=ids(0, 1)) for kind in (Together, Apart)
    )
    deadline = Deadline(3.0)
    with pytest.raises(Cancelled):
        explain(Problem(people(4), room(2, 2), hard), deadline, Teller(cancel, deadline))
    assert told == [None]


def test_a_seating_that_greed_misses_is_found():
    """Sizes 3,3,2,2,2 fill two tables of 6 only as 3+3 and 2+2+2; rivals mislead further."""
    sizes = [3, 3, 2, 2, 2] * 4
    guests = tuple(Guest(f"g{p}.{i}", f"p{p}") for p, size in enumerate(sizes) for i in range(size))
    rivals = tuple(
        Apart(id=f"r{p}", strength="must", guests=frozenset({f"g{p}.0", f"g{(p + 7) % 20}.0"}))
        for p in range(20)
    )
    problem = Problem(guests, room(*[6] * 8), rivals)
    blocks = join(problem)
    deadline = Deadline(5.0)
    answer, at = feasible.search(problem, blocks, deadline, Teller(None, deadline))
    found = {g.id: f"t{at[blocks.block_of[g.id]]}" for g in guests}
    assert answer is feasible.Answer.POSSIBLE
    assert verify.violations(problem, found) == []
    assert verify.violations(problem, propose(problem, 5.0).assignments) == []


def test_guests_without_a_seat_are_named_when_time_runs_out(monkeypatch):
    monkeypatch.setattr(feasible.Deadline, "left", lambda self: 0.0)
    guests = tuple(Guest(f"g{i}", f"p{i // 2}") for i in range(6))
    problem = Problem((*guests, Guest("g6")), room(3, 3, 1))
    plan = propose(problem, 1.0)
    assert len(plan.assignments) + len(plan.unseated) == 7
    assert plan.unseated
    assert not plan.optimal


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rules": (Together(id="r", guests=ids(9)),)}, "Rule r names an unknown guest: g9."),
        (
            {"rules": (AtTable(id="r", guests=ids(0), tables=frozenset({"t9"})),)},
            "Rule r names an unknown table: t9.",
        ),
        ({"fixed": (Fixed("g9", "t0"),)}, "The lock of guest g9 names an unknown guest: g9."),
        ({"fixed": (Fixed("g0", "t9"),)}, "The lock of guest g0 names an unknown table: t9."),
        ({"fixed": (Fixed("g0", "t0"),) * 2}, "The locked guest g0 is there twice."),
        ({"guests": people(2) * 2}, "The guest g0 is there twice."),
        ({"tables": room(1, -1)}, "Table t1 has -1 seats; it needs 0 or more."),
        ({"rules": (Mix(id="r", strength="must", trait="x"),)}, "Rule r can only be a wish."),
        (
            {"rules": (Mix(id="r", weight=0, trait="x"),)},
            "Rule r has weight 0; a wish weighs 1 or more.",
        ),
    ],
)
def test_what_does_not_make_sense_is_refused(change, sentence):
    problem = replace(Problem(people(2), room(2, 2)), **change)
    with pytest.raises(ValueError) as caught:
        propose(problem, 1.0)
    assert str(caught.value) == sentence
