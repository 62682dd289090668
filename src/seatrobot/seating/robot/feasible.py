"""Is there any seating at all? CP-SAT on the hard rules alone.

Blocks that are alike (same size, same open tables, no rival) are counted, not named, and single
guests who may sit anywhere are left out: they fill whatever seats remain.
"""

from collections import defaultdict
from enum import Enum
from itertools import pairwise

from ortools.sat.python import cp_model

from .blocks import Blocks
from .clock import Deadline, Teller
from .problem import Problem
from .solving import solve
from .state import NOWHERE


class Answer(Enum):
    """What is known about the hard rules."""

    POSSIBLE = "possible"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


def search(
    problem: Problem, blocks: Blocks, deadline: Deadline, teller: Teller
) -> tuple[Answer, list[int]]:
    """Return the answer and, when possible, the table of each block; telling may raise.

    Where there are fewer seats than guests, single guests without rules are left over.
    """
    if blocks.broken:
        return Answer.IMPOSSIBLE, []
    if not deadline.left():
        return Answer.UNKNOWN, []
    groups = _alike(problem, blocks)
    model, counts = _model(problem, blocks, groups)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = deadline.left()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    status = solve(solver, model, teller)
    if status == cp_model.INFEASIBLE:
        return Answer.IMPOSSIBLE, []
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer.UNKNOWN, []
    at = [NOWHERE] * len(blocks.blocks)
    for group, row in zip(groups, counts, strict=True):
        waiting = list(group)
        for table, variable in row.items():
            for _ in range(solver.value(variable)):
                at[waiting.pop()] = table
    _fill(problem, blocks, at)
    return Answer.POSSIBLE, at


def _alike(problem: Problem, blocks: Blocks) -> list[list[int]]:
    rivals = {block for group in blocks.apart for block in group}
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    anywhere = sum(1 for table in problem.tables if table.seats)
    for b, block in enumerate(blocks.blocks):
        if b in rivals:
            groups["rival", b].append(b)
        elif block.size > 1 or len(block.tables) < anywhere:
            groups[block.size, block.tables].append(b)
    return list(groups.values())


def _model(
    problem: Problem, blocks: Blocks, groups: list[list[int]]
) -> tuple[cp_model.CpModel, list[dict[int, cp_model.IntVar]]]:
    model = cp_model.CpModel()
    counts: list[dict[int, cp_model.IntVar]] = []
    load: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
    named: dict[int, dict[int, cp_model.IntVar]] = {}
    for group in groups:
        block = blocks.blocks[group[0]]
        row = {t: model.new_int_var(0, len(group), "") for t in block.tables}
        model.add(sum(row.values()) == len(group))
        for table, variable in row.items():
            load[table].append(block.size * variable)
        counts.append(row)
        named[group[0]] = row
    for table, terms in load.items():
        model.add(sum(terms) <= problem.tables[table].seats)
    for rivals in blocks.apart:
        for table in range(len(problem.tables)):
            model.add_at_most_one(named[b][table] for b in rivals if table in named[b])
    commonest = counts[max(range(len(groups)), key=lambda i: len(groups[i]))] if groups else {}
    _order_like_tables(problem, model, counts, commonest)
    return model, counts


def _order_like_tables(
    problem: Problem,
    model: cp_model.CpModel,
    counts: list[dict[int, cp_model.IntVar]],
    commonest: dict[int, cp_model.IntVar],
) -> None:
    """Of tables that nothing tells apart, let earlier ones take more of the commonest blocks."""
    like: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for t, table in enumerate(problem.tables):
        like[table.seats, tuple(t in row for row in counts)].append(t)
    for tables in like.values():
        for first, second in pairwise(tables):
            if first in commonest:
                model.add(commonest[first] >= commonest[second])


def _fill(problem: Problem, blocks: Blocks, at: list[int]) -> None:
    free = [table.seats for table in problem.tables]
    for block, table in zip(blocks.blocks, at, strict=True):
        if table != NOWHERE:
            free[table] -= block.size
    table = 0
    for b, place in enumerate(at):
        if place == NOWHERE:
            while table < len(free) and not free[table]:
                table += 1
            if table == len(free):
                return
            at[b] = table
            free[table] -= 1
