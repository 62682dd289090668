"""Join guests who must share a table into blocks, and find the tables open to each block.

Parties, hard Together rules and nothing else make blocks; hard AtTable and NotAtTable rules
and locks narrow the tables; hard Apart rules become groups of blocks.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from .problem import Apart, AtTable, NotAtTable, Problem, Together


@dataclass(frozen=True)
class Block:
    """Guests (by position in the problem) who share a table; `tables` are open to all of them."""

    guests: tuple[int, ...]
    tables: tuple[int, ...]

    @property
    def size(self) -> int:
        """Seats the block needs."""
        return len(self.guests)


@dataclass(frozen=True)
class Blocks:
    """A problem's hard rules in terms of blocks.

    torn: blocks with two guests whom a rule keeps apart.
    """

    blocks: tuple[Block, ...]
    block_of: dict[str, int]
    apart: tuple[tuple[int, ...], ...]
    torn: frozenset[int]

    @property
    def broken(self) -> bool:
        """Whether a block alone cannot be seated."""
        return bool(self.torn) or any(not block.tables for block in self.blocks)


def join(problem: Problem) -> Blocks:
    """Blocks in the order of their first guest."""
    position = {guest.id: i for i, guest in enumerate(problem.guests)}
    members = _groups(problem, position)
    allowed = open_tables(problem)
    blocks = []
    for guests in members:
        tables = set.intersection(*(allowed[g] for g in guests))
        fitting = (t for t in tables if problem.tables[t].seats >= len(guests))
        blocks.append(Block(tuple(guests), tuple(sorted(fitting))))
    block_of = {problem.guests[g].id: b for b, block in enumerate(blocks) for g in block.guests}
    torn: set[int] = set()
    apart = []
    for rule in problem.rules:
        if isinstance(rule, Apart) and rule.strength == "must":
            group = Counter(block_of[guest] for guest in rule.guests)
            torn.update(block for block, count in group.items() if count > 1)
            apart.append(tuple(sorted(group)))
    rivals = tuple(group for group in apart if len(group) > 1)
    return Blocks(tuple(blocks), block_of, rivals, frozenset(torn))


def without_torn(blocks: Blocks) -> Blocks:
    """Return the same where no table is open to a torn block."""
    closed = tuple(
        replace(block, tables=()) if b in blocks.torn else block
        for b, block in enumerate(blocks.blocks)
    )
    return replace(blocks, blocks=closed)


def _together(problem: Problem) -> list[set[str] | frozenset[str]]:
    """Return the guests of every party that stays together, and of every hard Together rule."""
    parties: dict[str, set[str]] = defaultdict(set)
    for guest in problem.guests:
        if guest.party is not None and guest.party not in problem.split_parties:
            parties[guest.party].add(guest.id)
    sets: list[set[str] | frozenset[str]] = list(parties.values())
    hard = (rule for rule in problem.rules if rule.strength == "must")
    return sets + [rule.guests for rule in hard if isinstance(rule, Together)]


def _groups(problem: Problem, position: dict[str, int]) -> list[list[int]]:
    parent = list(range(len(problem.guests)))

    def root(guest: int) -> int:
        while parent[guest] != guest:
            parent[guest] = parent[parent[guest]]
            guest = parent[guest]
        return guest

    for guests in _together(problem):
        roots = sorted({root(position[guest]) for guest in guests})
        for other in roots[1:]:
            parent[other] = roots[0]
    groups: dict[int, list[int]] = defaultdict(list)
    for guest in range(len(problem.guests)):
        groups[root(guest)].append(guest)
    return list(groups.values())


def open_tables(problem: Problem) -> list[set[int]]:
    """Return the tables that hard rules and locks leave open to each guest, full or not."""
    position = {guest.id: i for i, guest in enumerate(problem.guests)}
    table_at = {table.id: t for t, table in enumerate(problem.tables)}
    everywhere = set(range(len(problem.tables)))
    allowed = [everywhere] * len(problem.guests)
    for rule in problem.rules:
        if isinstance(rule, AtTable | NotAtTable) and rule.strength == "must":
            named = {table_at[table] for table in rule.tables}
            narrowed = named if isinstance(rule, AtTable) else everywhere - named
            for guest in rule.guests:
                allowed[position[guest]] = allowed[position[guest]] & narrowed
    for lock in problem.fixed:
        allowed[position[lock.guest]] = allowed[position[lock.guest]] & {table_at[lock.table]}
    return allowed


def sitting(problem: Problem, blocks: Blocks) -> frozenset[int]:
    """Return the blocks with somebody who sits now."""
    return frozenset(blocks.block_of[seat.guest] for seat in problem.seated)
