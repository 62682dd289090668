"""An independent check of a seating. It shares no code with the search."""

from collections.abc import Mapping

from .problem import Apart, AtTable, NotAtTable, Problem, Together


def violations(problem: Problem, assignments: Mapping[str, str]) -> list[str]:
    """One sentence for everything that a seating (guest to table) must not do; empty if clean."""
    tables = {table.id: table for table in problem.tables}
    guests = {guest.id for guest in problem.guests}
    found = [f"Guest {g} has no table." for g in sorted(guests - assignments.keys())]
    found += [f"Guest {g} does not exist." for g in sorted(assignments.keys() - guests)]
    found += [
        f"Table {t} does not exist." for t in sorted(set(assignments.values()) - tables.keys())
    ]
    for table in problem.tables:
        taken = sum(1 for place in assignments.values() if place == table.id)
        if taken > table.seats:
            found.append(f"Table {table.id} has {table.seats} seats and {taken} guests.")
    for lock in problem.fixed:
        if assignments.get(lock.guest) != lock.table:
            found.append(f"Guest {lock.guest} is locked at table {lock.table} and sits elsewhere.")
    return found + _parties(problem, assignments) + _rules(problem, assignments)


def _parties(problem: Problem, assignments: Mapping[str, str]) -> list[str]:
    places: dict[str, set[str | None]] = {}
    for guest in problem.guests:
        if guest.party is not None and guest.party not in problem.split_parties:
            places.setdefault(guest.party, set()).add(assignments.get(guest.id))
    return [f"Party {name} is split." for name, tables in places.items() if len(tables) > 1]


def _rules(problem: Problem, assignments: Mapping[str, str]) -> list[str]:
    found = []
    for rule in problem.rules:
        if rule.strength != "must":
            continue
        if isinstance(rule, Together):
            kept = len({assignments.get(guest) for guest in rule.guests}) <= 1
        elif isinstance(rule, Apart):
            kept = len({assignments.get(guest) for guest in rule.guests}) == len(rule.guests)
        elif isinstance(rule, AtTable):
            kept = all(assignments.get(guest) in rule.tables for guest in rule.guests)
        elif isinstance(rule, NotAtTable):
            kept = all(assignments.get(guest) not in rule.tables for guest in rule.guests)
        else:
            kept = True
        if not kept:
            found.append(f"Rule {rule.id} is broken.")
    return found
