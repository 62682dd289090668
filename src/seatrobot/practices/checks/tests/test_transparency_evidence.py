"""Whoever puts evidence in, changes it or takes it away is found out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises import attesting, services
from seatrobot.kernel.promises.declaring import (
    PROMISES,
    AttestationRule,
    CannotMeasure,
    Measure,
    Measurement,
    Promise,
)
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.practices.checks import transparency
from seatrobot.practices.faults.passkey import SoftPasskey

pytestmark = pytest.mark.django_db(transaction=True)
FORGERIES = {
    "a row without our signature": (
        (
            "INSERT INTO promises_evidence (id, promise, at, text, signature)"
            " SELECT gen_random_uuid(), promise, now(), text, 'mine' FROM promises_evidence LIMIT 1"
        ),
        {"foreign": 1, "days": 1},
    ),
    "the same row once more": (
        (
            "INSERT INTO promises_evidence (id, promise, at, text, signature)"
            " SELECT gen_random_uuid(), promise, at, text, signature FROM promises_evidence LIMIT 1"
        ),
        {"foreign": 1, "days": 1},
    ),
    "a changed row": (
        "UPDATE promises_evidence SET text = replace(text, 'doors', 'gates')",
        {"foreign": 2},
    ),
    "a row that was outside its limits": (
        (
            "UPDATE promises_evidence SET within = false WHERE number ="
            " (SELECT max(number) FROM promises_evidence)"
        ),
        {"foreign": 1, "days": 1},
    ),
    "a row at another time": (
        (
            "UPDATE promises_evidence SET at = at - interval '1 minute' WHERE number ="
            " (SELECT min(number) FROM promises_evidence)"
        ),
        {"foreign": 1, "days": 1},
    ),
    "a day that was broken": ("UPDATE promises_day SET broken = true", {"days": 1}),
    "a day that failed, long ago": (
        (
            "INSERT INTO promises_day"
            " (promise, day, first_at, last_at, longest_gap, broken, failed)"
            " SELECT promise, day - 50, first_at, last_at, 0, false, true FROM promises_day"
        ),
        {"days": 1},
    ),
    "a day with a longer gap": ("UPDATE promises_day SET longest_gap = 3", {"days": 1}),
    "a day taken away": ("DELETE FROM promises_day", {"days": 1}),
    "a change that was another": (
        (
            "UPDATE promises_change SET state = 'kept' WHERE number ="
            " (SELECT max(number) FROM promises_change)"
        ),
        {"foreign": 1},
    ),
    "a change for another reason": (
        (
            "UPDATE promises_change SET reason = 'Planned maintenance.' WHERE number ="
            " (SELECT max(number) FROM promises_change)"
        ),
        {"foreign": 1},
    ),
    "a change at another time, long ago": (
        (
            "UPDATE promises_change SET at = at - interval '20 days' WHERE number ="
            " (SELECT max(number) FROM promises_change)"
        ),
        {"foreign": 1},
    ),
    "a change with another number": (
        (
            "UPDATE promises_change SET number = number + 99 WHERE number ="
            " (SELECT max(number) FROM promises_change)"
        ),
        {"foreign": 1},
    ),
    "a day that was kept until just now": ("UPDATE promises_day SET kept_at = now()", {"days": 1}),
    "older evidence as the newest": (
        (
            "UPDATE promises_evidence SET number = number + 99 WHERE number ="
            " (SELECT min(number) FROM promises_evidence)"
        ),
        {"foreign": 1},
    ),
    "a change taken away": (
        "DELETE FROM promises_change WHERE number = (SELECT max(number) FROM promises_change)",
        {"missing": 1},
    ),
    "an attestation of a passkey that nobody has enrolled": (
        "UPDATE promises_signing_key SET key_hash = sha256('other')",
        {"foreign": 2},
    ),
    "a passkey that was slipped in": (
        (
            "INSERT INTO promises_signing_key (id, account_id, key_hash, at)"
            " SELECT gen_random_uuid(), account_id, sha256('other'), at FROM promises_signing_key"
        ),
        {"foreign": 1},
    ),
    "a passkey taken away": (
        "DELETE FROM promises_signing_key",
        {"foreign": 1, "missing": 1},
    ),
    "a row taken away": (
        "DELETE FROM promises_evidence WHERE number = (SELECT min(number) FROM promises_evidence)",
        {"missing": 1, "days": 1},
    ),
    "an attestation taken away": (
        "DELETE FROM promises_attestation",
        {"missing": 1},
    ),
    "an attestation put in": (
        (
            "INSERT INTO promises_attestation (id, promise, at, text, signature)"
            " SELECT gen_random_uuid(), promise, now(), text, signature FROM promises_attestation"
        ),
        {"foreign": 1},
    ),
}


@pytest.fixture
def stated(monkeypatch):
    """Evidence of two examinations, an attestation, and the first state of every promise."""
    promise = Promise(
        "doors.closed",
        "Doors are closed.",
        "Open doors are counted.",
        [Measure("open", "open doors", most=0)],
        examine=lambda: Measurement({"open": 0}),
    )
    for _turn in range(2):
        services.examine(promise, inline)
    rule = AttestationRule(["Head of Doors"], timedelta(days=10))
    row = Promise("doors.checked", "Doors are checked.", "By hand.", attested_by=rule)
    monkeypatch.setitem(PROMISES, row.id, row)
    with acting(Actor.staff(new_id())):
        until = now() + timedelta(days=9)
        facts = attesting.statement_of(row, role="Head of Doors", until=until)
        attesting.record(SoftPasskey().enrol().sign(facts))
    services.record_changes()


def test_what_was_signed_and_journalled_is_ours(stated):
    nothing = {"foreign": 0, "missing": 0, "days": 0, "altered": 0}
    assert transparency.evidence().values == {"looked_at": 3} | nothing


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found(forgery, stated, superuser_connection):
    statement, wanted = FORGERIES[forgery]
    superuser_connection.execute(statement)
    found = dict(transparency.evidence().values)
    del found["looked_at"]
    assert found == {"foreign": 0, "missing": 0, "days": 0, "altered": 0} | wanted


def test_evidence_signed_without_the_journal_is_found(stated, superuser_connection):
    superuser_connection.execute(
        "SET session_replication_role = replica; DELETE FROM journal_entry"
        " WHERE action = 'promise:evidence:record'"
    )
    assert transparency.evidence().values["foreign"] == 2


def test_where_nothing_was_stated_yet_nothing_can_be_told(transactional_db):
    with pytest.raises(CannotMeasure, match="no evidence yet"):
        transparency.evidence()


def test_taking_all_of_it_away_is_found(stated, superuser_connection):
    superuser_connection.execute("DELETE FROM promises_evidence; DELETE FROM promises_attestation")
    assert transparency.evidence().values == {
        "looked_at": 0,
        "altered": 0,
        "foreign": 0,
        "missing": 3,
        "days": 1,
    }
