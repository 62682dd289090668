"""The state of a promise, computed from signed statements and the time; it is never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.kernel.promises.declaring import UNREAD, Number, Promise
from seatrobot.kernel.promises.models import Attestation, Examination

CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far in the future evidence of another process may be dated."""


class State(models.TextChoices):
    """The four states; the order is from the best to the worst."""

    KEPT = "kept", gettext_lazy("kept")
    ATTESTED = "attested", gettext_lazy("attested")
    UNPROVEN = "unproven", gettext_lazy("unproven")
    BROKEN = "broken", gettext_lazy("broken")


class Cause(StrEnum):
    """Why a promise is unproven, for machines; `reason` says it to people."""

    NOT_BUILT = "not-built"
    NOT_EXAMINED = "not-examined"
    NOT_SET_UP = "not-set-up"
    NOT_ATTESTED = "not-attested"
    NOT_MEASURABLE = "not-measurable"
    TOO_OLD = "too-old"
    CHECK_CHANGED = "check-changed"
    WORDING_CHANGED = "wording-changed"
    UNREADABLE = "unreadable"
    FORGED = "forged"
    CLOCK = "clock"


ALARMS = frozenset({Cause.FORGED, Cause.CLOCK})
"""Causes that are none of time or of setting up: somebody has to look."""


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """What is stored of a promise, read and verified.

    forged: there is a statement without a valid signature. attestations: those that enough people
    have signed, the newest first. unavailable: the evidence could not be read.
    """

    examination: Examination | None = None
    forged: bool = False
    attestations: Sequence[Attestation] = ()
    unavailable: bool = False


@dataclass(frozen=True, slots=True)
class PromiseStatus:
    """The state of a promise at a moment.

    reason: one sentence on why it is not kept; empty when it is. cause: of one that is unproven.
    at: when it was last examined or attested. measurements: the last ones, even when too old to
    count. unavailable: the evidence could not be read, which says nothing about the promise.
    """

    promise: Promise
    state: State
    reason: str = ""
    cause: Cause | None = None
    at: datetime | None = None
    until: datetime | None = None
    measurements: Mapping[str, Number] = field(default_factory=dict)
    examination: Examination | None = None
    attestation: Attestation | None = None
    unavailable: bool = False

    @property
    def is_alarm(self) -> bool:
        """Whether it is unproven because something was forged or a clock was wrong."""
        return self.cause in ALARMS


def status_of(promise: Promise, stored: StoredEvidence, moment: datetime) -> PromiseStatus:
    """Return the state of a promise; what is not known for certain is unproven.

    What was measured or attested proves nothing of a sentence that nobody read beside its check, or
    that is another one than the evidence was signed for.
    """
    status = _proven(promise, stored, moment)
    found = status.examination
    is_other = found is not None and found.wording not in {"", promise.sentence_hash()}
    if status.state in {State.KEPT, State.ATTESTED} and (promise.id in UNREAD or is_other):
        reason = _("Its wording has changed since somebody read it.")
        cause = Cause.WORDING_CHANGED
        return replace(status, state=State.UNPROVEN, reason=reason, cause=cause)
    return status


def _proven(promise: Promise, stored: StoredEvidence, moment: datetime) -> PromiseStatus:
    if stored.unavailable:
        reason = _("The evidence cannot be read just now.")
        return PromiseStatus(promise, State.UNPROVEN, reason, Cause.UNREADABLE, unavailable=True)
    if promise.examine is not None:
        return _examined(promise, stored, moment)
    if promise.attested_by is not None:
        return _attested(promise, stored, moment)
    return PromiseStatus(promise, State.UNPROVEN, str(promise.waits_for), Cause.NOT_BUILT)


def outside_limits(promise: Promise, measurements: Mapping[str, Number]) -> list[str]:
    """Return the names of the measures that are outside their limits."""
    return [m.name for m in promise.measures if not m.holds(measurements[m.name])]


def invalid_measurements(promise: Promise, measurements: object) -> str:
    """Return what is wrong with what an examination returned; empty when it is valid."""
    wanted = {measure.name for measure in promise.measures}
    if not isinstance(measurements, Mapping) or measurements.keys() != wanted:
        return _("The examination returned other measurements than it declares.")
    for value in measurements.values():
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            return _("The examination returned something that is not a number.")
    return ""


def _finite(value: float) -> bool:
    return value == value and abs(value) != float("inf")  # noqa: PLR0124  a number unlike itself is NaN


def _examined(promise: Promise, stored: StoredEvidence, moment: datetime) -> PromiseStatus:
    found = stored.examination
    if stored.forged:
        reason = _("The last evidence does not bear our signature.")
        return PromiseStatus(promise, State.UNPROVEN, reason, Cause.FORGED)
    if found is None:
        reason = _("Nothing has measured it yet.")
        return PromiseStatus(promise, State.UNPROVEN, reason, Cause.NOT_EXAMINED)
    at = datetime.fromisoformat(found.at)
    state, reason, cause = _judge(promise, found, moment - at)
    return PromiseStatus(
        promise,
        state,
        reason,
        cause,
        at=at,
        until=at + promise.fresh_for,
        measurements=found.measurements,
        examination=found,
    )


def _judge(promise: Promise, found: Examination, age: timedelta) -> tuple[State, str, Cause | None]:
    """Return the state that evidence of an age gives, the reason, and the cause.

    A promise found outside its limits stays broken until another examination. Evidence of another
    version of the check proves nothing, whatever limits that version had.
    """
    if age < -CLOCK_TOLERANCE:
        reason = _("The evidence is dated in the future: a clock was wrong.")
        return State.UNPROVEN, reason, Cause.CLOCK
    is_same = found.check == promise.check_hash()
    changed = "" if is_same else _("The check has changed since.")
    ended = None if is_same else Cause.CHECK_CHANGED
    if wrong := found.failure or invalid_measurements(promise, found.measurements):
        cause = Cause.NOT_SET_UP if found.not_set_up else Cause.NOT_MEASURABLE
        return State.UNPROVEN, changed or wrong, ended or cause
    if outside_limits(promise, found.measurements):
        return State.BROKEN, _("It was measured, and is outside its limit."), None
    if changed:
        return State.UNPROVEN, changed, ended
    if age > promise.fresh_for:
        reason = _("The evidence is too old: nothing has measured it since.")
        return State.UNPROVEN, reason, Cause.TOO_OLD
    return State.KEPT, "", None


def _attested(promise: Promise, stored: StoredEvidence, moment: datetime) -> PromiseStatus:
    if stored.forged:
        reason = _("An attestation was forged: nobody who may attest has signed it.")
        return PromiseStatus(promise, State.UNPROVEN, reason, Cause.FORGED)
    if not stored.attestations:
        reason = _("Nobody has attested it yet.")
        return PromiseStatus(promise, State.UNPROVEN, reason, Cause.NOT_ATTESTED)
    newest = stored.attestations[0]
    at, until = datetime.fromisoformat(newest.at), datetime.fromisoformat(newest.until)
    state, reason, cause = State.ATTESTED, "", None
    if at > moment + CLOCK_TOLERANCE:
        reason, cause = _("The attestation is dated in the future."), Cause.CLOCK
    elif until <= moment:
        reason, cause = _("The attestation has expired."), Cause.TOO_OLD
    if cause:
        state = State.UNPROVEN
    return PromiseStatus(promise, state, reason, cause, at=at, until=until, attestation=newest)
