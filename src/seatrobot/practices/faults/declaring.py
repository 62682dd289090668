"""Faults that are seeded into a running instance to see that an examination can fail.

    @fault("confidentiality.separated", "drop a policy")
    def drop_policy(instance):
        with instance.changed(DROP, MEND):
            yield

A fault breaks something for real while it is open and mends it at the end. The promise it names
must then turn broken, or unproven, at its next examination; and be kept again when it is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.standing import State

SCHEDULER = timedelta(minutes=1)
"""How often it is looked whether a promise is due."""


class Instance(Protocol):
    """What a fault may do to the instance that runs, on top of what its own process can."""

    data: Path

    def run(self, statement: str) -> None:
        """Run SQL as superuser, past triggers and policies."""

    def changed(self, fault: str, mend: str) -> AbstractContextManager[None]:
        """Run SQL as superuser, and other SQL at the end."""

    def rebuilt(self, name: str, expression: str) -> AbstractContextManager[None]:
        """Replace `module.attribute` in the web server, as a bad build would have it."""

    def certified(self, days: int) -> AbstractContextManager[None]:
        """Have the web server use a certificate that is valid for so many days more."""

    def without(self, part: str) -> AbstractContextManager[None]:
        """Stop a part (web, jobs) and keep it from starting again."""

    def patched(self, name: str, value: object) -> AbstractContextManager[None]:
        """Replace `module.attribute` in the examining process, as a bad build would."""

    def sign_in(self) -> None:
        """Sign somebody in over HTTP."""


Seed = Callable[[Any], Iterator[None]]
Look = Callable[[Promise], State]


@dataclass(frozen=True, slots=True)
class Fault:
    """turns: the states that count as detected. look: how one would see it."""

    promise: str
    name: str
    turns: tuple[State, ...]
    look: Look
    seed: Callable[[Any], AbstractContextManager[None]]

    @property
    def within(self) -> timedelta:
        """How long it takes at most until an examination sees it on a running instance."""
        row = PROMISES[self.promise]
        if self.look is not examined:
            return row.fresh_for
        return row.every + SCHEDULER + row.patience


FAULTS: list[Fault] = []
"""Every declared fault, by section and in the order of declaration, once `load` was called."""


def examined(promise: Promise) -> State:
    """Examine now, as the scheduler will when it is due."""
    services.examine(PROMISES[promise.id])
    return reading.standing_of(promise).state


def viewed(promise: Promise) -> State:
    """Look at what there is, as the page does."""
    return next(row.state for row in reading.standings() if row.promise.id == promise.id)


def viewed_when_stale(promise: Promise) -> State:
    """Look at what there is a moment after it is too old, as the page will."""
    moment = now() + promise.fresh_for + timedelta(seconds=1)
    return next(row.state for row in reading.standings(moment) if row.promise.id == promise.id)


def fault(
    promise: str,
    name: str,
    *,
    turns: State | tuple[State, ...] = State.BROKEN,
    look: Look = examined,
) -> Callable[[Seed], Seed]:
    """Declare a fault; the function seeds it before its only `yield` and mends it after."""

    def register(seed: Seed) -> Seed:
        states = (turns,) if isinstance(turns, State) else turns
        FAULTS.append(Fault(promise, name, states, look, contextmanager(seed)))
        return seed

    return register


def load() -> list[Fault]:
    """Import every section's faults and those of the examinations themselves."""
    from seatrobot.practices.sections import SECTIONS

    for section in SECTIONS:
        name = f"seatrobot.practices.{section.id}.faults"
        if find_spec(name):
            import_module(name)
    import_module("seatrobot.practices.faults.examining")
    return FAULTS
