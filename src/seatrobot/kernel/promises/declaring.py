"""Declaring a promise on the function that measures whether it is kept.

    @promise(
        "access.signins",
        sentence=_("Every sign-in is logged with the type of device and the IP address."),
        measured_by=_("Sign-ins that the web tier counted are compared with sign-ins logged."),
        measures=[Measure("missing", _("sign-ins not logged"), most=0)],
        fresh_for=timedelta(hours=2),
    )
    def signins() -> Measurement:
        return Measurement({"missing": 0})

A promise without a function is unproven, and `waits_for` says what is missing; one with
`attested_by` is attested by people, because no machine can measure it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from weakref import WeakKeyDictionary

from django.utils.functional import Promise as Lazy

from seatrobot.kernel.promises.fingerprint import Sources

Text = str | Lazy
Number = int | float


class Unit(StrEnum):
    """What a measured number counts, so that a page can say it in words."""

    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that an examination measures, and between which limits the promise is kept.

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
class Measurement:
    """What an examination measured: one number for each measure, by name.

    notes: sentences on what exactly is wrong, for those who may read evidence; no Customer Data.
    """

    values: dict[str, Number]
    notes: Sequence[str] = ()


class CannotMeasure(Exception):
    """An examination cannot measure here and now; the text is the public reason."""


class NotSetUp(CannotMeasure):
    """What an examination measures is not set up here; the text also says what would set it up."""


class Readers(StrEnum):
    """Who may read the notes of the evidence; numbers are always public."""

    EVERYBODY = "everybody"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class AttestationRule:
    """Who may attest a promise, for how long at most, and how many people it takes."""

    roles: Sequence[Text]
    longest: timedelta
    people: int = 1


Examine = Callable[[], Measurement]


@dataclass(frozen=True, slots=True)
class Promise:
    """One row of the practices page.

    id: `section.name`. sentence: the public wording. measured_by: how it is measured, in public.
    fresh_for: how long evidence counts. every: how often it is examined. timeout: how long an
    examination may take. readers: who may read the notes of its evidence. attested_by: by which
    rule people attest what nothing measures. waits_for: why nothing examines it yet.
    """

    id: str
    sentence: Text
    measured_by: Text
    measures: Sequence[Measure] = ()
    fresh_for: timedelta = timedelta(hours=2)
    every: timedelta = timedelta(minutes=30)
    timeout: timedelta = timedelta(seconds=30)
    readers: Readers = Readers.STAFF
    attested_by: AttestationRule | None = None
    waits_for: Text = ""
    examine: Examine | None = field(default=None, compare=False)

    @property
    def section(self) -> str:
        return self.id.partition(".")[0]

    @property
    def is_examined(self) -> bool:
        """Whether something measures it; templates ask this, because they would call `examine`."""
        return self.examine is not None

    def check_hash(self) -> str:
        """Return a hash of what decides: the limits, and the code that measures.

        `fingerprint.py` says which code that is.
        """
        code = _fingerprint(self.examine) if self.examine else ""
        limits = [(m.name, str(m.unit), m.most, m.least) for m in self.measures]
        rule = self.attested_by and (self.attested_by.longest, self.attested_by.people)
        decides = f"{code}\n{limits}\n{rule}\n{self.fresh_for}"
        return hashlib.sha256(decides.encode()).hexdigest()

    def sentence_hash(self) -> str:
        """Return a hash of the public wording in the language it was written in."""
        from django.utils import translation

        with translation.override(None):
            return wording_hash(str(self.sentence), str(self.measured_by))


def wording_hash(sentence: str, measured_by: str) -> str:
    """Return the hash that names a wording."""
    return hashlib.sha256(f"{sentence}\n{measured_by}".encode()).hexdigest()


PROMISES: dict[str, Promise] = {}
"""Every declared promise by its identifier, in the order of declaration."""

UNREAD: set[str] = set()
"""Promises whose wording is not the one that somebody read, as this process found at its start."""

PUBLISHED: dict[str, Path] = {}
"""Files of the build that the page shows beside the promises, by what they are."""


def published_hash() -> str:
    """Return a hash of the published files as they are now; every examination signs it."""
    whole = hashlib.sha256()
    for name, file in sorted(PUBLISHED.items()):
        content = file.read_bytes() if file.exists() else b""
        whole.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return whole.hexdigest()


_fingerprints: WeakKeyDictionary[Examine, str] = WeakKeyDictionary()


def _fingerprint(examine: Examine) -> str:
    """Return the hash of the code that a function runs; all promises' are calculated at once."""
    if examine not in _fingerprints:
        sources = Sources()
        known = [row.examine for row in PROMISES.values() if row.examine]
        for each in [examine, *known]:
            if each not in _fingerprints:
                _fingerprints[each] = sources.fingerprint([each])
    return _fingerprints[examine]


def promise(  # noqa: PLR0913  the facts of a row, all by name
    id: str,  # noqa: A002  it is called so everywhere
    *,
    sentence: Text,
    measured_by: Text,
    measures: Sequence[Measure],
    fresh_for: timedelta = timedelta(hours=2),
    every: timedelta = timedelta(minutes=30),
    timeout: timedelta = timedelta(seconds=30),
    readers: Readers = Readers.STAFF,
) -> Callable[[Examine], Examine]:
    """Declare a promise that the decorated function examines."""
    if every >= fresh_for:
        raise ValueError(f"{id} would go stale between two examinations")
    row = Promise(id, sentence, measured_by, measures, fresh_for, every, timeout, readers)

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
