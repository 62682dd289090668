"""Declaring a fault that is seeded into a running instance to prove that a check can fail.

    @fault("confidentiality.separated", "drop a policy")
    def drop_policy(instance):
        with instance.changed(DROP, RESTORE):
            yield

A fault breaks something real up to its `yield` and repairs it after. The promise it names must be
broken, or unproven, at its next examination, and kept again after the repair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.status import State

SCHEDULER = timedelta(minutes=1)
"""How often the scheduler checks whether a promise is due."""


class Instance(Protocol):
    """What a fault may do to the running instance, besides what its own process can do."""

    data: Path

    def run(self, statement: str) -> None:
        """Run SQL as superuser, past triggers and policies."""

    def changed(self, fault: str, repair: str) -> AbstractContextManager[None]:
        """Run SQL as superuser, and other SQL at the end."""

    def patched_web(self, name: str, expression: str) -> AbstractContextManager[None]:
        """Replace `module.attribute` in the web server, as a bad build would."""

    def routed_web(self, path: str, view: str) -> AbstractContextManager[None]:
        """Add an address to the running web server, with a view that nothing guards."""

    def until_reported(self) -> None:
        """Wait until the web server has said anew which code and addresses it has."""

    def started_web(self, name: str, expression: str) -> AbstractContextManager[None]:
        """Start the web server anew with another `module.attribute`, as a bad build would."""

    def with_certificate(self, days: int) -> AbstractContextManager[None]:
        """Have the web server use a certificate that is valid for so many days, past its guard."""

    def with_half_a_certificate(self) -> AbstractContextManager[None]:
        """Leave half a certificate where the web server looks for a new one."""

    def without(self, part: str) -> AbstractContextManager[None]:
        """Stop a part (web, jobs) and keep it from starting again."""

    def patched(self, name: str, value: object) -> AbstractContextManager[None]:
        """Replace `module.attribute` in the examining process, as a bad build would."""

    def sign_in(self) -> None:
        """Sign somebody in over HTTP."""


Seed = Callable[[Any], Iterator[None]]
Observe = Callable[[Promise], State]


@dataclass(frozen=True, slots=True)
class Fault:
    """expected: the states that count as detected. observe: how the state is determined."""

    promise: str
    name: str
    expected: tuple[State, ...]
    observe: Observe
    function: Seed

    @property
    def seed(self) -> Callable[[Any], AbstractContextManager[None]]:
        return contextmanager(self.function)

    @property
    def within(self) -> timedelta:
        """The longest time until it is detected on a running instance."""
        row = PROMISES[self.promise]
        if self.observe is not by_examination:
            return row.fresh_for
        return row.every + SCHEDULER + row.timeout


FAULTS: list[Fault] = []
"""Every declared fault, in the order of declaration, once `score.load` was called."""


def by_examination(promise: Promise) -> State:
    """Examine now, as the scheduler will when it is due."""
    services.examine(PROMISES[promise.id])
    return reading.read_status(promise).state


def by_reading(promise: Promise) -> State:
    """Read the stored evidence, as the page does."""
    return next(row.state for row in reading.statuses() if row.promise.id == promise.id)


def by_reading_when_stale(promise: Promise) -> State:
    """Read the stored evidence a moment after it is too old, as the page will."""
    moment = now() + promise.fresh_for + timedelta(seconds=1)
    return next(row.state for row in reading.statuses(moment) if row.promise.id == promise.id)


def fault(
    promise: str,
    name: str,
    *,
    expected: State | tuple[State, ...] = State.BROKEN,
    observe: Observe = by_examination,
) -> Callable[[Seed], Seed]:
    """Declare a fault; the function seeds it before its only `yield` and repairs it after."""

    def register(seed: Seed) -> Seed:
        states = (expected,) if isinstance(expected, State) else expected
        FAULTS.append(Fault(promise, name, states, observe, seed))
        return seed

    return register
