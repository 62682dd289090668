"""What the robot is asked: guests, tables, rules, locks. Nothing here knows of Django.

Identifiers are opaque strings. Positions are metres. Weights are whole numbers, 1 or more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Strength = Literal["must", "wish"]


@dataclass(frozen=True)
class Guest:
    """One person. `traits` are the columns that can be mixed, such as {"state": {"NC"}}."""

    id: str
    party: str | None = None
    traits: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table with its number of seats and the position of its centre in metres."""

    id: str
    seats: int
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, kw_only=True)
class _Rule:
    id: str
    strength: Strength = "wish"
    weight: int = 1


@dataclass(frozen=True, kw_only=True)
class Together(_Rule):
    """All these guests at one table. As a wish it costs its weight per table beyond the first."""

    guests: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Apart(_Rule):
    """No two of these guests at one table. A wish costs its weight per guest beyond the first."""

    guests: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class AtTable(_Rule):
    """Each of these guests at one of these tables. A wish costs its weight per guest elsewhere."""

    guests: frozenset[str]
    tables: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class NotAtTable(_Rule):
    """None of these guests at any of these tables. A wish costs its weight per guest there."""

    guests: frozenset[str]
    tables: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Mix(_Rule):
    """Spread the values of a trait evenly; always a wish.

    Costs its weight for each pair with the same value at one table, beyond what an even
    spread needs (`mix.needed_pairs`).
    """

    trait: str


@dataclass(frozen=True, kw_only=True)
class Near(_Rule):
    """The tables of these guests close to each other; always a wish.

    Costs its weight for each pair and each step beyond neighbouring tables (`distance.steps`).
    """

    guests: frozenset[str]


Rule = Together | Apart | AtTable | NotAtTable | Mix | Near


@dataclass(frozen=True)
class Fixed:
    """A guest and a table: where a locked guest stays, or where a seated one sits."""

    guest: str
    table: str


@dataclass(frozen=True)
class Problem:
    """Everything the robot needs. A party stays at one table unless named in `split_parties`.

    seated: where guests sit now. most_moves: how many of them may change tables; None: everybody
    is seated anew.
    """

    guests: tuple[Guest, ...]
    tables: tuple[Table, ...]
    rules: tuple[Rule, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    split_parties: frozenset[str] = frozenset()
    seated: tuple[Fixed, ...] = ()
    most_moves: int | None = None
