"""The robot's one door: a problem in, a plan out."""

import random

from .anneal import STEPS_PER_SECOND, Annealing
from .blocks import join
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
from .state import NOWHERE, State
from .validate import check

CONSTRUCTING, FINDING, ANNEALING_BEFORE_PROOF = 0.2, 0.6, 0.3
"""Parts of the time left: for construction; for a first seating by CP-SAT when that fails; for
annealing when a proof is to follow."""


def propose(
    problem: Problem, time_limit: float, *, progress: Progress | None = None, seed: int = 0
) -> Plan:
    """Seat everyone as well as the time (seconds) allows; the same seed gives the same plan.

    `progress(fraction, best_cost)` is called a few times a second and may raise to cancel.
    Raises ValueError when the problem names what does not exist, and Contradiction when the
    hard rules cannot all hold. Stops early when nothing better exists.
    """
    if time_limit <= 0:
        raise ValueError(f"The time limit is {time_limit} seconds; it must be above 0.")
    check(problem)
    deadline = Deadline(time_limit)
    missing = len(problem.guests) - sum(table.seats for table in problem.tables)
    if missing > 0:
        raise Contradiction(missing_seats=missing)
    blocks = join(problem)
    if blocks.broken:
        raise explain(problem, deadline)
    case = Case(problem, blocks, build(problem, blocks))
    rng = random.Random(seed)  # noqa: S311 - a search, not a secret
    start = _first(case, rng, deadline)
    teller = Teller(progress, deadline)
    teller.tell(start.cost)
    proof = _improve(case, start, rng, deadline, teller)
    teller.done(proof.cost)
    return _plan(case, proof, deadline)


def _first(case: Case, rng: random.Random, deadline: Deadline) -> State:
    state = construct(case, rng, deadline.share(CONSTRUCTING))
    if NOWHERE not in state.at:
        return state
    answer, at = search(case.problem, case.blocks, deadline.share(FINDING))
    if answer is Answer.IMPOSSIBLE:
        raise explain(case.problem, deadline)
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
    annealing = Annealing(state, rng)
    part = ANNEALING_BEFORE_PROOF if provable else 1.0
    annealing.run(int(deadline.seconds * part * STEPS_PER_SECOND), deadline.share(part), teller)
    best = (annealing.best_at, annealing.best_cost)
    if provable and annealing.best_cost > 0 and deadline.left():
        return optimise(case, best, deadline, teller)
    return Proof(*best, lower_bound=0)


def _plan(case: Case, proof: Proof, deadline: Deadline) -> Plan:
    problem, blocks = case.problem, case.blocks
    seating = {
        guest.id: problem.tables[proof.at[blocks.block_of[guest.id]]].id
        for guest in problem.guests
        if proof.at[blocks.block_of[guest.id]] != NOWHERE
    }
    unseated = tuple(guest.id for guest in problem.guests if guest.id not in seating)
    judge = Judge(problem, blocks)
    optimal = not unseated and proof.cost <= proof.lower_bound
    return Plan(
        assignments=seating,
        unseated=unseated,
        score=judge.score(seating),
        unmet=Reasons(problem, blocks, judge, seating).unmet(proven=optimal),
        optimal=optimal,
        seconds=deadline.elapsed(),
        lower_bound=proof.lower_bound,
    )
