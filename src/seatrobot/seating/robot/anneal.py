"""Simulated annealing over moves, swaps and exchanges of blocks.

A step sends one block to another table, often to a table of a block it wishes to be with, and
when there is no room sends back blocks picked at random from there.
"""

import math
import random

from .clock import Deadline, Teller
from .state import NOWHERE, State

STEPS_PER_SECOND = 150_000
"""A modest machine's speed. The number of steps, not the clock, ends a run, so that the same
seed gives the same plan; the clock only ends it on a slower machine."""
CHECK_EVERY = 512
QUENCH = 0.1
"""First part of a run, kept cold: easy problems are solved there."""
GUIDED, MOVE_ALONE = 0.8, 0.5
"""Chances of aiming at a friend's table, and of using a free seat rather than swapping."""
SENT_BACK = 4
HOT, COLD = 0.3, 0.08
"""Temperatures, in typical and in smallest worsenings."""
SLACK = 0.2
"""How far the clock may be ahead of the steps before it hurries the run."""


class Annealing:
    """One run over a state, which it changes; `best_at` and `best_cost` keep the best seating.

    most_moves: how many guests may change tables, where the remainder of a cost by `unit` counts
    them (model.build).
    """

    def __init__(
        self, state: State, rng: random.Random, most_moves: int = 0, unit: int = 1
    ) -> None:
        self.state, self.rng = state, rng
        self._most_moves, self._unit = most_moves, unit
        self.best_at, self.best_cost = list(state.at), state.cost
        placed = (b for b, table in enumerate(state.at) if table != NOWHERE)
        self._movable = [b for b in placed if len(state.tables_of[b]) > 1]
        self._close = [[t for t, d in enumerate(row) if d == 0] for row in state.model.steps]

    def run(self, steps: int, deadline: Deadline, teller: Teller, goal: int = 0) -> None:
        """Take this many steps, or fewer when the cost reaches the goal or the time is over."""
        if not self._movable or len(self.state.free) == 1:
            return
        hot, cold = self._temperatures()
        for start in range(0, steps, CHECK_EVERY):
            done = max(start / steps, _hurry(deadline))
            if done >= 1 or self.best_cost <= goal:
                return
            teller.tell(self.best_cost)
            cooling = 1.0 if done < QUENCH else (done - QUENCH) / (1 - QUENCH)
            self._batch(hot * (cold / hot) ** cooling, goal)

    def _batch(self, temperature: float, goal: int) -> None:
        state, uniform = self.state, self.rng.random
        for _ in range(CHECK_EVERY):
            exchange = self._propose()
            if exchange is None:
                continue
            before = state.cost
            limit = before - temperature * math.log(1.0 - uniform())
            undo = [(block, state.at[block]) for block, _ in exchange]
            for block, table in exchange:
                state.move(block, table)
            if state.cost > limit or state.cost % self._unit > self._most_moves:
                for block, table in undo:
                    state.move(block, table)
            elif state.cost < self.best_cost:
                self.best_cost, self.best_at = state.cost, list(state.at)
                if self.best_cost <= goal:
                    return

    def _propose(self) -> list[tuple[int, int]] | None:
        """Return some (block, table) that respect seats and tables open to each block, or None."""
        state, uniform = self.state, self.rng.random
        block = self._movable[int(uniform() * len(self._movable))]
        here, there = state.at[block], self._target(block)
        if there == here or there not in state.open_to[block]:
            return None
        missing = state.size[block] - state.free[there]
        exchange = [(block, there)]
        if missing <= 0 and uniform() < MOVE_ALONE:
            return exchange
        room = state.free[here] + state.size[block]
        others, size, open_to = state.members[there], state.size, state.open_to
        picked: list[int] = []
        for _ in range(SENT_BACK):
            if not others:
                break
            other = others[int(uniform() * len(others))]
            if size[other] <= room and other not in picked and here in open_to[other]:
                picked.append(other)
                room -= size[other]
                missing -= size[other]
                exchange.append((other, here))
                if missing <= 0:
                    return exchange
        return exchange if missing <= 0 else None

    def _target(self, block: int) -> int:
        uniform, friends = self.rng.random, self.state.friends[block]
        if friends and uniform() < GUIDED:
            friend, near = friends[int(uniform() * len(friends))]
            table = self.state.at[friend]
            if table != NOWHERE:
                close = self._close[table]
                return close[int(uniform() * len(close))] if near else table
        tables = self.state.tables_of[block]
        return tables[int(uniform() * len(tables))]

    def _temperatures(self) -> tuple[float, float]:
        """From where a typical worsening is often accepted to where hardly any is."""
        state, worse = self.state, []
        for _ in range(300):
            exchange = self._propose()
            if exchange is None:
                continue
            before = state.cost
            undo = [(block, state.at[block]) for block, _ in exchange]
            for block, table in exchange:
                state.move(block, table)
            delta = state.cost - before
            for block, table in undo:
                state.move(block, table)
            if 0 < delta < state.model.forbidden:
                worse.append(delta)
        if not worse:
            return HOT, COLD
        worse.sort()
        return max(HOT * worse[len(worse) // 2], HOT), COLD * worse[0]


def _hurry(deadline: Deadline) -> float:
    """Return how much of the run must be over by the clock; below 0 while there is slack."""
    return (deadline.elapsed() / max(deadline.seconds, 1e-9) - SLACK) / (1 - SLACK)
