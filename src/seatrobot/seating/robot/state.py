"""A seating that changes one block at a time, with its cost kept up to date."""

from collections.abc import Sequence

from .case import Case
from .model import Kind, Model

NOWHERE = -1


class State:
    """Where each block sits, the free seats, who is at each table, and the cost.

    `friends[block]` are blocks it wishes to be with, as (block, near is enough).
    `at[block]` is a table or NOWHERE; `members[table]` lists blocks in no particular order.
    """

    def __init__(self, case: Case, at: Sequence[int]) -> None:
        problem, blocks, model = case.problem, case.blocks.blocks, case.model
        count = len(problem.tables)
        self.model, self.size = model, [block.size for block in blocks]
        self.open_to = [frozenset(block.tables) for block in blocks]
        self.tables_of = [block.tables for block in blocks]
        self.at = [NOWHERE] * len(at)
        self.free = [table.seats for table in problem.tables]
        self.members: list[list[int]] = [[] for _ in range(count)]
        self.counts = [0] * (count * len(model.features))
        self.cost = -model.offset
        self._features: list[list[tuple[int, int, list[int]]]] = [[] for _ in at]
        for f, feature in enumerate(model.features):
            total = sum(amount for _, amount in feature.members)
            costs = [feature.cost(n) for n in range(total + 1)]
            for block, amount in feature.members:
                self._features[block].append((f * count, amount, costs))
        self._near: list[list[tuple[int, int]]] = [[] for _ in at]
        for a, b, weight in model.near:
            self._near[a].append((b, weight))
            self._near[b].append((a, weight))
        self.friends = _friends(model, self._near)
        for block, table in enumerate(at):
            if table != NOWHERE:
                self.place(block, table)

    def price(self, block: int, table: int) -> int:
        """Return what placing an unplaced block here would add to the cost."""
        counts, delta = self.counts, 0
        for base, amount, costs in self._features[block]:
            n = counts[base + table]
            delta += costs[n + amount] - costs[n]
        row = self.model.at_table[block]
        if row is not None:
            delta += row[table]
        for other, weight in self._near[block]:
            if self.at[other] != NOWHERE:
                delta += weight * self.model.steps[table][self.at[other]]
        return delta

    def place(self, block: int, table: int) -> None:
        """Seat an unplaced block."""
        self.cost += self.price(block, table)
        for base, amount, _ in self._features[block]:
            self.counts[base + table] += amount
        self.at[block] = table
        self.free[table] -= self.size[block]
        self.members[table].append(block)

    def move(self, block: int, table: int) -> int:
        """Move a placed block to a table it is not at and return the change of cost.

        Capacity is not checked: a swap passes through a state with one seat too few.
        """
        here, counts, delta = self.at[block], self.counts, 0
        for base, amount, costs in self._features[block]:
            i, j = base + here, base + table
            n, m = counts[i], counts[j]
            delta += costs[n - amount] - costs[n] + costs[m + amount] - costs[m]
            counts[i] = n - amount
            counts[j] = m + amount
        row = self.model.at_table[block]
        if row is not None:
            delta += row[table] - row[here]
        if self._near[block]:
            at, steps = self.at, self.model.steps
            for other, weight in self._near[block]:
                delta += weight * (steps[table][at[other]] - steps[here][at[other]])
        self.at[block] = table
        size = self.size[block]
        self.free[here] += size
        self.free[table] -= size
        self.members[here].remove(block)
        self.members[table].append(block)
        self.cost += delta
        return delta


def _friends(model: Model, near: list[list[tuple[int, int]]]) -> list[list[tuple[int, bool]]]:
    friends = [[(other, True) for other, _ in row] for row in near]
    for feature in model.features:
        if feature.kind is Kind.TOGETHER:
            group = [block for block, _ in feature.members]
            for block in group:
                friends[block] += [(other, False) for other in group if other != block]
    return friends
