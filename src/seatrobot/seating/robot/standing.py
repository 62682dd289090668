"""How a seating stands to the rules as people sit now, whoever seated them: for showing it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from .blocks import join
from .judge import Judge
from .plan import Score
from .problem import Apart, AtTable, Mix, NotAtTable, Problem, Rule, Together


@dataclass(frozen=True)
class Standing:
    """One seating, of some or all guests.

    kept, missed: rules that it keeps, or fails; those about somebody who has no seat may be
    neither. broken: the musts among the missed. parted: the parties that sit at several tables and
    are not to.
    """

    score: Score
    kept: frozenset[str]
    missed: frozenset[str]
    broken: frozenset[str]
    parted: frozenset[str]


def standing(problem: Problem, seating: Mapping[str, str]) -> Standing:
    """Return how a seating (guest to table) stands; guests without a table break nothing."""
    judge = Judge(problem, join(problem))
    against = broken(problem, seating)
    missed = against | {rule.id for rule in judge.wishes if judge.cost(rule, seating)}
    whole = {
        rule.id for rule in problem.rules if isinstance(rule, Mix) or rule.guests <= seating.keys()
    }
    return Standing(
        score=judge.score(seating),
        kept=frozenset(whole - missed),
        missed=missed,
        broken=against,
        parted=parted(problem, seating),
    )


def broken(problem: Problem, seating: Mapping[str, str]) -> frozenset[str]:
    """Return the musts that a seating breaks."""
    musts = (rule for rule in problem.rules if rule.strength == "must")
    return frozenset(rule.id for rule in musts if breaks(rule, seating))


def breaks(rule: Rule, seating: Mapping[str, str]) -> bool:
    """Return whether guests who have a table sit against a rule, were it a must."""
    if not isinstance(rule, Together | Apart | AtTable | NotAtTable):
        return False
    tables = [seating[guest] for guest in rule.guests if guest in seating]
    if isinstance(rule, Together):
        return len(set(tables)) > 1
    if isinstance(rule, Apart):
        return len(set(tables)) < len(tables)
    wrong = isinstance(rule, NotAtTable)
    return any((table in rule.tables) == wrong for table in tables)


def parted(problem: Problem, seating: Mapping[str, str]) -> frozenset[str]:
    """Return the parties that sit at several tables though they are not to be split."""
    tables: dict[str, set[str]] = defaultdict(set)
    for guest in problem.guests:
        if guest.party is not None and guest.id in seating:
            tables[guest.party].add(seating[guest.id])
    apart = {party for party, found in tables.items() if len(found) > 1}
    return frozenset(apart - problem.split_parties)
