"""Whatever is asked: a clean plan of everyone, or a contradiction that is one and is minimal."""

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrobot.seating.robot import Contradiction, Near, Reason, propose, verify
from seatrobot.seating.robot.blocks import join
from seatrobot.seating.robot.bounds import Bounds
from seatrobot.seating.robot.case import Case
from seatrobot.seating.robot.judge import Judge
from seatrobot.seating.robot.model import build
from seatrobot.seating.robot.state import State

from .cases import possible, those_of
from .strategies import problems

RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def only(problem, rules, parties, locked):
    """The problem with these causes alone."""
    everyone = {guest.party for guest in problem.guests if guest.party is not None}
    return replace(
        problem,
        rules=tuple(rule for rule in problem.rules if rule.id in rules),
        fixed=tuple(lock for lock in problem.fixed if lock.guest in locked),
        split_parties=frozenset(everyone - set(parties)) | problem.split_parties,
    )


def check_contradiction(problem, contradiction):
    causes = [contradiction.rules, contradiction.parties, contradiction.locked]
    assert not possible(only(problem, *causes))
    assert contradiction.minimal
    if len(problem.guests) > sum(table.seats for table in problem.tables):
        return
    for kind, names in enumerate(causes):
        for name in names:
            fewer = [list(c) for c in causes]
            fewer[kind].remove(name)
            assert possible(only(problem, *fewer)), f"{name} is not needed"


def check_reasons(problem, plan):
    """No wish costs less than its bound; what is called impossible is so by brute force."""
    rules = {rule.id: rule for rule in problem.rules}
    blocks = join(problem)
    bounds, judge = Bounds(problem, blocks), Judge(problem, blocks)
    for rule in judge.wishes:
        assert bounds.least(rule) <= judge.cost(rule, plan.assignments)
    for unmet in plan.unmet:
        rule = rules[unmet.rule]
        if unmet.reason is not Reason.COSTS_MORE and not isinstance(rule, Near):
            hard = tuple(r for r in problem.rules if r.strength == "must")
            strict = replace(rule, strength="must")
            assert not possible(replace(problem, rules=(*hard, strict)))


@settings(max_examples=120, **RELAXED)
@given(problems())
def test_a_clean_plan_or_a_true_contradiction(problem):
    try:
        plan = propose(problem, 1.0)
    except Contradiction as contradiction:
        check_contradiction(problem, contradiction)
        return
    seats = sum(table.seats for table in problem.tables)
    assert len(plan.unseated) == 0 or len(problem.guests) > seats
    seated = those_of(problem, plan.assignments)
    assert verify.violations(seated, plan.assignments) == []
    if plan.unseated:
        return
    assert plan.lower_bound <= plan.score.cost
    assert sum(unmet.cost for unmet in plan.unmet) == plan.score.cost
    assert 0 <= plan.score.quality <= 100
    check_reasons(problem, plan)
    wishes = [rule for rule in problem.rules if rule.strength == "wish"]
    assert plan.score.wishes_met + len(plan.unmet) == plan.score.wishes_total == len(wishes)


@settings(max_examples=60, **RELAXED)
@given(problems(max_guests=12), st.integers(0, 1000))
def test_cost_kept_while_moving_equals_cost_of_the_seating(problem, seed):
    roomy = tuple(replace(table, seats=12) for table in problem.tables)
    problem = replace(problem, tables=roomy)
    blocks = join(problem)
    rng, tables = random.Random(seed), range(len(problem.tables))
    model = build(problem, blocks)
    state = State(Case(problem, blocks, model), [rng.choice(tables) for _ in blocks.blocks])
    for _ in range(20):
        block, table = rng.randrange(len(blocks.blocks)), rng.choice(tables)
        if state.at[block] != table:
            state.move(block, table)
    seating = {
        problem.guests[g].id: problem.tables[table].id
        for block, table in zip(blocks.blocks, state.at, strict=True)
        for g in block.guests
    }
    judge = Judge(problem, blocks)
    wished = sum(judge.cost(rule, seating) for rule in judge.wishes)
    clashes = sum(len(g) - len({state.at[b] for b in g}) for g in blocks.apart)
    assert state.cost == wished + model.forbidden * clashes
