"""Promises of our own in each of the four states, with real evidence in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import attesting, declaring, services
from seatrobot.kernel.promises.declaring import AttestationRule, Measure, Measurement, Promise
from seatrobot.kernel.promises.tests.running import inline, no_promises
from seatrobot.practices.faults.passkey import SoftPasskey

Rows = dict[str, Promise]


@pytest.fixture
def promises(monkeypatch, instance, db) -> Iterator[Rows]:
    """The page's promises: none yet, and an instance whose minute begins now.

    So a document and its signature are of the same minute, whenever the test runs.
    """
    ahead = timedelta(seconds=60 - now().second)
    monkeypatch.setattr("seatrobot.practices.formats.editions.now", lambda: now() + ahead)
    with no_promises() as rows:
        yield rows


@pytest.fixture
def doors(promises) -> list[int]:
    """The promise that at most one door is open; the list holds how many are."""
    count = [0]
    declare("access.doors", examine=lambda: Measurement({"open": count[0]}))
    return count


@pytest.fixture
def four(doors) -> list[int]:
    """A promise in each state: kept, attested, unproven, broken; the list is of `doors`."""
    declare("hosts.walls", examine=lambda: Measurement({"open": 3}, ["The wall to the north."]))
    declare("network.roof", waits_for="There is no roof yet.")
    asked = AttestationRule(["Head of Doors"], timedelta(days=366))
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
            services.examine(row, inline)


def attest(name: str) -> None:
    with acting(Actor.system("tests")):
        facts = attesting.statement_of(
            declaring.PROMISES[name],
            role="Head of Doors",
            until=now() + timedelta(days=30),
            document="ab" * 32,
        )
        attesting.record(SoftPasskey().enrol().sign(facts))


@pytest.fixture
def unreadable(transactional_db, superuser_connection) -> Iterator[None]:
    """An instance whose tables of evidence are gone, as far as the application can see."""
    tables = ["evidence", "change", "day", "attestation"]
    for table in tables:
        superuser_connection.execute(f"ALTER TABLE promises_{table} RENAME TO away_{table}")
    yield
    for table in tables:
        superuser_connection.execute(f"ALTER TABLE away_{table} RENAME TO promises_{table}")
