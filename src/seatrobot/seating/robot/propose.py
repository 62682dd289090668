"""The robot's one door: a problem in, a plan out."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .anneal import STEPS_PER_SECOND, Annealing
from .blocks import Blocks, join, open_tables, sitting, without_torn
from .bounds import Bounds
from .case import Case
from .clock import Deadline, Progress, Teller
from .construct import construct, settle
from .exact import Proof, optimise, small_enough
from .explain import explain
from .feasible import Answer, search
from .fitting import most_seated
from .judge import Judge
from .keeping import in_the_way, keep, part_parties
from .model import build
from .plan import LeftOver, Plan, Reason, Unmet
from .problem import Problem
from .reasons import Reasons
from .refuted import refute
from .standing import broken, parted
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

    With `problem.most_moves` given, at most so many of those who sit change tables, and whoever
    finds no seat then stays without one; musts that are broken already stay broken where mending
    them would move more. Otherwise the hard rules must hold, and guests stay without a seat only
    where seats are lacking.
    `progress(fraction, best_cost)` is called a few times a second and may raise to cancel; the
    cost is None before everyone has a seat.
    Raises ValueError when the problem names what does not exist, and Contradiction when the
    hard rules cannot all hold. Stops early when nothing better exists.
    """
    if time_limit <= 0:
        raise ValueError(f"The time limit is {time_limit} seconds; it must be above 0.")
    check(problem)
    whole = Deadline(time_limit)
    run = _Run(random.Random(seed), whole.share(SEARCHING), whole, Teller(progress, whole))  # noqa: S311 - a search, not a secret
    solved = run.anew(problem) if problem.most_moves is None else run.keeping(problem)
    plan = run.plan(problem, solved)
    run.teller.done(plan.score.cost)
    return plan


@dataclass(frozen=True)
class _Solved:
    """A seating of a case. lower_bound: of the cost of the problem that was asked, if known."""

    case: Case
    at: list[int]
    cost: int
    lower_bound: int


@dataclass(frozen=True)
class _Run:
    """One search. deadline: for a seating; whole: until the answer."""

    rng: random.Random
    deadline: Deadline
    whole: Deadline
    teller: Teller

    def anew(self, problem: Problem) -> _Solved:
        """Seat everybody from the beginning."""
        problem = replace(problem, seated=())
        blocks = join(problem)
        if blocks.broken:
            raise explain(problem, self.whole, self.teller)
        missing = len(problem.guests) - sum(table.seats for table in problem.tables)
        if missing > 0:
            problem = self._with_locks_first(problem)
            blocks = without_torn(join(problem))
        case = Case(problem, blocks, build(problem, blocks))
        proof = self._improve(case, self._first(case, missing))
        return _Solved(case, proof.at, proof.cost, proof.lower_bound)

    def keeping(self, problem: Problem) -> _Solved:
        """Seat those who have no seat, and move at most `most_moves` of those who have one."""
        parted = part_parties(problem)
        if problem.most_moves:
            stuck = in_the_way(parted)
            for kept in [{}, stuck] if stuck else [{}]:
                if solved := self._moving(keep(parted, kept)):
                    return solved
        rest = keep(parted, {seat.guest: seat.table for seat in problem.seated})
        blocks = without_torn(join(rest))
        case = Case(rest, blocks, build(rest, blocks))
        proof = self._improve(case, self._as_many_as_possible(case, 0))
        return _Solved(case, proof.at, proof.cost, 0)

    def plan(self, problem: Problem, solved: _Solved) -> Plan:
        """Return the answer to what was asked, judged by all that was asked."""
        blocks = join(problem)
        seating = {
            guest.id: problem.tables[table].id
            for guest in problem.guests
            if (table := solved.at[solved.case.blocks.block_of[guest.id]]) != NOWHERE
        }
        unseated = tuple(guest.id for guest in problem.guests if guest.id not in seating)
        judge = Judge(problem, blocks)
        score = judge.score(seating)
        optimal = not unseated and score.cost <= solved.lower_bound
        return Plan(
            assignments=seating,
            unseated=unseated,
            left=_left(solved.case, solved.at),
            score=score,
            unmet=self._unmet(problem, blocks, judge, seating, proven=optimal),
            optimal=optimal,
            seconds=self.whole.elapsed(),
            lower_bound=solved.lower_bound,
        )

    def _with_locks_first(self, problem: Problem) -> Problem:
        """Return the problem in which locked guests have their seats, whoever gets none."""
        locks = {lock.guest: lock.table for lock in problem.fixed}
        taken = Counter(locks.values())
        too_many = any(taken[table.id] > table.seats for table in problem.tables)
        if too_many or broken(problem, locks) or parted(problem, locks):
            raise explain(problem, self.whole, self.teller)
        return keep(replace(problem, seated=problem.fixed), locks)

    def _first(self, case: Case, missing: int) -> State:
        if missing > 0:
            return self._as_many_as_possible(case, missing)
        state = construct(case, self.rng, self.deadline.share(CONSTRUCTING), self.teller)
        if NOWHERE not in state.at:
            return state
        limit = self.deadline.share(FINDING)
        answer, at = search(case.problem, case.blocks, limit, self.teller)
        if answer is Answer.IMPOSSIBLE:
            raise explain(case.problem, self.deadline, self.teller)
        return State(case, at) if answer is Answer.POSSIBLE else state

    def _as_many_as_possible(self, case: Case, missing: int) -> State:
        """Return a first seating; missing: how many guests cannot have a seat at all."""
        state = construct(case, self.rng, self.deadline.share(CONSTRUCTING), self.teller)
        left = _waiting(case, state.at)
        if left > missing:
            limit = self.deadline.share(FINDING)
            at = most_seated(case.problem, case.blocks, limit, self.teller)
            if at is not None and _waiting(case, at) < left:
                return State(case, at)
        return state

    def _moving(self, problem: Problem) -> _Solved | None:
        """Return a seating with few moves; None where the hard rules need more of them."""
        most_moves, unit = problem.most_moves or 0, len(problem.guests) + 1
        heavy = tuple(replace(rule, weight=rule.weight * unit) for rule in problem.rules)
        scaled = replace(problem, rules=heavy)
        blocks = without_torn(join(scaled))
        moves = _moves(scaled, blocks)
        case = Case(scaled, blocks, build(scaled, blocks, moves, unit))
        state = settle(case, moves, self.rng)
        if NOWHERE in state.at or state.cost % unit > most_moves:
            limit = self.deadline.share(FINDING)
            at = most_seated(scaled, blocks, limit, self.teller, moves, most_moves)
            state = State(case, at) if at is not None else state
        lost = any(state.at[b] == NOWHERE for b in sitting(scaled, blocks))
        if lost or state.cost % unit > most_moves:
            return None
        annealing = Annealing(state, self.rng, most_moves, unit)
        steps = int(self.deadline.seconds * STEPS_PER_SECOND)
        goal = 0 if NOWHERE not in state.at else -case.model.offset
        annealing.run(steps, self.deadline.share(1.0), self.teller, goal)
        return _Solved(case, annealing.best_at, annealing.best_cost // unit, 0)

    def _improve(self, case: Case, state: State) -> Proof:
        whole = NOWHERE not in state.at
        provable = whole and small_enough(case)
        floor = Bounds(case.problem, case.blocks).total() if whole else -case.model.offset
        annealing = Annealing(state, self.rng)
        part = ANNEALING_BEFORE_PROOF if provable else 1.0
        steps = int(self.deadline.seconds * part * STEPS_PER_SECOND)
        annealing.run(steps, self.deadline.share(part), self.teller, floor)
        best = (annealing.best_at, annealing.best_cost)
        if provable and annealing.best_cost > floor and self.deadline.left():
            proof = optimise(case, best, self.deadline, self.teller)
            return replace(proof, lower_bound=max(floor, proof.lower_bound))
        return Proof(*best, lower_bound=max(0, floor))

    def _unmet(
        self,
        problem: Problem,
        blocks: Blocks,
        judge: Judge,
        seating: Mapping[str, str],
        *,
        proven: bool,
    ) -> tuple[Unmet, ...]:
        if blocks.broken:  # of musts that contradict each other no reason follows
            costs = {rule: judge.cost(rule, seating) for rule in judge.wishes}
            unmet = tuple(
                Unmet(rule.id, (), cost, Reason.COSTS_MORE) for rule, cost in costs.items() if cost
            )
        else:
            unmet = Reasons(problem, blocks, judge, seating).unmet(proven=proven)
            unmet = refute(problem, unmet, self.whole, self.teller)
        if problem.most_moves is None:
            return unmet
        return tuple(
            Unmet(one.rule, one.guests, one.cost, Reason.FEW_MOVES, available=problem.most_moves)
            if one.reason is Reason.COSTS_MORE
            else one
            for one in unmet
        )


def _waiting(case: Case, at: list[int]) -> int:
    """Count the guests without a seat."""
    blocks = zip(case.blocks.blocks, at, strict=True)
    return sum(block.size for block, table in blocks if table == NOWHERE)


def _moves(problem: Problem, blocks: Blocks) -> list[list[int]]:
    """Return by block and table how many of its guests would change tables there."""
    table_at = {table.id: t for t, table in enumerate(problem.tables)}
    at = {seat.guest: table_at[seat.table] for seat in problem.seated}
    found = []
    for block in blocks.blocks:
        homes = [at[name] for g in block.guests if (name := problem.guests[g].id) in at]
        found.append([len(homes) - homes.count(table) for table in range(len(problem.tables))])
    return found


def _left(case: Case, at: list[int]) -> tuple[LeftOver, ...]:
    """Return what each block without a seat would need, and what there is."""
    problem, blocks = case.problem, case.blocks
    free = [table.seats for table in problem.tables]
    for block, table in zip(blocks.blocks, at, strict=True):
        if table != NOWHERE:
            free[table] -= block.size
    waiting = [b for b, table in enumerate(at) if table == NOWHERE]
    every, allowed = len(problem.tables), open_tables(problem) if waiting else []
    found = []
    for b in waiting:
        block = blocks.blocks[b]
        rivals = {at[r] for group in blocks.apart if b in group for r in group if r != b}
        tables = sorted(set.intersection(*(allowed[g] for g in block.guests)) - rivals)
        found.append(
            LeftOver(
                guests=tuple(problem.guests[g].id for g in block.guests),
                needed=block.size,
                available=max((free[t] for t in tables), default=0),
                tables=tuple(problem.tables[t].id for t in tables) if len(tables) < every else (),
                free=sum(free),
            )
        )
    return tuple(found)
