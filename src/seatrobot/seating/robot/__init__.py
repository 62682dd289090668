"""The seating robot: `propose(problem, time_limit) -> Plan`. It knows nothing of Django."""

from .plan import Contradiction, Plan, Reason, Score, Unmet
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
from .propose import propose

__all__ = [
    "Apart",
    "AtTable",
    "Contradiction",
    "Fixed",
    "Guest",
    "Mix",
    "Near",
    "NotAtTable",
    "Plan",
    "Problem",
    "Reason",
    "Rule",
    "Score",
    "Strength",
    "Table",
    "Together",
    "Unmet",
    "propose",
]
