"""Tell wishes that the hard rules rule out from wishes that lost to other wishes.

A wish is tried as a must: when nothing at all is possible then, the hard rules that contradict
it are named.
"""

from collections.abc import Sequence
from dataclasses import replace

from .blocks import join
from .clock import Deadline, Teller
from .explain import explain
from .feasible import Answer, search
from .plan import Reason, Unmet
from .problem import Mix, Near, Problem, Rule

MOST = 3
"""So many wishes, the dearest, are tried."""
SECONDS = 0.5
"""For all of them."""


def refute(
    problem: Problem, unmet: Sequence[Unmet], deadline: Deadline, teller: Teller
) -> tuple[Unmet, ...]:
    """Return the same, where COSTS_MORE became CONTRADICTS_RULE if that was shown in time."""
    rules = {rule.id: rule for rule in problem.rules}
    doubtful = [one.rule for one in unmet if one.reason is Reason.COSTS_MORE]
    chosen = [name for name in doubtful if not isinstance(rules[name], Mix | Near)][:MOST]
    brief = Deadline(min(SECONDS, deadline.left()))
    return tuple(
        _try(problem, rules[one.rule], one, brief, teller) if one.rule in chosen else one
        for one in unmet
    )


def _try(problem: Problem, rule: Rule, unmet: Unmet, deadline: Deadline, teller: Teller) -> Unmet:
    hard = (other for other in problem.rules if other.strength == "must")
    strict = replace(problem, rules=(*hard, replace(rule, strength="must")))
    answer, _ = search(strict, join(strict), deadline, teller)
    if answer is not Answer.IMPOSSIBLE:
        return unmet
    conflict = explain(strict, deadline, teller)
    rules = tuple(name for name in conflict.rules if name != rule.id)
    if not rules and not conflict.parties and not conflict.locked:
        return unmet
    return replace(
        unmet,
        reason=Reason.CONTRADICTS_RULE,
        rules=rules,
        parties=conflict.parties,
        locked=conflict.locked,
        proven=True,
    )
