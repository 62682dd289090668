"""Faults of the examinations themselves: they raise, hang, return nonsense, or do not happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from seatrobot.kernel.promises.declaring import PROMISES, Measurement
from seatrobot.kernel.promises.status import State
from seatrobot.practices.faults.declaring import Instance, by_reading, by_reading_when_stale, fault

PROMISE = "confidentiality.separated"
UNPROVEN = State.UNPROVEN


@fault(PROMISE, "an examination that throws", expected=UNPROVEN)
def throws(_instance: Instance) -> Iterator[None]:
    def examine() -> Measurement:
        raise RuntimeError("seeded")

    with _examined_by(examine):
        yield


@fault(PROMISE, "an examination that hangs", expected=UNPROVEN)
def hangs(_instance: Instance) -> Iterator[None]:
    let_go = threading.Event()

    def examine() -> Measurement:
        let_go.wait(60)
        return Measurement({})

    with _examined_by(examine, timeout=timedelta(seconds=0.5)):
        yield
    let_go.set()


@fault(PROMISE, "an examination that returns nonsense", expected=UNPROVEN)
def nonsense(_instance: Instance) -> Iterator[None]:
    with _examined_by(lambda: Measurement({"tables": float("nan"), "rows": 0})):
        yield


@fault(
    PROMISE, "evidence from before its limits were loosened", expected=UNPROVEN, observe=by_reading
)
def loosened(_instance: Instance) -> Iterator[None]:
    with _examined_by(PROMISES[PROMISE].examine, fresh_for=timedelta(days=9)):
        yield


@fault(PROMISE, "a scheduler that stopped", expected=UNPROVEN, observe=by_reading_when_stale)
def stopped(instance: Instance) -> Iterator[None]:
    with instance.without("jobs"):
        yield


@fault(PROMISE, "an evidence table that is gone", expected=UNPROVEN, observe=by_reading)
def table_gone(instance: Instance) -> Iterator[None]:
    name = "ALTER TABLE {} RENAME TO {}"
    with instance.changed(
        name.format("promises_evidence", "promises_gone"),
        name.format("promises_gone", "promises_evidence"),
    ):
        yield


@contextmanager
def _examined_by(examine: Callable[[], Any] | None, **facts: Any) -> Iterator[None]:
    """Replace the function that examines the promise, as a bad build would."""
    before = PROMISES[PROMISE]
    PROMISES[PROMISE] = replace(before, examine=examine, **facts)
    try:
        yield
    finally:
        PROMISES[PROMISE] = before
