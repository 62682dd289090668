"""Small problems for tests, and the dinner of 537."""

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path

from seatrobot.seating.robot import Guest, Mix, Problem, Table, verify

DINNER = Path(__file__).parents[3] / "demo" / "congress-dinner.csv"


def people(count, **traits):
    return tuple(Guest(f"g{i}", None, traits) for i in range(count))


def room(*seats):
    return tuple(Table(f"t{i}", n, 3.0 * i, 0.0) for i, n in enumerate(seats))


def ids(*numbers):
    return frozenset(f"g{n}" for n in numbers)


def possible(problem):
    """Brute force: whether any seating at all is clean. Knows nothing of the robot."""
    names = [guest.id for guest in problem.guests]
    tables = [table.id for table in problem.tables]
    return any(
        not verify.violations(problem, dict(zip(names, places, strict=True)))
        for places in product(tables, repeat=len(names))
    )


def those_of(problem, seating):
    """The problem of the guests who have a seat."""
    rules = (
        rule if isinstance(rule, Mix) else replace(rule, guests=rule.guests & seating.keys())
        for rule in problem.rules
    )
    return replace(
        problem,
        guests=tuple(guest for guest in problem.guests if guest.id in seating),
        rules=tuple(rule for rule in rules if isinstance(rule, Mix) or rule.guests),
    )


def dinner(rules=(), tables=54):
    with DINNER.open(encoding="utf-8", newline="") as file:
        guests = tuple(
            Guest(
                row["reference"],
                None,
                {
                    "party": frozenset({row["party"]}),
                    "state": frozenset({row["state"]}),
                    "committees": frozenset(filter(None, row["committees"].split("; "))),
                },
            )
            for row in csv.DictReader(file)
        )
    grid = tuple(Table(f"t{i}", 10, 3.0 * (i % 9), 3.0 * (i // 9)) for i in range(tables))
    return Problem(guests, grid, tuple(rules))
