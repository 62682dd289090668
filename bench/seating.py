"""Seat a real dinner, the party instances, and the instance of Bellows and Peterson.

Prints one JSON line per case, each run in a process of its own:
    what, how_many    the case and its number of guests
    seconds, limit    time taken and time allowed; share_of_limit is the ratio
    peak_mb           peak memory of that process
    cost, bound       cost of the plan and the best lower bound proven in the same run
    to_bound          cost / bound, where a bound above 0 was proven
    quality, optimal  as in the plan

Usage: python bench/seating.py [seconds for each party instance, default 10]
"""

import csv
import json
import random
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from data.seating_parties import make
from seatrobot.seating.robot import (
    Apart,
    Guest,
    Mix,
    Near,
    Problem,
    Rule,
    Table,
    Together,
    propose,
)
from seatrobot.seating.robot.verify import violations

HERE = Path(__file__).parent
DINNER = HERE.parent / "src/seatrobot/demo/congress-dinner.csv"
PARTY_SIZES = ((60, 7), (120, 13), (240, 25), (500, 50))


def dinner(wishes: int) -> Problem:
    """537 guests at 54 tables of 10, mixed by party and state, and so many wishes of each kind."""
    with DINNER.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    guests = tuple(
        Guest(
            row["reference"],
            None,
            {"party": frozenset({row["party"]}), "state": frozenset({row["state"]})},
        )
        for row in rows
    )
    tables = tuple(Table(f"t{i}", 10, 3.0 * (i % 9), 3.0 * (i // 9)) for i in range(54))
    rng, names = random.Random(1), [guest.id for guest in guests]
    rules: list[Rule] = [Mix(id="parties", trait="party"), Mix(id="states", trait="state")]
    for i in range(wishes):
        rules += [
            Together(id=f"together{i}", weight=10, guests=frozenset(rng.sample(names, 2))),
            Apart(id=f"apart{i}", weight=10, guests=frozenset(rng.sample(names, 3))),
            Near(id=f"near{i}", weight=5, guests=frozenset(rng.sample(names, 3))),
        ]
    return Problem(guests, tables, tuple(rules))


def parties(n: int, k: int) -> Problem:
    """A party instance; its cost is 100 * unmet wishes + 50 * met conflicts."""
    groups, wishes, conflicts, seats = make(n, k, 1)
    guests = tuple(Guest(f"g{g}", f"p{p}") for p, group in enumerate(groups) for g in group)
    first = [f"g{group[0]}" for group in groups]
    rules: list[Rule] = []
    for i, (a, b) in enumerate(wishes):
        rules.append(Together(id=f"w{i}", weight=100, guests=frozenset({first[a], first[b]})))
    for i, (a, b) in enumerate(conflicts):
        rules.append(Apart(id=f"c{i}", weight=50, guests=frozenset({first[a], first[b]})))
    tables = tuple(Table(f"t{i}", count) for i, count in enumerate(seats))
    return Problem(guests, tables, tuple(rules))


def acquaintances(tables: int, seats: int) -> Problem:
    """Bellows and Peterson 2012; the cost is the weight of the pairs not at one table."""
    weights = json.loads((HERE / "data/bellows_peterson.json").read_text())["weights"]
    rules = tuple(
        Together(id=f"{a}-{b}", weight=weight, guests=frozenset({f"g{a}", f"g{b}"}))
        for a, row in enumerate(weights)
        for b, weight in enumerate(row[:a])
        if weight
    )
    guests = tuple(Guest(f"g{i}") for i in range(len(weights)))
    return Problem(guests, tuple(Table(f"t{i}", seats) for i in range(tables)), rules)


def run(what: str, problem: Problem, limit: float) -> dict[str, object]:
    """Seat it once and measure."""
    plan = propose(problem, limit)
    broken = violations(problem, plan.assignments)
    if broken:
        raise SystemExit(f"{what}: {broken[0]}")
    cost, bound = plan.score.cost, plan.lower_bound
    return {
        "what": what,
        "how_many": len(problem.guests),
        "seconds": round(plan.seconds, 2),
        "limit": limit,
        "share_of_limit": round(plan.seconds / limit, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "cost": cost,
        "bound": bound,
        "to_bound": round(cost / bound, 3) if bound else None,
        "quality": plan.score.quality,
        "optimal": plan.optimal,
    }


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    cases = [("dinner, mixed", dinner(0), 5.0), ("dinner, mixed, 120 wishes", dinner(40), 5.0)]
    cases += [(f"parties, {k} tables", parties(n, k), seconds) for n, k in PARTY_SIZES]
    for tables, seats in ((2, 9), (5, 4)):
        name = f"Bellows and Peterson, {tables} tables of {seats}"
        cases.append((name, acquaintances(tables, seats), seconds))
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for case in cases:
            print(json.dumps(pool.submit(run, *case).result()), flush=True)


if __name__ == "__main__":
    main()
