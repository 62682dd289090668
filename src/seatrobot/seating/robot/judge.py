"""What each wish costs in a seating, and what it would cost on average at random."""

from collections import Counter
from collections.abc import Mapping

from .blocks import Blocks
from .distance import steps
from .mix import pairs, value_counts
from .model import best_pairs
from .plan import Score
from .problem import Apart, Mix, Near, NotAtTable, Problem, Rule, Together


class Judge:
    """Prices wishes from the seating itself (guest to table), not from the search's counts."""

    def __init__(self, problem: Problem, blocks: Blocks) -> None:
        self.problem = problem
        self.wishes = [rule for rule in problem.rules if rule.strength == "wish"]
        self._table_at = {table.id: t for t, table in enumerate(problem.tables)}
        self._steps = steps(problem.tables)
        mixed = {rule.trait for rule in problem.rules if isinstance(rule, Mix)}
        self._best_pairs = {trait: best_pairs(problem, blocks, trait) for trait in mixed}
        seats = [table.seats for table in problem.tables]
        self._seats = max(1, sum(seats))
        self._same_table = sum(s * (s - 1) for s in seats) / max(1, self._seats * (self._seats - 1))

    def cost(self, rule: Rule, seating: Mapping[str, str]) -> int:
        """Return the rule's weight times what is wrong; guests without a table count nowhere."""
        return max(0, rule.weight * self._wrong(rule, seating))

    def _wrong(self, rule: Rule, seating: Mapping[str, str]) -> int:
        if isinstance(rule, Mix):
            cells = mixed_cells(self.problem, rule.trait, seating)
            return sum(pairs(n) for n in cells.values()) - self._best_pairs[rule.trait]
        seated = [seating[guest] for guest in sorted(rule.guests) if guest in seating]
        if isinstance(rule, Together):
            return max(0, len(set(seated)) - 1)
        if isinstance(rule, Apart):
            return len(seated) - len(set(seated))
        if isinstance(rule, Near):
            places = [self._table_at[table] for table in seated]
            return sum(self._steps[a][b] for i, a in enumerate(places) for b in places[:i])
        inside = sum(table in rule.tables for table in seated)
        return inside if isinstance(rule, NotAtTable) else len(seated) - inside

    def at_random(self, rule: Rule) -> float:
        """Return the expected cost if seats were drawn by lot (Together: an upper estimate)."""
        if isinstance(rule, Mix):
            total = sum(pairs(n) for n in value_counts(self.problem, rule.trait).values())
            wrong = max(0.0, total * self._same_table - self._best_pairs[rule.trait])
            return rule.weight * wrong
        count = len(rule.guests)
        if isinstance(rule, Together):
            return rule.weight * max(0, count - 1) * (1 - self._same_table)
        if isinstance(rule, Apart):
            return rule.weight * min(max(0, count - 1), pairs(count) * self._same_table)
        if isinstance(rule, Near):
            seats = [table.seats for table in self.problem.tables]
            away = sum(
                s * sum(d * u for d, u in zip(row, seats, strict=True))
                for s, row in zip(seats, self._steps, strict=True)
            )
            return rule.weight * pairs(count) * away / self._seats**2
        named = sum(t.seats for t in self.problem.tables if t.id in rule.tables) / self._seats
        return rule.weight * count * (named if isinstance(rule, NotAtTable) else 1 - named)

    def score(self, seating: Mapping[str, str]) -> Score:
        """Return the plan's score in plain terms."""
        costs = {rule.id: self.cost(rule, seating) for rule in self.wishes}
        lots = {rule.id: self.at_random(rule) for rule in self.wishes}
        return Score(
            quality=_percent(sum(costs.values()), sum(lots.values())),
            cost=sum(costs.values()),
            wishes_met=sum(cost == 0 for cost in costs.values()),
            wishes_total=len(self.wishes),
            evenness={
                rule.id: _percent(costs[rule.id], lots[rule.id])
                for rule in self.wishes
                if isinstance(rule, Mix)
            },
        )


def mixed_cells(
    problem: Problem, trait: str, seating: Mapping[str, str]
) -> Counter[tuple[str, str]]:
    """How many guests with each value sit at each table, by (value, table)."""
    return Counter(
        (value, seating[guest.id])
        for guest in problem.guests
        if guest.id in seating
        for value in guest.traits.get(trait, ())
    )


def _percent(cost: float, at_random: float) -> float:
    if cost <= 0:
        return 100.0
    return round(max(0.0, 100 * (1 - cost / at_random)), 1) if at_random else 0.0
