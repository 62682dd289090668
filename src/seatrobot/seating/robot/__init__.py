"""The seating robot: `propose(problem, time_limit) -> Plan`. It knows nothing of Django."""

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
from .propose import propose
from .standing import Standing, breaks, standing

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
