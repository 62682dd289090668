"""What a member of staff has to sign and to pass, and until when what they did counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.kernel.clock import now
from seatrobot.personnel.models import Edition, Kind, Result, Signature
from seatrobot.personnel.rules import Due, Passed, Stated, signature_due, training_due

INFORMATION_SECURITY = "information-security"
CUSTOMER_DATA = "customer-data"


@dataclass(frozen=True, slots=True)
class Duty:
    """One policy to sign or course to pass, of one person.

    number: of the edition in force, published_at: when it was. done_number, done_at: the edition
    that they signed or passed last, 0 and None for none. earlier_days: of a course in force.
    """

    kind: Kind
    name: str
    title: str
    number: int
    published_at: datetime
    due: Due
    done_number: int
    done_at: datetime | None
    earlier_days: int | None = None

    @property
    def is_policy(self) -> bool:
        return self.kind == Kind.POLICY

    @property
    def is_current(self) -> bool:
        """Whether the edition in force is what was signed or passed."""
        return self.done_number == self.number

    @property
    def has_lapsed(self) -> bool:
        """Whether something once counted that does not any more."""
        return self.done_number > 0 and not self.due.holds


@dataclass(frozen=True, slots=True)
class Published:
    """The editions of one policy or course, by number."""

    kind: Kind
    name: str
    title: str
    editions: Sequence[Stated]


def published() -> list[Published]:
    """Return the policies and courses in force with all their editions; policies first."""
    found: dict[tuple[str, str], list[Edition]] = defaultdict(list)
    for row in Edition.objects.defer("text").order_by("kind", "name", "number"):
        found[row.kind, row.name].append(row)
    in_force = [
        Published(Kind(kind), name, rows[-1].title, [_stated(row) for row in rows if row.digest])
        for (kind, name), rows in found.items()
        if rows[-1].digest
    ]
    return sorted(in_force, key=lambda each: (each.kind != Kind.POLICY, each.title))


def duties_of(account_id: UUID, among: Iterable[Published] | None = None) -> list[Duty]:
    """Return what a person has to sign and to pass, and how far they are; opens nothing."""
    signed: dict[str, dict[int, datetime]] = defaultdict(dict)
    passed: dict[str, list[Passed]] = defaultdict(list)
    for name, number, at in Signature.objects.filter(account_id=account_id).values_list(
        "edition__name", "edition__number", "at"
    ):
        signed[name][number] = at
    for name, number, at in Result.objects.filter(account_id=account_id, passed=True).values_list(
        "edition__name", "edition__number", "at"
    ):
        passed[name].append(Passed(number, at))
    moment = now()
    return [
        _policy(each, signed[each.name], moment)
        if each.kind == Kind.POLICY
        else _course(each, passed[each.name], moment)
        for each in (published() if among is None else among)
    ]


def _policy(text: Published, signed: dict[int, datetime], moment: datetime) -> Duty:
    newest = text.editions[-1]
    last = max(signed, default=0)
    due = signature_due(text.editions, signed, moment)
    return Duty(
        *(text.kind, text.name, text.title, newest.number, newest.published_at),
        due,
        last,
        signed.get(last),
    )


def _course(text: Published, passed: list[Passed], moment: datetime) -> Duty:
    newest = text.editions[-1]
    last = max(passed, default=None)
    due = training_due(text.editions, passed, moment)
    return Duty(
        *(text.kind, text.name, text.title, newest.number, newest.published_at),
        due,
        last.number if last else 0,
        last.at if last else None,
        newest.earlier_days,
    )


def _stated(row: Edition) -> Stated:
    return Stated(row.number, row.published_at, row.valid_days, row.earlier_days)
