"""Name a smallest set of hard rules, parties and locks that contradict each other.

QuickXplain (Junker, AAAI 2004): divide the causes in halves and keep of each half only what is
needed for the contradiction.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace

from .blocks import Blocks, join
from .case import Case
from .clock import Deadline, Teller
from .construct import construct
from .feasible import Answer, search
from .model import build
from .plan import Contradiction
from .problem import AtTable, Fixed, NotAtTable, Problem, Rule
from .state import NOWHERE


@dataclass(frozen=True)
class _Party:
    name: str


_Cause = Rule | _Party | Fixed


def explain(problem: Problem, deadline: Deadline, teller: Teller) -> Contradiction:
    """Return the contradiction in a problem whose hard rules are known to be impossible."""
    explainer = _Explainer(problem, deadline, teller)
    causes = explainer.needed([], explainer.causes(), changed=False)
    rules = [cause for cause in causes if not isinstance(cause, _Party | Fixed)]
    locks = [cause for cause in causes if isinstance(cause, Fixed)]
    named = {
        table for rule in rules if isinstance(rule, AtTable | NotAtTable) for table in rule.tables
    }
    named |= {lock.table for lock in locks}
    return Contradiction(
        rules=tuple(rule.id for rule in rules),
        parties=tuple(cause.name for cause in causes if isinstance(cause, _Party)),
        locked=tuple(lock.guest for lock in locks),
        tables=tuple(table.id for table in problem.tables if table.id in named),
        minimal=explainer.sure,
    )


class _Explainer:
    def __init__(self, problem: Problem, deadline: Deadline, teller: Teller) -> None:
        self.problem, self.deadline, self.teller, self.sure = problem, deadline, teller, True
        names = (guest.party for guest in problem.guests if guest.party is not None)
        sizes = Counter(name for name in names if name not in problem.split_parties)
        self.parties = [name for name, size in sizes.items() if size > 1]

    def causes(self) -> list[_Cause]:
        rules = [rule for rule in self.problem.rules if rule.strength == "must"]
        return [*rules, *(_Party(name) for name in self.parties), *self.problem.fixed]

    def needed(self, known: list[_Cause], causes: list[_Cause], *, changed: bool) -> list[_Cause]:
        """Return the causes needed, besides the known ones, to make a contradiction."""
        if changed and self._impossible(known):
            return []
        if len(causes) <= 1:
            return causes
        half = len(causes) // 2
        first, second = causes[:half], causes[half:]
        of_second = self.needed([*known, *first], second, changed=bool(first))
        of_first = self.needed([*known, *of_second], first, changed=bool(of_second))
        return [*of_first, *of_second]

    def _impossible(self, causes: list[_Cause]) -> bool:
        if not self.deadline.left():
            self.sure = False
            return False
        kept = {cause.name for cause in causes if isinstance(cause, _Party)}
        problem = replace(
            self.problem,
            rules=tuple(cause for cause in causes if not isinstance(cause, _Party | Fixed)),
            fixed=tuple(cause for cause in causes if isinstance(cause, Fixed)),
            split_parties=self.problem.split_parties.union(set(self.parties) - kept),
        )
        blocks = join(problem)
        if not blocks.broken and self._seats_at_once(problem, blocks):
            return False
        answer, _ = search(problem, blocks, self.deadline, self.teller)
        self.sure = self.sure and answer is not Answer.UNKNOWN
        return answer is Answer.IMPOSSIBLE

    def _seats_at_once(self, problem: Problem, blocks: Blocks) -> bool:
        """Return whether two greedy tries seat everyone: most sets of causes are harmless."""
        case, rng = Case(problem, blocks, build(problem, blocks)), random.Random(0)  # noqa: S311
        return NOWHERE not in construct(case, rng, self.deadline, self.teller, tries=2).at
