"""Seat as many as possible: CP-SAT on the hard rules, where guests without a seat may stay so.

Blocks that are alike (same size, tables, present table, no rival) are counted, not named.
"""

from collections import defaultdict
from collections.abc import Sequence

from ortools.sat.python import cp_model

from .blocks import Blocks, sitting
from .clock import Deadline, Teller
from .problem import Problem
from .solving import solve
from .state import NOWHERE

Moves = Sequence[Sequence[int]]
"""By block and table: how many guests would change tables; empty where that does not count."""
MOST_CELLS = 120_000
"""Groups of blocks times tables; beyond, the model takes longer to make than to give up."""


def most_seated(  # noqa: PLR0913, PLR0917  one question in all its parts
    problem: Problem,
    blocks: Blocks,
    deadline: Deadline,
    teller: Teller,
    moves: Moves = (),
    most_moves: int = 0,
) -> list[int] | None:
    """Return the table of each block, or NOWHERE; None when nothing was found in time.

    Who sits now keeps a seat. With `moves` given, no more guests than `most_moves` change tables.
    """
    fitting = _Fitting(problem, blocks, moves)
    if not deadline.left() or len(fitting.groups) * len(problem.tables) > MOST_CELLS:
        return None
    fitting.build(most_moves)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = deadline.left()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    if solve(solver, fitting.cp, teller) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    at = [NOWHERE] * len(blocks.blocks)
    for group, row in zip(fitting.groups, fitting.rows, strict=True):
        waiting = list(group)
        for table, variable in row.items():
            for _ in range(solver.value(variable)):
                at[waiting.pop()] = table
    return at


class _Fitting:
    """The CP-SAT model; rows[group][table] counts the blocks of a group there."""

    def __init__(self, problem: Problem, blocks: Blocks, moves: Moves) -> None:
        self.problem, self.blocks, self.moves = problem, blocks, moves
        self.first = sitting(problem, blocks)
        self.groups = self._alike()
        self.cp = cp_model.CpModel()
        self.rows: list[dict[int, cp_model.IntVar]] = []

    def build(self, most_moves: int) -> None:
        load: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
        named: dict[int, dict[int, cp_model.IntVar]] = {}
        gain: list[cp_model.LinearExprT] = []
        moved: list[cp_model.LinearExprT] = []
        weight = len(self.problem.guests) + 1
        for group in self.groups:
            block = self.blocks.blocks[group[0]]
            row = {t: self.cp.new_int_var(0, len(group), "") for t in block.tables}
            least = len(group) if group[0] in self.first else 0
            self.cp.add_linear_constraint(sum(row.values()), least, len(group))
            for table, variable in row.items():
                load[table].append(block.size * variable)
                moves = self.moves[group[0]][table] if self.moves else 0
                gain.append((weight * block.size - moves) * variable)
                moved.append(moves * variable)
            named[group[0]] = row
            self.rows.append(row)
        for table, terms in load.items():
            self.cp.add(sum(terms) <= self.problem.tables[table].seats)
        for rivals in self.blocks.apart:
            for table in range(len(self.problem.tables)):
                self.cp.add_at_most_one(named[b][table] for b in rivals if table in named[b])
        if self.moves:
            self.cp.add_linear_constraint(sum(moved), 0, most_moves)
        self.cp.maximize(sum(gain))

    def _alike(self) -> list[list[int]]:
        rivals = {block for group in self.blocks.apart for block in group}
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for b, block in enumerate(self.blocks.blocks):
            away = tuple(self.moves[b]) if self.moves else ()
            alike = (block.size, block.tables, away, b in self.first)
            groups[("rival", b) if b in rivals else alike].append(b)
        return list(groups.values())
