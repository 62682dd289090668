"""The best seating of a small problem, with proof, by CP-SAT."""

import math
import os
from dataclasses import dataclass

from ortools.sat.python import cp_model

from .case import Case
from .clock import Deadline, Teller
from .model import Feature, Kind
from .solving import Best, solve
from .state import NOWHERE

MAX_CELLS = 2_500
"""Blocks times tables (plus feature and Near rows); beyond, CP-SAT proves little in seconds."""


@dataclass(frozen=True)
class Proof:
    """The best seating known (table of each block), its cost, and a bound below every cost."""

    at: list[int]
    cost: int
    lower_bound: int


def small_enough(case: Case) -> bool:
    """Whether `optimise` is worth its time."""
    rows = len(case.blocks.blocks) + len(case.model.features) + len(case.model.near)
    return rows * len(case.problem.tables) <= MAX_CELLS


def optimise(
    case: Case,
    start: tuple[list[int], int],
    deadline: Deadline,
    teller: Teller,
) -> Proof:
    """Improve the start (seating, cost) and prove a bound; telling may raise to cancel."""
    exact, offset = _Exact(case), case.model.offset
    for block, row in enumerate(exact.seat):
        for table, variable in row.items():
            exact.cp.add_hint(variable, start[0][block] == table)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.05, deadline.left())
    solver.parameters.num_workers = min(8, max(4, os.cpu_count() or 1))
    status = solve(solver, exact.cp, teller, Best(start[1], offset))
    bound = max(0, math.ceil(solver.best_objective_bound - 1e-6) - offset)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        cost = round(solver.objective_value) - offset
        if cost < start[1]:
            seat = (
                next((t for t, v in row.items() if solver.value(v)), NOWHERE) for row in exact.seat
            )
            return Proof(list(seat), cost, min(bound, cost))
    return Proof(start[0], start[1], min(bound, start[1]))


class _Exact:
    """The CP-SAT model; seat[block][table] is 1 where the block sits."""

    def __init__(self, case: Case) -> None:
        problem, blocks, model = case.problem, case.blocks, case.model
        self.cp, self.tables = cp_model.CpModel(), range(len(problem.tables))
        self.seat = [{t: self.cp.new_bool_var("") for t in b.tables} for b in blocks.blocks]
        self.costs: list[cp_model.LinearExprT] = []
        for row in self.seat:
            self.cp.add_exactly_one(row.values())
        for t in self.tables:
            load = [
                b.size * row[t] for b, row in zip(blocks.blocks, self.seat, strict=True) if t in row
            ]
            self.cp.add(sum(load) <= problem.tables[t].seats)
        for feature in model.features:
            for t in self.tables:
                self._feature(feature, t, hard=feature.weight >= model.forbidden)
        for row, prices in zip(self.seat, model.at_table, strict=True):
            if prices is not None:
                self.costs += [prices[t] * variable for t, variable in row.items()]
        for a, b, weight in model.near:
            self._near(a, b, weight, model.steps)
        self.cp.minimize(sum(self.costs))

    def _feature(self, feature: Feature, table: int, *, hard: bool) -> None:
        here = [(self.seat[b][table], k) for b, k in feature.members if table in self.seat[b]]
        most = sum(k for _, k in here)
        if not here:
            return
        count = sum(k * variable for variable, k in here)
        if hard:
            self.cp.add(count <= 1)
        elif feature.kind is Kind.TOGETHER:
            used = self.cp.new_bool_var("")
            for variable, _ in here:
                self.cp.add_implication(variable, used)
            self.costs.append(feature.weight * used)
        else:
            cost = self.cp.new_int_var(0, feature.cost(most) // feature.weight, "")
            slopes = range(1, 2) if feature.kind is Kind.APART else range(1, most)
            for j in slopes:  # tangents of the convex cost at each whole number
                self.cp.add(cost >= j * count - j * (j + 1) // 2)
            self.costs.append(feature.weight * cost)

    def _near(self, a: int, b: int, weight: int, steps: list[list[int]]) -> None:
        most = max(d for row in steps for d in row)
        cost = self.cp.new_int_var(0, most, "")
        for table, variable in self.seat[a].items():
            away = sum(steps[table][t] * v for t, v in self.seat[b].items())
            self.cp.add(cost >= away).only_enforce_if(variable)
        self.costs.append(weight * cost)
