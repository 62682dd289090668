"""The seating robot: `propose(problem, time_limit) -> Plan`. It knows nothing of Django."""

from .clock import Progress
from .plan import Contradiction, LeftOver, Plan, Reason, Score, Unmet
from .problem import (
    Apart,
    AtTable,
    Fixed,
    Guest,
    Mix,
    Near,
    NotAtTable,
    Problem,
    Rule,
    Strength,
    Table,
    Together,
)
from .standing import Standing, breaks, standing


def propose(
    problem: Problem, time_limit: float, *, progress: Progress | None = None, seed: int = 0
) -> Plan:
    """Seat everyone as well as the time (seconds) allows: `proposing.propose`.

    OR-Tools is imported here, with a hundred megabytes that only a process that seats needs.
    """
    from .proposing import propose

    return propose(problem, time_limit, progress=progress, seed=seed)


__all__ = [
    "Apart",
    "AtTable",
    "Contradiction",
    "Fixed",
    "Guest",
    "LeftOver",
    "Mix",
    "Near",
    "NotAtTable",
    "Plan",
    "Problem",
    "Reason",
    "Rule",
    "Score",
    "Standing",
    "Strength",
    "Table",
    "Together",
    "Unmet",
    "breaks",
    "propose",
    "standing",
]
