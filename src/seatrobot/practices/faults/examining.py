"""What must be noticed when an examination itself goes wrong, or none takes place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from seatrobot.kernel.promises.declaring import PROMISES, Found
from seatrobot.kernel.promises.standing import State
from seatrobot.practices.faults.declaring import Instance, fault, viewed, viewed_when_stale

PROMISE = "confidentiality.separated"
UNPROVEN = State.UNPROVEN


@fault(PROMISE, "an examination that throws", turns=UNPROVEN)
def throws(_instance: Instance) -> Iterator[None]:
    def examine() -> Found:
        raise RuntimeError("seeded")

    with _examined_by(examine):
        yield


@fault(PROMISE, "an examination that hangs", turns=UNPROVEN)
def hangs(_instance: Instance) -> Iterator[None]:
    let_go = threading.Event()

    def examine() -> Found:
        let_go.wait(60)
        return Found({})

    with _examined_by(examine, patience=timedelta(seconds=0.5)):
        yield
    let_go.set()


@fault(PROMISE, "an examination that returns nonsense", turns=UNPROVEN)
def nonsense(_instance: Instance) -> Iterator[None]:
    with _examined_by(lambda: Found({"tables": float("nan"), "rows": 0})):
        yield


@fault(PROMISE, "evidence from before its limits were loosened", turns=UNPROVEN, look=viewed)
def loosened(_instance: Instance) -> Iterator[None]:
    with _examined_by(PROMISES[PROMISE].examine, fresh_for=timedelta(days=9)):
        yield


@fault(PROMISE, "a scheduler that stopped", turns=UNPROVEN, look=viewed_when_stale)
def stopped(instance: Instance) -> Iterator[None]:
    with instance.without("jobs"):
        yield


@fault(PROMISE, "an evidence table that is gone", turns=UNPROVEN, look=viewed)
def table_gone(instance: Instance) -> Iterator[None]:
    name = "ALTER TABLE {} RENAME TO {}"
    with instance.changed(
        name.format("promises_evidence", "promises_gone"),
        name.format("promises_gone", "promises_evidence"),
    ):
        yield


@contextmanager
def _examined_by(examine: Callable[[], Any] | None, **facts: Any) -> Iterator[None]:
    """Have the promise examined by another function, as a bad build would."""
    before = PROMISES[PROMISE]
    PROMISES[PROMISE] = replace(before, examine=examine, **facts)
    try:
        yield
    finally:
        PROMISES[PROMISE] = before
