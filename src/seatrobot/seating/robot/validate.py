"""Refuse a problem that names what does not exist."""

from collections import Counter
from collections.abc import Iterable

from .problem import AtTable, Mix, Near, NotAtTable, Problem, Rule


def check(problem: Problem) -> None:
    """Raise ValueError with one sentence about the first thing that is wrong."""
    guests = {guest.id for guest in problem.guests}
    tables = {table.id for table in problem.tables}
    _unique("guest", (guest.id for guest in problem.guests))
    _unique("table", (table.id for table in problem.tables))
    _unique("rule", (rule.id for rule in problem.rules))
    _unique("locked guest", (lock.guest for lock in problem.fixed))
    _unique("seated guest", (seat.guest for seat in problem.seated))
    for table in problem.tables:
        if table.seats < 0:
            raise ValueError(f"Table {table.id} has {table.seats} seats; it needs 0 or more.")
    for rule in problem.rules:
        _rule(rule, guests, tables)
    for lock in problem.fixed:
        _known(f"The lock of guest {lock.guest}", "guest", {lock.guest}, guests)
        _known(f"The lock of guest {lock.guest}", "table", {lock.table}, tables)
    for seat in problem.seated:
        _known(f"The seat of guest {seat.guest}", "guest", {seat.guest}, guests)
        _known(f"The seat of guest {seat.guest}", "table", {seat.table}, tables)
    if problem.most_moves is not None:
        _fits(problem)


def _rule(rule: Rule, guests: set[str], tables: set[str]) -> None:
    if rule.strength not in ("must", "wish"):
        raise ValueError(f"Rule {rule.id} is neither a must nor a wish.")
    if rule.strength == "wish" and rule.weight < 1:
        raise ValueError(f"Rule {rule.id} has weight {rule.weight}; a wish weighs 1 or more.")
    if isinstance(rule, Mix | Near) and rule.strength == "must":
        raise ValueError(f"Rule {rule.id} can only be a wish.")
    if not isinstance(rule, Mix):
        _known(f"Rule {rule.id}", "guest", rule.guests, guests)
    if isinstance(rule, AtTable | NotAtTable):
        _known(f"Rule {rule.id}", "table", rule.tables, tables)


def _known(who: str, what: str, named: Iterable[str], existing: set[str]) -> None:
    unknown = sorted(set(named) - existing)
    if unknown:
        raise ValueError(f"{who} names an unknown {what}: {unknown[0]}.")


def _unique(what: str, ids: Iterable[str]) -> None:
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise ValueError(f"The {what} {twice[0]} is there twice.")


def _fits(problem: Problem) -> None:
    taken = Counter(seat.table for seat in problem.seated)
    for table in problem.tables:
        if taken[table.id] > table.seats:
            raise ValueError(
                f"{taken[table.id]} guests sit at table {table.id}, which has {table.seats} seats."
            )
    at = {seat.guest: seat.table for seat in problem.seated}
    for lock in problem.fixed:
        if at.get(lock.guest) != lock.table:
            raise ValueError(f"Guest {lock.guest} is locked at a table where they do not sit.")
