"""How even a trait can be spread over the tables at best.

The unit is a pair: two guests with the same value at one table.
"""

from collections import Counter

from ortools.graph.python import min_cost_flow

from .problem import Problem

MAX_ARCS = 100_000
"""Above this the exact bound would take longer than a moment; a simpler one is used."""


def pairs(count: int) -> int:
    """Pairs among this many guests."""
    return count * (count - 1) // 2


def value_counts(problem: Problem, trait: str) -> Counter[str]:
    """How many guests have each value of the trait."""
    return Counter(v for guest in problem.guests for v in guest.traits.get(trait, ()))


def needed_pairs(problem: Problem, trait: str) -> int:
    """Return a number of pairs that no seating can go below, counting seats alone (not rules).

    When nobody has two values it is the exact minimum: a flow of guests from values to tables
    in which the k-th guest of one value at one table costs k - 1.
    """
    counts = value_counts(problem, trait)
    seats = [table.seats for table in problem.tables]
    single = all(len(guest.traits.get(trait, ())) <= 1 for guest in problem.guests)
    arcs = sum(min(count, s) for count in counts.values() if count > 1 for s in seats)
    if single and arcs <= MAX_ARCS and sum(counts.values()) <= sum(seats):
        return _flow(counts, seats)
    return sum(_level(count, seats) for count in counts.values())


def _flow(counts: Counter[str], seats: list[int]) -> int:
    flow = min_cost_flow.SimpleMinCostFlow()
    sizes = [count for count in counts.values() if count > 1]
    alone = sum(1 for count in counts.values() if count == 1)
    sink = len(sizes) + len(seats) + 1
    for v, count in enumerate(sizes):
        flow.set_node_supply(v, count)
        for t, capacity in enumerate(seats):
            for k in range(min(count, capacity)):
                flow.add_arc_with_capacity_and_unit_cost(v, len(sizes) + 1 + t, 1, k)
    flow.set_node_supply(len(sizes), alone)
    for t, capacity in enumerate(seats):
        node = len(sizes) + 1 + t
        flow.add_arc_with_capacity_and_unit_cost(len(sizes), node, min(alone, capacity), 0)
        flow.add_arc_with_capacity_and_unit_cost(node, sink, capacity, 0)
    flow.set_node_supply(sink, -sum(counts.values()))
    if flow.solve() != flow.OPTIMAL:
        return 0
    return int(flow.optimal_cost())


def _level(count: int, seats: list[int]) -> int:
    """Pairs when `count` guests fill the tables level by level, one at each table in turn."""
    total, level = 0, 0
    while count > 0:
        open_tables = sum(1 for s in seats if s > level)
        if not open_tables:
            return total
        placed = min(count, open_tables)
        total += placed * level
        count, level = count - placed, level + 1
    return total
