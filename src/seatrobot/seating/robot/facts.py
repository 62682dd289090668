"""What the hard rules leave open, for giving reasons."""

from collections.abc import Collection, Iterable

from .blocks import Block, Blocks
from .problem import Apart, AtTable, NotAtTable, Problem, Rule, Together


class Facts:
    """`left[table]` are the seats that blocks bound to that table leave over."""

    def __init__(self, problem: Problem, blocks: Blocks) -> None:
        self.problem, self._blocks = problem, blocks
        self.seats = [table.seats for table in problem.tables]
        self._table_at = {table.id: t for t, table in enumerate(problem.tables)}
        self.left = list(self.seats)
        for block in blocks.blocks:
            if len(block.tables) == 1:
                self.left[block.tables[0]] -= block.size

    def group(self, guests: Iterable[str]) -> list[Block]:
        """Return the blocks of these guests."""
        return [self._blocks.blocks[b] for b in sorted(self.block_numbers(guests))]

    def block_numbers(self, guests: Iterable[str]) -> set[int]:
        """Return the numbers of the blocks of these guests."""
        return {self._blocks.block_of[guest] for guest in guests}

    def guests(self, group: Iterable[Block]) -> set[str]:
        """Everyone in these blocks."""
        return {self.problem.guests[g].id for block in group for g in block.guests}

    def table_numbers(self, rule: AtTable | NotAtTable) -> set[int]:
        """Return the tables that the rule leaves open."""
        named = {self._table_at[table] for table in rule.tables}
        return named if isinstance(rule, AtTable) else set(range(len(self.seats))) - named

    def table_ids(self, tables: Collection[int]) -> tuple[str, ...]:
        """Their identifiers, in the problem's order."""
        return tuple(table.id for t, table in enumerate(self.problem.tables) if t in tables)

    def parties(self, group: Iterable[Block]) -> tuple[str, ...]:
        """Return the parties that hold two or more guests of these blocks together."""
        inside = self.guests(group)
        names = [g.party for g in self.problem.guests if g.id in inside and g.party is not None]
        kept = {n for n in names if n not in self.problem.split_parties and names.count(n) > 1}
        return tuple(sorted(kept))

    def locked(self, group: Iterable[Block]) -> tuple[str, ...]:
        """Return the locked guests in these blocks."""
        inside = self.guests(group)
        return tuple(lock.guest for lock in self.problem.fixed if lock.guest in inside)

    def locked_at(self, tables: Collection[int]) -> tuple[str, ...]:
        """Return the guests locked to these tables."""
        named = set(self.table_ids(tables))
        return tuple(lock.guest for lock in self.problem.fixed if lock.table in named)

    def binding(self, group: Iterable[Block]) -> tuple[str, ...]:
        """Return the hard rules, but for Apart, about anyone in these blocks."""
        inside = self.guests(group)
        return tuple(
            rule.id
            for rule in self._hard()
            if isinstance(rule, Together | AtTable | NotAtTable) and inside & rule.guests
        )

    def parting(self, guests: Iterable[str]) -> tuple[str, ...]:
        """Return the hard Apart rules that keep two blocks of these guests from sharing a table."""
        numbers = self.block_numbers(guests)
        return tuple(
            rule.id
            for rule in self._hard()
            if isinstance(rule, Apart) and len(numbers & self.block_numbers(rule.guests)) > 1
        )

    def _hard(self) -> Iterable[Rule]:
        return (rule for rule in self.problem.rules if rule.strength == "must")
