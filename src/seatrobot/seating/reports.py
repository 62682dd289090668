"""What the robot said of one run, kept as identifiers: the words are made when it is read."""

from typing import Self

import msgspec

from seatrobot.seating.robot import Contradiction, Plan


class Unmet(msgspec.Struct, omit_defaults=True):
    """A wish that is not fulfilled; fields as in `robot.plan.Unmet`."""

    rule: str
    guests: list[str]
    cost: int
    reason: str
    rules: list[str] = []
    parties: list[str] = []
    locked: list[str] = []
    tables: list[str] = []
    needed: int = 0
    available: int = 0
    proven: bool = False


class Conflict(msgspec.Struct, omit_defaults=True):
    """What contradicts each other; fields as in `robot.plan.Contradiction`."""

    rules: list[str] = []
    parties: list[str] = []
    locked: list[str] = []
    tables: list[str] = []
    minimal: bool = True
    missing_seats: int = 0


class Report(msgspec.Struct, omit_defaults=True):
    """quality: 0 (as by lot) to 100 (every wish fulfilled); evenness: the same per mixing rule."""

    guests: int = 0
    tables: int = 0
    quality: float = 0.0
    wishes_met: int = 0
    wishes_total: int = 0
    evenness: dict[str, float] = {}
    unmet: list[Unmet] = []
    unseated: list[str] = []
    optimal: bool = False
    seconds: float = 0.0
    conflict: Conflict | None = None

    @classmethod
    def of_plan(cls, plan: Plan, *, guests: int, tables: int) -> Self:
        unmet = [
            Unmet(
                u.rule,
                list(u.guests),
                u.cost,
                u.reason.value,
                list(u.rules),
                list(u.parties),
                list(u.locked),
                list(u.tables),
                u.needed,
                u.available,
                u.proven,
            )
            for u in plan.unmet
        ]
        return cls(
            guests=guests,
            tables=tables,
            quality=plan.score.quality,
            wishes_met=plan.score.wishes_met,
            wishes_total=plan.score.wishes_total,
            evenness=dict(plan.score.evenness),
            unmet=unmet,
            unseated=list(plan.unseated),
            optimal=plan.optimal,
            seconds=plan.seconds,
        )

    @classmethod
    def of_contradiction(cls, error: Contradiction, *, guests: int, tables: int) -> Self:
        conflict = Conflict(
            list(error.rules),
            list(error.parties),
            list(error.locked),
            list(error.tables),
            error.minimal,
            error.missing_seats,
        )
        return cls(guests=guests, tables=tables, conflict=conflict)
