"""The form of `practices.json` and its schema; `docs/practices-formats.md` explains every key."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from seatrobot.kernel.promises.declaring import Number, Unit
from seatrobot.kernel.promises.status import Cause, State

FORMAT: Final = "seatrobot-practices/1"


class Measurement(msgspec.Struct, forbid_unknown_fields=True):
    """A measured number and its limits. value: null when nothing was measured."""

    name: str
    label: str
    unit: Unit
    value: Number | None
    most: Number | None
    least: Number | None
    within: bool | None


class Evidence(msgspec.Struct, forbid_unknown_fields=True):
    """The newest examination. sha256: of its signed statement, as `journal` entry holds it."""

    id: str
    sha256: str | None
    journal: str
    code: str
    check: str
    took: float
    failure: str


class AttestedBy(msgspec.Struct, forbid_unknown_fields=True):
    """What a person in a role attested. document: SHA-256 of what was seen, or empty."""

    id: str
    role: str
    at: str
    until: str
    document: str
    note: str


class Days(msgspec.Struct, forbid_unknown_fields=True):
    """The last ninety days (UTC), the oldest first; null: no record of that day."""

    first: str
    states: list[State | None]


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """A promise.

    reason: why it is not kept. cause: of one that is unproven. until: when it is unproven unless
    seen again.
    """

    id: str
    section: str
    sentence: str
    measured_by: str
    state: State
    reason: str
    cause: Cause | None
    at: str | None
    until: str | None
    measurements: list[Measurement]
    evidence: Evidence | None
    attestation: AttestedBy | None
    last_kept: str | None
    days: Days | None
    link: str
    badge: str


class Summary(msgspec.Struct, forbid_unknown_fields=True):
    promises: int
    kept: int
    attested: int
    unproven: int
    broken: int


class Faults(msgspec.Struct, forbid_unknown_fields=True):
    """Faults seeded on purpose, and noticed. current: with the checks as they are now."""

    detected: int
    seeded: int
    at: str
    current: bool


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """A section of the page, in its order."""

    id: str
    title: str


class Practices(msgspec.Struct, forbid_unknown_fields=True):
    """The whole document. code: version of the program. signature: of exactly these bytes.

    max_age: seconds after `at` from which on this document is too old to count. silence: what of
    this service has stood still for longer than that. head: the newest head of the journal with
    its cosignatures (docs/journal.md); null: none yet.
    """

    format: Literal["seatrobot-practices/1"]
    at: str
    max_age: int
    silence: list[str]
    operator: str
    code: str
    link: str
    self: str
    signature: str
    key: str
    head: str | None
    summary: Summary
    faults: Faults | None
    sections: list[Place]
    promises: list[Row]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the document, as `docs/practices.schema.json` has it."""
    return msgspec.json.schema(Practices, schema_hook=_choices)


def _choices(kind: type) -> dict[str, Any]:
    assert issubclass(kind, State)
    return {"enum": list(kind.values)}
