"""Declaring a promise beside what keeps it.

    @promise(
        "access.signins",
        sentence=_("Every sign-in is logged with the type of device and the IP address."),
        measured_by=_("Sign-ins that the web tier counted are compared with sign-ins logged."),
        measures=[Measure("missing", _("sign-ins not logged"), most=0)],
        fresh_for=timedelta(hours=2),
    )
    def signins() -> Found:
        return Found({"missing": 0})

A promise without an examining function is unproven, and `waits_for` says what is missing; one
with `attested_by` is attested by people, because no machine can measure it.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from django.utils.functional import Promise as Lazy

Text = str | Lazy
Number = int | float


class Unit(StrEnum):
    """What a measured number counts, so that a page can say it in words."""

    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that an examination finds, and between which limits it keeps the promise.

    label: in lower case, as it stands after the number. most, least: inclusive; None: no limit.
    """

    name: str
    label: Text
    unit: Unit = Unit.COUNT
    most: Number | None = None
    least: Number | None = None

    def holds(self, value: Number) -> bool:
        return (self.most is None or value <= self.most) and (
            self.least is None or value >= self.least
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What an examination found: one number for each measure.

    notes: sentences on what exactly is wrong, for those who may read evidence; no Customer Data.
    """

    measurements: dict[str, Number]
    notes: Sequence[str] = ()


class CannotTell(Exception):
    """An examination cannot measure here and now; the text is the public reason."""


class Readers(StrEnum):
    """Who may read the notes of the evidence; numbers are always public."""

    EVERYBODY = "everybody"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Attested:
    """Who may attest, for how long at most, and how many people it takes."""

    roles: Sequence[Text]
    longest: timedelta
    people: int = 1


Examine = Callable[[], Found]


@dataclass(frozen=True, slots=True)
class Promise:
    """One row of the practices page.

    id: `section.name`. sentence: the public wording. measured_by: how it is measured, in public.
    fresh_for: how long evidence counts. every: how often it is examined. patience: how long an
    examination may take. readers: who may read the notes of its evidence. attested_by: who says so
    where nothing measures. waits_for: why nothing examines it yet.
    """

    id: str
    sentence: Text
    measured_by: Text
    measures: Sequence[Measure] = ()
    fresh_for: timedelta = timedelta(hours=2)
    every: timedelta = timedelta(minutes=30)
    patience: timedelta = timedelta(seconds=30)
    readers: Readers = Readers.STAFF
    attested_by: Attested | None = None
    waits_for: Text = ""
    examine: Examine | None = field(default=None, compare=False)

    @property
    def section(self) -> str:
        return self.id.partition(".")[0]

    @property
    def is_examined(self) -> bool:
        """Whether something measures it; templates ask this, for they would call `examine`."""
        return self.examine is not None

    def check_hash(self) -> str:
        """Return a hash of what decides: the limits, and the source of what measures."""
        source = _measures(self.examine) if self.examine else ""
        limits = [(m.name, m.unit, m.most, m.least) for m in self.measures]
        attested = self.attested_by and (self.attested_by.longest, self.attested_by.people)
        decides = f"{source}\n{limits}\n{attested}\n{self.fresh_for}"
        return hashlib.sha256(decides.encode()).hexdigest()

    def sentence_hash(self) -> str:
        """Return a hash of the public wording in the language it was written in."""
        from django.utils import translation

        with translation.override(None):
            words = f"{self.sentence}\n{self.measured_by}"
        return hashlib.sha256(words.encode()).hexdigest()


@cache
def _measures(examine: Examine) -> str:
    """Return the source of an examining function, and of all it uses of its own package."""
    package = f"{examine.__module__.rpartition('.')[0]}."
    found: set[Any] = set()
    waiting: list[Any] = [examine]
    while waiting:
        each = waiting.pop()
        found.add(each)
        used = vars(each) if inspect.ismodule(each) else inspect.getclosurevars(each).globals
        parts = {_part(value, examine.__module__) for value in used.values()}
        waiting += [part for part in parts - found if _module(part).startswith(package)]
    return "\n".join(sorted(inspect.getsource(each) for each in found))


def _part(value: object, beside: str) -> object:
    """Return whose source counts: of a function the module, unless that declares promises."""
    is_elsewhere = inspect.isfunction(value) and value.__module__ != beside
    return inspect.getmodule(value) if is_elsewhere else value if _module(value) else None


def _module(value: object) -> str:
    """Return the name of a module, or of the one that a function is from; else nothing."""
    if inspect.ismodule(value):
        return value.__name__
    return value.__module__ if inspect.isfunction(value) else ""


PROMISES: dict[str, Promise] = {}
"""Every declared promise by its identifier, in the order of declaration."""


def promise(  # noqa: PLR0913  the facts of a row, all by name
    id: str,  # noqa: A002  it is called so everywhere
    *,
    sentence: Text,
    measured_by: Text,
    measures: Sequence[Measure],
    fresh_for: timedelta = timedelta(hours=2),
    every: timedelta = timedelta(minutes=30),
    patience: timedelta = timedelta(seconds=30),
    readers: Readers = Readers.STAFF,
) -> Callable[[Examine], Examine]:
    """Declare a promise that the decorated function examines."""
    if every >= fresh_for:
        raise ValueError(f"{id} would go stale between two examinations")
    row = Promise(id, sentence, measured_by, measures, fresh_for, every, patience, readers)

    def register(examine: Examine) -> Examine:
        declare(replace(row, examine=examine))
        return examine

    return register


def declare(row: Promise) -> Promise:
    """Add a promise to the page; ValueError when its identifier is taken."""
    if row.id in PROMISES:
        raise ValueError(f"the promise {row.id} is declared twice")
    PROMISES[row.id] = row
    return row
