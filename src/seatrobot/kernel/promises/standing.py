"""In which state a promise is, computed from its statements and the present moment, never set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.kernel.promises.declaring import Number, Promise
from seatrobot.kernel.promises.models import Attestation, Examination

CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far ahead of our clock evidence may be dated by another process."""


class State(models.TextChoices):
    """The four states; the order is from the best to the worst."""

    KEPT = "kept", gettext_lazy("kept")
    ATTESTED = "attested", gettext_lazy("attested")
    UNPROVEN = "unproven", gettext_lazy("unproven")
    BROKEN = "broken", gettext_lazy("broken")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is stored of a promise, read and verified.

    forged: there is a statement, but it does not bear our signature. attestations: those with
    enough people behind them, the newest first. unavailable: the evidence could not be read.
    """

    examination: Examination | None = None
    forged: bool = False
    attestations: Sequence[Attestation] = ()
    unavailable: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A promise at a moment.

    reason: one sentence on why it is not kept; empty when it is. at: when it was examined or
    attested last. measurements: what was found, even when too old to count. unavailable: the
    evidence could not be read, which says nothing about the promise.
    """

    promise: Promise
    state: State
    reason: str = ""
    at: datetime | None = None
    until: datetime | None = None
    measurements: Mapping[str, Number] = field(default_factory=dict)
    examination: Examination | None = None
    attestation: Attestation | None = None
    unavailable: bool = False


def standing(promise: Promise, seen: Seen, moment: datetime) -> Standing:
    """Return the state of a promise; whatever is not known for sure is unproven."""
    if seen.unavailable:
        reason = _("The evidence cannot be read just now.")
        return Standing(promise, State.UNPROVEN, reason, unavailable=True)
    if promise.examine is not None:
        return _examined(promise, seen, moment)
    if promise.attested_by is not None:
        return _attested(promise, seen, moment)
    return Standing(promise, State.UNPROVEN, str(promise.waits_for))


def outside(promise: Promise, measurements: Mapping[str, Number]) -> list[str]:
    """Return the names of the measures that are outside their limits."""
    return [m.name for m in promise.measures if not m.holds(measurements[m.name])]


def nonsense(promise: Promise, measurements: object) -> str:
    """Return what is wrong with what an examination returned, or nothing."""
    wanted = {measure.name for measure in promise.measures}
    if not isinstance(measurements, Mapping) or measurements.keys() != wanted:
        return _("The examination returned other measurements than it declares.")
    for value in measurements.values():
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            return _("The examination returned something that is not a number.")
    return ""


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")  # noqa: PLR0124  a number unlike itself is NaN


def _examined(promise: Promise, seen: Seen, moment: datetime) -> Standing:
    found = seen.examination
    if seen.forged:
        reason = _("The last evidence does not bear our signature.")
        return Standing(promise, State.UNPROVEN, reason)
    if found is None:
        return Standing(promise, State.UNPROVEN, _("Nothing has measured it yet."))
    at = datetime.fromisoformat(found.at)
    state, reason = _judge(promise, found, moment - at)
    return Standing(
        promise,
        state,
        reason,
        at=at,
        until=at + promise.fresh_for,
        measurements=found.measurements,
        examination=found,
    )


def _judge(promise: Promise, found: Examination, age: timedelta) -> tuple[State, str]:
    """Judge evidence of an age. One outside its limits stays so until something else is found.

    What another version of the check found proves nothing, whatever limits it had.
    """
    if age < -CLOCK_TOLERANCE:
        return State.UNPROVEN, _("The evidence is dated in the future: a clock was wrong.")
    changed = "" if found.check == promise.check_hash() else _("The check has changed since.")
    if wrong := found.failure or nonsense(promise, found.measurements):
        return State.UNPROVEN, changed or wrong
    if outside(promise, found.measurements):
        return State.BROKEN, _("It was measured, and is outside its limit.")
    if changed:
        return State.UNPROVEN, changed
    if age > promise.fresh_for:
        return State.UNPROVEN, _("The evidence is too old: nothing has measured it since.")
    return State.KEPT, ""


def _attested(promise: Promise, seen: Seen, moment: datetime) -> Standing:
    if seen.forged and not seen.attestations:
        reason = _("The attestation does not bear our signature.")
        return Standing(promise, State.UNPROVEN, reason)
    if not seen.attestations:
        return Standing(promise, State.UNPROVEN, _("Nobody has attested it yet."))
    newest = seen.attestations[0]
    at, until = datetime.fromisoformat(newest.at), datetime.fromisoformat(newest.until)
    state, reason = State.ATTESTED, ""
    if at > moment + CLOCK_TOLERANCE:
        state, reason = State.UNPROVEN, _("The attestation is dated in the future.")
    elif until <= moment:
        state, reason = State.UNPROVEN, _("The attestation has expired.")
    return Standing(promise, state, reason, at=at, until=until, attestation=newest)
