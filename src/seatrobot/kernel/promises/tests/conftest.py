"""Promises of our own, in place of those of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from seatrobot.kernel.promises import declaring
from seatrobot.kernel.promises.declaring import AttestationRule, Measure, Measurement, Promise
from seatrobot.kernel.promises.tests.running import no_promises

Row = Callable[..., Promise]


@pytest.fixture
def promises() -> Iterator[dict[str, Promise]]:
    """The page's promises: none yet."""
    with no_promises() as rows:
        yield rows


@pytest.fixture
def row(promises) -> Row:
    """Declare a promise that an examination keeps, unless told otherwise."""

    def make(examine: Callable[[], Any] | None = None, **facts: Any) -> Promise:
        options: dict[str, Any] = {
            "sentence": "Doors are closed.",
            "measured_by": "Open doors are counted.",
            "measures": [Measure("open", "open doors", most=0)],
            "fresh_for": timedelta(hours=2),
            "examine": examine or (lambda: Measurement({"open": 0})),
        } | facts
        return declaring.declare(Promise("doors.closed", **options))

    return make


@pytest.fixture
def attested_row(promises) -> Row:
    """Declare a promise that people attest."""

    def make(people: int = 1) -> Promise:
        rule = AttestationRule(["Head of Doors"], timedelta(days=366), people)
        return declaring.declare(
            Promise("doors.checked", "Doors are checked.", "By hand.", attested_by=rule)
        )

    return make
