"""What this process keeps in memory of organizations, and that it goes when their keys are gone.

A module that keeps something registers it (`register`) and says when it has put something there
(`touch`). While anything is kept, a timer drops every half minute what belongs to an organization
without keys. `held` tells what is still kept of one: the examiner asks each process for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock, Timer
from uuid import UUID
from weakref import WeakSet

EVERY_SECONDS = 30.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cache:
    """owners: whose data it holds at this moment. drop: forgets all of one organization."""

    name: str
    owners: Callable[[], Iterable[UUID]]
    drop: Callable[[UUID], None]


_caches: dict[str, Cache] = {}
_is_alive: list[Callable[[UUID], bool]] = []
_lock = Lock()
_timer: Timer | None = None
_started: WeakSet[Timer] = WeakSet()


def register(name: str, owners: Callable[[], Iterable[UUID]], drop: Callable[[UUID], None]) -> None:
    """Have a cache looked after; under the name of an earlier one it takes its place."""
    _caches[name] = Cache(name, owners, drop)


def ask_by(is_alive: Callable[[UUID], bool]) -> None:
    """Say how it is found out whether an organization has keys; the vault does."""
    _is_alive[:] = [is_alive]


def names() -> list[str]:
    """Return what is looked after."""
    return sorted(_caches)


def held(organization_id: UUID) -> list[str]:
    """Return the caches of this process that hold something of an organization."""
    return [name for name, each in sorted(_caches.items()) if organization_id in {*each.owners()}]


def drop_deleted() -> None:
    """Forget everything of organizations that have no keys; one that fails stops no other."""
    for cache in list(_caches.values()):
        for organization_id in {*cache.owners()}:
            try:
                if not all(ask(organization_id) for ask in _is_alive):
                    cache.drop(organization_id)
            except Exception:
                log.exception(
                    "The cache %s of %s was not looked after", cache.name, organization_id
                )


def touch() -> None:
    """Have the timer look again; something was kept just now."""
    global _timer  # noqa: PLW0603  one timer for a process
    with _lock:
        if _timer is None:
            _timer = Timer(EVERY_SECONDS, _tick)
            _timer.daemon, _timer.name = True, "caches"
            _started.add(_timer)
            _timer.start()


def threads() -> set[int]:
    """Return the threads of the timer, which goes on for as long as anything is kept."""
    with _lock:
        return {each.ident for each in _started if each.ident is not None and each.is_alive()}


def _tick() -> None:
    global _timer  # noqa: PLW0603  one timer for a process
    with _lock:
        _timer = None
    try:
        drop_deleted()
    finally:
        if any(True for cache in list(_caches.values()) for _owner in cache.owners()):
            touch()
