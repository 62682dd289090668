"""The cost of a seating, compiled for search.

Almost every rule is a *feature*: it counts some amount of each block at each table, and the
cost is a function of that count, summed over the tables. Wishes about particular tables are a
cost per block and table; Near is a cost per pair of blocks and pair of tables.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .blocks import Blocks
from .distance import steps
from .mix import needed_pairs, pairs, value_counts
from .problem import Apart, AtTable, Mix, Near, NotAtTable, Problem, Together


class Kind(Enum):
    """How a count at one table turns into cost."""

    TOGETHER = "any"  # weight if there is anyone at all: each table used costs
    APART = "beyond one"  # weight for each beyond the first
    MIX = "pairs"  # weight for each pair


@dataclass(frozen=True)
class Feature:
    """`members` are (block, amount); the cost of a table depends on the sum of amounts there."""

    kind: Kind
    weight: int
    members: tuple[tuple[int, int], ...]

    def cost(self, count: int) -> int:
        """Cost of this count at one table."""
        if self.kind is Kind.TOGETHER:
            return self.weight * (count > 0)
        if self.kind is Kind.APART:
            return self.weight * max(0, count - 1)
        return self.weight * pairs(count)


@dataclass(frozen=True)
class Model:
    """Cost = features + at_table + near - offset, where the offset makes a perfect plan cost 0.

    at_table[block] gives the cost of each table, or is None; near holds (block, block, weight);
    steps[table][table] is the distance that Near counts. `forbidden` is the weight of a hard
    Apart: more than every wish together.
    """

    features: tuple[Feature, ...]
    at_table: tuple[list[int] | None, ...]
    near: tuple[tuple[int, int, int], ...]
    steps: list[list[int]]
    offset: int
    forbidden: int


def build(
    problem: Problem, blocks: Blocks, moves: Sequence[list[int]] = (), unit: int = 1
) -> Model:
    """Compile the wishes (and hard Apart rules) of a problem that has passed `validate`.

    moves[block][table]: added to the cost, apart from all else. unit: every weight is a multiple of
    it, so that the remainder of a cost is what `moves` added.
    """
    features, offset = _features(problem, blocks)
    at_table = _at_table(problem, blocks)
    near, distance = _near(problem, blocks), steps(problem.tables)
    worst = sum(f.cost(sum(k for _, k in f.members)) for f in features)
    worst += sum(f.weight * len(f.members) for f in features if f.kind is Kind.TOGETHER)
    worst += sum(max(row) for row in at_table if row)
    worst += sum(w for _, _, w in near) * max((d for row in distance for d in row), default=0)
    forbidden = worst + unit
    hard = [Feature(Kind.APART, forbidden, tuple((b, 1) for b in g)) for g in blocks.apart]
    if moves:
        at_table = tuple(
            row if prices is None else [a + b for a, b in zip(prices, row, strict=True)]
            for prices, row in zip(at_table, moves, strict=True)
        )
    return Model((*features, *hard), at_table, near, distance, offset, forbidden)


def _features(problem: Problem, blocks: Blocks) -> tuple[list[Feature], int]:
    features, offset = [], 0
    for rule in problem.rules:
        if isinstance(rule, Mix):
            features += _mix(problem, blocks, rule)
            offset += rule.weight * best_pairs(problem, blocks, rule.trait)
        elif isinstance(rule, Together | Apart) and rule.strength == "wish":
            amounts = Counter(blocks.block_of[guest] for guest in rule.guests)
            if isinstance(rule, Apart):
                features.append(Feature(Kind.APART, rule.weight, tuple(sorted(amounts.items()))))
            elif len(amounts) > 1:
                members = tuple((b, 1) for b in sorted(amounts))
                features.append(Feature(Kind.TOGETHER, rule.weight, members))
                offset += rule.weight
    return features, offset


def _mix(problem: Problem, blocks: Blocks, rule: Mix) -> list[Feature]:
    return [
        Feature(Kind.MIX, rule.weight, tuple(sorted(members.items())))
        for members in _value_blocks(problem, blocks, rule.trait).values()
        if sum(members.values()) > 1
    ]


def _value_blocks(problem: Problem, blocks: Blocks, trait: str) -> dict[str, Counter[int]]:
    counts: dict[str, Counter[int]] = {v: Counter() for v in sorted(value_counts(problem, trait))}
    for guest in problem.guests:
        for value in guest.traits.get(trait, ()):
            counts[value][blocks.block_of[guest.id]] += 1
    return counts


def best_pairs(problem: Problem, blocks: Blocks, trait: str) -> int:
    """Pairs of one value that no seating avoids: by counting seats, or inside the blocks."""
    counts = _value_blocks(problem, blocks, trait)
    inside = sum(pairs(amount) for members in counts.values() for amount in members.values())
    return max(inside, needed_pairs(problem, trait))


def _at_table(problem: Problem, blocks: Blocks) -> tuple[list[int] | None, ...]:
    rows: list[list[int] | None] = [None] * len(blocks.blocks)
    for rule in problem.rules:
        if not isinstance(rule, AtTable | NotAtTable) or rule.strength == "must":
            continue
        wrong_inside = isinstance(rule, NotAtTable)
        costly = [(table.id in rule.tables) == wrong_inside for table in problem.tables]
        for guest in rule.guests:
            block = blocks.block_of[guest]
            row = rows[block] or [0] * len(costly)
            rows[block] = [c + rule.weight * bad for c, bad in zip(row, costly, strict=True)]
    return tuple(rows)


def _near(problem: Problem, blocks: Blocks) -> tuple[tuple[int, int, int], ...]:
    weights: Counter[tuple[int, int]] = Counter()
    for rule in problem.rules:
        if isinstance(rule, Near):
            group = sorted(blocks.block_of[guest] for guest in rule.guests)
            for i, a in enumerate(group):
                for b in group[i + 1 :]:
                    if a != b:
                        weights[a, b] += rule.weight
    return tuple((a, b, w) for (a, b), w in sorted(weights.items()))
