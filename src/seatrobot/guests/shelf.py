"""Where opened guest lists stay between requests: a bounded number of guests, for minutes.

Only `directory.open_list` reaches in here, after it has asked for permission and for the keys.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from seatrobot.guests.directory import Directory

MOST_GUESTS = 50_000
LONGEST_UNUSED = 300.0
"""Seconds after which a list that nobody looks at is forgotten."""

Place = tuple[UUID, UUID]
"""Organization and event."""


class Kept(NamedTuple):
    """oldest: the oldest transaction that was open when the list was read."""

    directory: Directory
    oldest: str


_lists: OrderedDict[Place, tuple[Kept, float]] = OrderedDict()
_lock = Lock()


def take(place: Place) -> Kept | None:
    with _lock:
        _forget(time.monotonic() - LONGEST_UNUSED)
        found = _lists.get(place)
        return found[0] if found else None


def put(place: Place, kept: Kept) -> None:
    """Keep a list; the lists used longest ago make room for it, a single one always fits."""
    with _lock:
        _lists[place] = (kept, time.monotonic())
        _lists.move_to_end(place)
        total = sum(len(entry.directory) for entry, _used in _lists.values())
        while total > MOST_GUESTS and len(_lists) > 1:
            _place, (entry, _used) = _lists.popitem(last=False)
            total -= len(entry.directory)


def drop(place: Place) -> None:
    with _lock:
        _lists.pop(place, None)


def clear() -> None:
    with _lock:
        _lists.clear()


def _forget(before: float) -> None:
    while _lists and next(iter(_lists.values()))[1] < before:
        _lists.popitem(last=False)
