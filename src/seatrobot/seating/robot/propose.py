"""The robot's one door: a problem in, a plan out."""

import random
from dataclasses import replace

from .anneal import STEPS_PER_SECOND, Annealing
from .blocks import join
from .bounds import Bounds
from .case import Case
from .clock import Deadline, Progress, Teller
from .construct import construct
from .exact import Proof, optimise, small_enough
from .explain import explain
from .feasible import Answer, search
from .judge import Judge
from .model import build
from .plan import Contradiction, Plan
from .problem import Problem
from .reasons import Reasons
from .refuted import refute
from .state import NOWHERE, State
from .validate import check

SEARCHING = 0.9
"""Part of the time limit; the rest is for giving reasons."""
CONSTRUCTING, FINDING, ANNEALING_BEFORE_PROOF = 0.2, 0.6, 0.3
"""Parts of the time left: for construction; for a first seating by CP-SAT when that fails; for
annealing when a proof is to follow."""


def propose(
    problem: Problem, time_limit: float, *, progress: Progress | None = None, seed: int = 0
) -> Plan:
    """Seat everyone as well as the time (seconds) allows; the same seed gives the same plan.

    `progress(fraction, best_cost)` is called a few times a second and may raise to cancel; the
    cost is None before everyone has a seat.
    Raises ValueError when the problem names what does not exist, and Contradiction when the
    hard rules cannot all hold. Stops early when nothing better exists.
    """
    if time_limit <= 0:
        raise ValueError(f"The time limit is {time_limit} seconds; it must be above 0.")
    check(problem)
    whole = Deadline(time_limit)
    deadline, teller = whole.share(SEARCHING), Teller(progress, whole)
    missing = len(problem.guests) - sum(table.seats for table in problem.tables)
    if missing > 0:
        raise Contradiction(missing_seats=missing)
    blocks = join(problem)
    if blocks.broken:
        raise explain(problem, whole, teller)
    case = Case(problem, blocks, build(problem, blocks))
    rng = random.Random(seed)  # noqa: S311 - a search, not a secret
    start = _first(case, rng, deadline, teller)
    proof = _improve(case, start, rng, deadline, teller)
    plan = _plan(case, proof, whole, teller)
    teller.done(proof.cost)
    return plan


def _first(case: Case, rng: random.Random, deadline: Deadline, teller: Teller) -> State:
    state = construct(case, rng, deadline.share(CONSTRUCTING), teller)
    if NOWHERE not in state.at:
        return state
    answer, at = search(case.problem, case.blocks, deadline.share(FINDING), teller)
    if answer is Answer.IMPOSSIBLE:
        raise explain(case.problem, deadline, teller)
    return State(case, at) if answer is Answer.POSSIBLE else state


def _improve(
    case: Case,
    state: State,
    rng: random.Random,
    deadline: Deadline,
    teller: Teller,
) -> Proof:
    whole = NOWHERE not in state.at
    provable = whole and small_enough(case)
    floor = Bounds(case.problem, case.blocks).total() if whole else 0
    annealing = Annealing(state, rng)
    part = ANNEALING_BEFORE_PROOF if provable else 1.0
    steps = int(deadline.seconds * part * STEPS_PER_SECOND)
    annealing.run(steps, deadline.share(part), teller, floor)
    best = (annealing.best_at, annealing.best_cost)
    if provable and annealing.best_cost > floor and deadline.left():
        proof = optimise(case, best, deadline, teller)
        return replace(proof, lower_bound=max(floor, proof.lower_bound))
    return Proof(*best, lower_bound=floor)


def _plan(case: Case, proof: Proof, deadline: Deadline, teller: Teller) -> Plan:
    problem, blocks = case.problem, case.blocks
    seating = {
        guest.id: problem.tables[proof.at[blocks.block_of[guest.id]]].id
        for guest in problem.guests
        if proof.at[blocks.block_of[guest.id]] != NOWHERE
    }
    unseated = tuple(guest.id for guest in problem.guests if guest.id not in seating)
    judge = Judge(problem, blocks)
    optimal = not unseated and proof.cost <= proof.lower_bound
    unmet = Reasons(problem, blocks, judge, seating).unmet(proven=optimal)
    return Plan(
        assignments=seating,
        unseated=unseated,
        score=judge.score(seating),
        unmet=refute(problem, unmet, deadline, teller),
        optimal=optimal,
        seconds=deadline.elapsed(),
        lower_bound=proof.lower_bound,
    )
