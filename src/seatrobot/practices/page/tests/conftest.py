"""Promises of the page, examined as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import services
from seatrobot.kernel.promises.declaring import PROMISES, Measure, Measurement, Promise, Unit
from seatrobot.kernel.promises.tests.running import inline

DAY = 86400
OLDEST = Measure("oldest", "oldest backup", Unit.SECONDS, most=14 * DAY)

Examined = Callable[..., Promise]


@pytest.fixture
def examined(monkeypatch) -> Examined:
    """Have a promise examined so long ago; what it finds is a number or an exception."""

    def examine(
        name: str = "retention.backups",
        found: Any = 9 * DAY + 4 * 3600,
        ago: timedelta = timedelta(),
        measure: Measure = OLDEST,
        notes: list[str] | None = None,
        **facts: Any,
    ) -> Promise:
        def measure_() -> Measurement:
            if isinstance(found, Exception):
                raise found
            return Measurement({measure.name: found}, notes or [])

        row = replace(PROMISES[name], measures=[measure], examine=measure_, waits_for="", **facts)
        monkeypatch.setitem(PROMISES, name, row)
        with monkeypatch.context() as patch:
            patch.setattr(services, "now", lambda: now() - ago)
            services.examine(row, inline)
        return row

    return examine


@pytest.fixture
def client() -> Iterator[Client]:
    """Somebody who was never here."""
    return Client()


@pytest.fixture
def page(client) -> Callable[..., str]:
    """Open the page as anybody may."""

    def open_page(query: str = "") -> str:
        answer = client.get(f"/practices/{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return open_page
