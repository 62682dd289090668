"""Which changes of state are news that somebody has to be told of."""

from __future__ import annotations

from enum import StrEnum

from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.status import State

GOOD = frozenset({State.KEPT, State.ATTESTED})


class Kind(StrEnum):
    BROKEN = "broken"
    UNPROVEN = "unproven"
    KEPT_AGAIN = "kept again"


def kind_of(before: str, state: str, *, stood_before: bool) -> Kind | None:
    """Return which news a change is, if any.

    stood_before: whether the promise had been noted in another state before `before`; one that is
    kept for the first time is no news.
    """
    if before == "":
        return None
    if state == State.BROKEN:
        return Kind.BROKEN
    if state == State.UNPROVEN:
        return Kind.UNPROVEN if before in GOOD else None
    if before in GOOD or not (before == State.BROKEN or stood_before):
        return None
    return Kind.KEPT_AGAIN


def kind_of_change(change: Change) -> Kind | None:
    """Return which news a recorded change is, given what was recorded before it."""
    earlier = Change.objects.filter(promise=change.promise, number__lt=change.number)
    first = earlier.order_by("-number").values_list("before", flat=True).first()
    return kind_of(change.before, change.state, stood_before=bool(first))


def is_news(change: Change) -> bool:
    return kind_of_change(change) is not None
