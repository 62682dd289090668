"""Places of an activity: counted under one lock, by every path that takes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Activity
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.refusal import Refused


class CapacityExceeded(Refused):
    """Fewer places are free than are wanted; facts: free, wanted."""


def reserve(activity: Activity, places: int = 1, *, overbook: bool = False) -> None:
    """Make sure that so many places are free, and that nobody takes them before the commit.

    overbook: somebody has said that the activity may have more guests than places. Lock the rows
    of guests after this and not before it, or two transactions may wait for each other.
    """
    capacity = _capacity(activity)
    if capacity and not overbook and places > (free := max(capacity - taken(activity), 0)):
        raise CapacityExceeded(_sentence(free, places), free=free, wanted=places)


@contextmanager
def check_capacity(activity: Activity, *, overbook: bool = False) -> Iterator[None]:
    """Do something to many guests that together may not take more places than are free.

    Raises CapacityExceeded at the end, for the transaction around to be rolled back.
    """
    capacity = _capacity(activity)
    before = taken(activity) if capacity and not overbook else 0
    yield
    if not capacity or overbook:
        return
    wanted = taken(activity) - before
    if wanted > (free := max(capacity - before, 0)):
        raise CapacityExceeded(_sentence(free, wanted), free=free, wanted=wanted)


def taken(activity: Activity) -> int:
    """Return how many places are taken; everybody on the list is expected at each activity."""
    return Guest.objects.filter(event_id=activity.event_id, status__in=TAKES_PLACE).count()


def lacking(activity: Activity, places: int) -> int:
    """Return how many places an import would take beyond those that are free; 0 without a limit."""
    if not activity.capacity or places <= 0:
        return 0
    return max(places - max(activity.capacity - taken(activity), 0), 0)


def lock_list(event_id: UUID) -> Activity:
    """Let one transaction at a time add to an event's list or take from it.

    Returns the activity that every event has, for `reserve` and `check_capacity`.
    """
    return Activity.objects.select_for_update(no_key=True).get(event_id=event_id, position=0)


def _capacity(activity: Activity) -> int:
    """Let one transaction at a time take places of an activity; return its capacity."""
    rows = Activity.objects.select_for_update(no_key=True).filter(pk=activity.pk)
    return rows.values_list("capacity", flat=True).get()


def _sentence(free: int, wanted: int) -> str:
    if not free:
        return _("Every place is taken; only overbooking adds more.")
    return ngettext(
        "Only %(free)s place is free and %(wanted)s are wanted; only overbooking adds more.",
        "Only %(free)s places are free and %(wanted)s are wanted; only overbooking adds more.",
        free,
    ) % {"free": free, "wanted": wanted}
