"""What each wish costs at least, whatever the seating, by the hard rules and seats alone.

Mixing is left out: what it cannot avoid is no part of the cost (`model.best_pairs`).
"""

from collections.abc import Iterable
from itertools import combinations

from .blocks import Block, Blocks
from .distance import steps
from .facts import Facts
from .problem import Apart, AtTable, Mix, Near, NotAtTable, Problem, Rule, Together


class Bounds:
    """`open_to` leaves out tables that are full of guests who can sit nowhere else."""

    def __init__(self, problem: Problem, blocks: Blocks) -> None:
        self.problem, self.blocks, self.facts = problem, blocks, Facts(problem, blocks)
        left = self.facts.left
        self.open_to = [
            {t for t in b.tables if len(b.tables) == 1 or left[t] >= b.size} for b in blocks.blocks
        ]
        self._steps = steps(problem.tables)

    def total(self) -> int:
        """Return a cost that no seating goes below."""
        return sum(self.least(rule) for rule in self.problem.rules if rule.strength == "wish")

    def least(self, rule: Rule) -> int:
        """Return what this wish alone costs at least."""
        if isinstance(rule, Together):
            return rule.weight * (self._tables_needed(rule) - 1)
        if isinstance(rule, Apart):
            return rule.weight * (len(rule.guests) - self._different_tables(rule))
        if isinstance(rule, Near):
            return rule.weight * self._steps_needed(rule)
        return 0 if isinstance(rule, Mix) else rule.weight * self._outside(rule)

    def _tables_needed(self, rule: Together) -> int:
        group = sorted(self.facts.block_numbers(rule.guests))
        return max(1, self._by_seats(group), self._by_tables(group), self._by_rivals(group))

    def _by_seats(self, group: list[int]) -> int:
        """How many of the roomiest tables hold as many guests."""
        chosen = [self.blocks.blocks[b] for b in group]
        needed, count = sum(block.size for block in chosen), 0
        tables = set().union(*(self.open_to[b] for b in group))
        for room in sorted((self._room(chosen, t) for t in tables), reverse=True):
            if needed <= 0:
                break
            needed, count = needed - room, count + 1
        return count

    def _by_tables(self, group: list[int]) -> int:
        """How many blocks have no table in common with each other, greedily."""
        taken: set[int] = set()
        count = 0
        for b in sorted(group, key=lambda b: len(self.open_to[b])):
            if taken.isdisjoint(self.open_to[b]):
                taken |= self.open_to[b]
                count += 1
        return count

    def _by_rivals(self, group: list[int]) -> int:
        return max((len(set(group) & set(rivals)) for rivals in self.blocks.apart), default=0)

    def _different_tables(self, rule: Apart) -> int:
        """At most so many tables can have one of these guests: the largest matching."""
        guest_at: dict[int, int] = {}

        def seat(block: int, tried: set[int]) -> bool:
            for table in self.open_to[block] - tried:
                tried.add(table)
                if table not in guest_at or seat(guest_at[table], tried):
                    guest_at[table] = block
                    return True
            return False

        return sum(seat(block, set()) for block in sorted(self.facts.block_numbers(rule.guests)))

    def _outside(self, rule: AtTable | NotAtTable) -> int:
        """How many of these guests cannot sit where they wish."""
        good, block_of = self.facts.table_numbers(rule), self.blocks.block_of
        hopeless = sum(good.isdisjoint(self.open_to[block_of[guest]]) for guest in rule.guests)
        bound = sum(self._is_bound(block_of[guest], good) for guest in rule.guests)
        room = sum(max(0, self.facts.left[t]) for t in good)
        return max(hopeless, len(rule.guests) - bound - room)

    def _steps_needed(self, rule: Near) -> int:
        group = sorted(self.blocks.block_of[guest] for guest in rule.guests)
        return sum(self._away(a, b) for a, b in combinations(group, 2) if a != b)

    def _away(self, a: int, b: int) -> int:
        here, there = self.open_to[a], self.open_to[b]
        if not here or not there or here & there:
            return 0
        return min(self._steps[s][t] for s in here for t in there)

    def _is_bound(self, block: int, tables: set[int]) -> bool:
        found = self.blocks.blocks[block].tables
        return len(found) == 1 and found[0] in tables

    def _room(self, group: Iterable[Block], table: int) -> int:
        return self.facts.left[table] + bound_to(group, {table})


def bound_to(group: Iterable[Block], tables: set[int]) -> int:
    """Seats of blocks in the group that can sit at one of these tables and nowhere else."""
    return sum(b.size for b in group if len(b.tables) == 1 and b.tables[0] in tables)
