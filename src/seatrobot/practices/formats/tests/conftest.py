"""Promises of our own in each of the four states, with real evidence in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import attesting, declaring, examining, services
from seatrobot.kernel.promises.declaring import Attested, Found, Measure, Promise

Rows = dict[str, Promise]
MODULES = [
    "kernel.promises.declaring",
    "kernel.promises.reading",
    "kernel.promises.services",
    "kernel.promises.attesting",
    "practices.formats.feed",
    "practices.formats.badge",
    "practices.formats.views",
    "practices.formats.oscal.catalog",
]


@pytest.fixture
def promises(monkeypatch, instance, db) -> Rows:
    """The page's promises: none yet, and an instance whose minute begins now.

    So a document and its signature are of the same minute, whenever the test runs.
    """
    rows: Rows = {}
    ahead = timedelta(seconds=60 - now().second)
    monkeypatch.setattr("seatrobot.practices.formats.shelf.now", lambda: now() + ahead)
    for module in MODULES:
        monkeypatch.setattr(f"seatrobot.{module}.PROMISES", rows)
    return rows


@pytest.fixture
def doors(promises) -> list[int]:
    """The promise that at most one door is open; the list holds how many are."""
    count = [0]
    declare("access.doors", examine=lambda: Found({"open": count[0]}))
    return count


@pytest.fixture
def four(doors) -> list[int]:
    """A promise in each state: kept, attested, unproven, broken; the list is of `doors`."""
    declare("hosts.walls", examine=lambda: Found({"open": 3}, ["The wall to the north."]))
    declare("network.roof", waits_for="There is no roof yet.")
    asked = Attested(["Head of Doors"], timedelta(days=366))
    declare("personnel.keys", attested_by=asked)
    examine_all()
    attest("personnel.keys")
    return doors


def declare(name: str, **facts) -> Promise:
    row = Promise(
        name,
        f"{name} is <safe> & sound.",
        "Open doors are counted.",
        [Measure("open", "open doors", most=1)] if "examine" in facts else [],
        **facts,
    )
    return declaring.declare(row)


def examine_all() -> None:
    for row in declaring.PROMISES.values():
        if row.examine:
            services.examine(row, examining.inline)


def attest(name: str) -> None:
    with acting(Actor.system("tests")):
        attesting.attest(
            declaring.PROMISES[name],
            by=uuid4(),
            role="Head of Doors",
            until=now() + timedelta(days=30),
            document="ab" * 32,
        )


@pytest.fixture
def unreadable(transactional_db, superuser_connection) -> Iterator[None]:
    """An instance whose tables of evidence are gone, as far as the application can see."""
    tables = ["evidence", "change", "day", "attestation"]
    for table in tables:
        superuser_connection.execute(f"ALTER TABLE promises_{table} RENAME TO away_{table}")
    yield
    for table in tables:
        superuser_connection.execute(f"ALTER TABLE away_{table} RENAME TO promises_{table}")
