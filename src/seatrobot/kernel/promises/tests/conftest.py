"""Promises of our own, in place of those of the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from seatrobot.kernel.promises import declaring
from seatrobot.kernel.promises.declaring import Attested, Found, Measure, Promise

Row = Callable[..., Promise]


@pytest.fixture
def promises(monkeypatch) -> dict[str, Promise]:
    """The page's promises: none yet."""
    rows: dict[str, Promise] = {}
    for module in ("declaring", "reading", "services", "attesting"):
        monkeypatch.setattr(f"seatrobot.kernel.promises.{module}.PROMISES", rows, raising=True)
    return rows


@pytest.fixture
def row(promises) -> Row:
    """Declare a promise that an examination keeps, unless told otherwise."""

    def make(examine: Callable[[], Any] | None = None, **facts: Any) -> Promise:
        options: dict[str, Any] = {
            "sentence": "Doors are closed.",
            "measured_by": "Open doors are counted.",
            "measures": [Measure("open", "open doors", most=0)],
            "fresh_for": timedelta(hours=2),
            "examine": examine or (lambda: Found({"open": 0})),
        } | facts
        return declaring.declare(Promise("doors.closed", **options))

    return make


@pytest.fixture
def attested_row(promises) -> Row:
    """Declare a promise that people attest."""

    def make(people: int = 1) -> Promise:
        asked = Attested(["Head of Doors"], timedelta(days=366), people)
        return declaring.declare(
            Promise("doors.checked", "Doors are checked.", "By hand.", attested_by=asked)
        )

    return make
