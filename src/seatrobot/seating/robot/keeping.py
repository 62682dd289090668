"""Problems in which guests who sit stay where they are.

What people have moved by hand may break musts and part parties. A guest who stays owes nothing to
any must; those who come to sit owe what is still open: no two rivals, the table of their party.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from .problem import Apart, AtTable, Fixed, Guest, NotAtTable, Problem, Rule, Together


def part_parties(problem: Problem) -> Problem:
    """Return the problem in which a party that sits at several tables is one party at each.

    Those of it who have no seat belong to the largest part.
    """
    at = {seat.guest: seat.table for seat in problem.seated}
    tables: dict[str, Counter[str]] = defaultdict(Counter)
    for guest in problem.guests:
        if guest.party is not None and guest.id in at:
            tables[guest.party][at[guest.id]] += 1
    parted = {
        party: found
        for party, found in tables.items()
        if len(found) > 1 and party not in problem.split_parties
    }

    def with_part(guest: Guest) -> Guest:
        if guest.party not in parted:
            return guest
        table = at.get(guest.id) or parted[guest.party].most_common(1)[0][0]
        return replace(guest, party=f"{guest.party} at {table}")

    return replace(problem, guests=tuple(map(with_part, problem.guests)))


def keep(problem: Problem, kept: Mapping[str, str]) -> Problem:
    """Return the problem in which these guests stay at these tables, alone and bound by no must."""
    parties: dict[str, set[str]] = defaultdict(set)
    waiting: dict[str, set[str]] = defaultdict(set)
    for guest in problem.guests:
        if guest.party is None or guest.party in problem.split_parties:
            continue
        if guest.id in kept:
            parties[guest.party].add(kept[guest.id])
        else:
            waiting[guest.party].add(guest.id)
    guests = tuple(
        replace(guest, party=None) if guest.id in kept else guest for guest in problem.guests
    )
    rules: list[Rule] = [
        AtTable(
            id=f"party {party}",
            strength="must",
            guests=frozenset(members),
            tables=frozenset(parties[party]),
        )
        for party, members in waiting.items()
        if parties[party]
    ]
    for rule in problem.rules:
        rules += _open_part(rule, kept) if rule.strength == "must" else [rule]
    fixed = {lock.guest: lock for lock in problem.fixed}
    fixed |= {guest: Fixed(guest, table) for guest, table in kept.items()}
    return replace(problem, guests=guests, rules=tuple(rules), fixed=tuple(fixed.values()))


def _open_part(rule: Rule, kept: Mapping[str, str]) -> list[Rule]:
    """Return what a must still asks of guests who do not stay."""
    if not isinstance(rule, Together | Apart | AtTable | NotAtTable):
        return [rule]
    free = rule.guests - kept.keys()
    taken = frozenset(kept[guest] for guest in rule.guests if guest in kept)
    if not free:
        return []
    found: list[Rule] = [replace(rule, guests=free)]
    if taken and isinstance(rule, Together | Apart):
        made = AtTable if isinstance(rule, Together) else NotAtTable
        name = f"{rule.id} beside those who stay"
        found.append(made(id=name, strength="must", guests=free, tables=taken))
    return found


def in_the_way(problem: Problem) -> dict[str, str]:
    """Return who sits against a must, or apart from somebody without a seat, by their tables."""
    at = {seat.guest: seat.table for seat in problem.seated}
    found: set[str] = set()
    waiting = {g.party for g in problem.guests if g.party is not None and g.id not in at}
    waiting -= problem.split_parties
    found.update(g.id for g in problem.guests if g.party in waiting and g.id in at)
    for rule in problem.rules:
        if rule.strength == "must" and isinstance(rule, Together | Apart | AtTable | NotAtTable):
            found |= _breaking(rule, at)
    return {guest: at[guest] for guest in found}


def _breaking(rule: Together | Apart | AtTable | NotAtTable, at: Mapping[str, str]) -> set[str]:
    """Return the seated guests of a must that do not sit as it asks, or of whom some wait."""
    seated = {guest for guest in rule.guests if guest in at}
    tables = Counter(at[guest] for guest in seated)
    if isinstance(rule, Together):
        whole = len(tables) <= 1 and len(seated) in {0, len(rule.guests)}
        return set() if whole else seated
    if isinstance(rule, Apart):
        return {guest for guest in seated if tables[at[guest]] > 1}
    wrong = isinstance(rule, NotAtTable)
    return {guest for guest in seated if (at[guest] in rule.tables) == wrong}
