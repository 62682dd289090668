"""What the robot answers: a plan with its score and reasons, or a contradiction."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a wish is not fulfilled; the words for a person are written where the person is."""

    PARTY_TOO_LARGE = "party_too_large"
    """The guests and their parties need `needed` seats; the largest table open to them has
    `available`."""
    NO_ROOM = "no_room"
    """It needs `needed` seats at the tables in question; `available` are left by locked guests."""
    TOO_FEW_TABLES = "too_few_tables"
    """It needs `needed` different tables; `available` are open to these guests."""
    CONTRADICTS_RULE = "contradicts_rule"
    """It cannot hold together with the hard `rules`, `parties` and `locked` guests."""
    COSTS_MORE = "costs_more"
    """Other `rules` (wishes) about the same guests weigh more; certain if `proven`."""
    FEW_MOVES = "few_moves"
    """Nothing better was found while moving at most `available` of those who sit."""


@dataclass(frozen=True)
class Unmet:
    """A wish that the plan does not fulfil (wholly), the guests concerned, and why.

    The fields after `reason` are its parameters; those it does not use are empty.
    """

    rule: str
    guests: tuple[str, ...]
    cost: int
    reason: Reason
    rules: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    needed: int = 0
    available: int = 0
    proven: bool = False


@dataclass(frozen=True)
class Score:
    """How good a plan is, in plain terms.

    `quality` is 100 when every wish is fulfilled and 0 when it is no better than seating at
    random; `evenness` says the same of each mixing rule alone.
    """

    quality: float
    cost: int
    wishes_met: int
    wishes_total: int
    evenness: dict[str, float]


@dataclass(frozen=True)
class LeftOver:
    """Guests who belong at one table and got none.

    needed: their seats. available: the most seats still free at one table open to them. tables:
    those open to them, empty when all are. free: seats still free in the whole room.
    """

    guests: tuple[str, ...]
    needed: int
    available: int
    tables: tuple[str, ...]
    free: int


@dataclass(frozen=True)
class Plan:
    """Who sits where.

    unseated: who got no seat, because there are too few, because those who sit were not to move,
    or because time ran out; `left` says what each group would need.
    """

    assignments: dict[str, str]
    unseated: tuple[str, ...]
    left: tuple[LeftOver, ...]
    score: Score
    unmet: tuple[Unmet, ...]
    optimal: bool
    seconds: float
    lower_bound: int


@dataclass(kw_only=True, eq=False)
class Contradiction(Exception):
    """The hard rules cannot all hold; nobody is seated.

    rules, parties, locked: identifiers (rule, party, locked guest) that contradict each other.
    tables: the tables that those rules and locks name.
    minimal: leaving out any one of them would resolve this contradiction (False: the time was
    too short to be sure).
    """

    rules: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    minimal: bool = True

    def __str__(self) -> str:
        named = (("rules", self.rules), ("parties", self.parties), ("locked guests", self.locked))
        parts = [f"{what} {', '.join(ids)}" for what, ids in named if ids]
        return f"These cannot all hold: {'; '.join(parts)}."
