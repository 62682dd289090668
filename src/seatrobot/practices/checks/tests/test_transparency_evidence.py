"""Whoever puts evidence in, changes it or takes it away is found out."""

from __future__ import annotations

import threading
from datetime import timedelta
from pkgutil import resolve_name
from types import SimpleNamespace

import msgspec
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
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.practices.checks import served, transparency
from seatrobot.practices.faults.passkey import SoftPasskey
from seatrobot.practices.formats.json_document import _row as json_row

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "seatrobot.practices.page"
FORMATS = "seatrobot.practices.formats"
DOORS = Promise(
    "doors.closed",
    "Doors are closed.",
    "Open doors are counted.",
    [Measure("open", "open doors", most=0)],
    examine=lambda: Measurement({"open": 0}),
)
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


def _reworded(row, snapshot):
    return msgspec.structs.replace(json_row(row, snapshot), sentence="Certified.")


@pytest.fixture
def stated(monkeypatch):
    """Evidence of two examinations, an attestation, and the first state of every promise."""
    for _turn in range(2):
        services.examine(DOORS, inline)
    rule = AttestationRule(["Head of Doors"], timedelta(days=10))
    row = Promise("compliance.checked", "Doors are checked.", "By hand.", attested_by=rule)
    monkeypatch.setitem(PROMISES, row.id, row)
    with acting(Actor.staff(new_id())):
        until = now() + timedelta(days=9)
        facts = attesting.statement_of(row, role="Head of Doors", until=until)
        attesting.record(SoftPasskey().enrol().sign(facts))
    services.record_changes()


def test_what_was_signed_and_journalled_is_ours(stated, web):
    nothing = {"foreign": 0, "missing": 0, "days": 0, "altered": 0, "served": 0}
    found = transparency.evidence()
    pages = found.values.pop("pages")
    assert (found.values, found.notes) == ({"looked_at": 3} | nothing, [])
    assert pages > 2 * served.PROMISES_EACH_TIME


@pytest.fixture
def few(monkeypatch):
    """Pages of two promises are enough to see each kind of difference; nobody waits."""
    names = {"transparency.memory", "compliance.cards"}
    monkeypatch.setattr(
        served, "drawn", lambda rows: [row for row in rows if row.promise.id in names]
    )
    monkeypatch.setattr(served, "time", SimpleNamespace(sleep=lambda _seconds: None))


OTHERWISE = {
    "every state": (f"{PAGE}.rows._pill", lambda *_: "<span>Kept</span>", ""),
    "what is summed up": (f"{PAGE}.summary.Summary.__str__", lambda *_: "all kept", ""),
    "the evidence of one promise": (f"{PAGE}.history._evidence", lambda *_: [], "memory/"),
    "the changes": (f"{PAGE}.history._state_change", lambda _row: None, "changes/"),
    "sentences in a document": (f"{FORMATS}.json_document._row", _reworded, "practices.json"),
    "badges": (f"{FORMATS}.badge._draw", lambda *_: b"<svg/>", "badge.svg"),
    "the feed": (f"{FORMATS}.feed.entries", lambda _snapshot: [], "feed.atom"),
    "signatures": (f"{FORMATS}.editions.signing.sign_bytes", lambda _: "", "is not signed"),
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_what_a_web_server_shows_otherwise_is_found(what, stated, web, few, monkeypatch):
    name, other, noted = OTHERWISE[what]
    services.examine(PROMISES["transparency.memory"], inline)
    before, ours = resolve_name(name), threading.current_thread()

    def in_the_web(*said, **how):
        return (before if threading.current_thread() is ours else other)(*said, **how)

    place, _, attribute = name.rpartition(".")
    monkeypatch.setattr(resolve_name(place), attribute, in_the_web)
    found = served.compare()
    assert found.wrong
    assert any(noted in note for note in found.wrong), found.wrong


def test_what_is_recorded_meanwhile_is_no_difference(stated, web, few, monkeypatch):
    """Evidence that comes between a page and our own is in both at the second look."""
    late = [lambda: services.examine(PROMISES["transparency.memory"], inline)]
    get = served.Browser.get

    def slow(browser, path):
        answer = get(browser, path)
        if path == "/practices/" and late:
            late.pop()()
        return answer

    monkeypatch.setattr(served.Browser, "get", slow)
    assert served.compare().wrong == []
    assert not late


def test_promises_of_each_state_are_drawn():
    """What is kept everywhere looks the same on a web server that calls everything kept."""
    row = next(iter(PROMISES.values()))
    kept = [PromiseStatus(row, State.KEPT, at=now()) for _each in range(30)]
    others = [PromiseStatus(row, state) for state in State if state is not State.KEPT]
    more = [PromiseStatus(row, State.BROKEN, at=now())] * 2
    for _turn in range(5):
        found = served.drawn([*kept, *others, *more])
        assert len(found) == served.PROMISES_EACH_TIME
        assert {each.state for each in found} == set(State)
        assert [each.state for each in found].count(State.BROKEN) == 1 + len(more)


def test_a_page_that_does_not_answer_tells_nothing(stated):
    with pytest.raises(CannotMeasure, match="does not answer"):
        transparency.evidence()


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found(forgery, stated, superuser_connection):
    statement, wanted = FORGERIES[forgery]
    superuser_connection.execute(statement)
    found = dict(transparency.evidence().values)
    del found["looked_at"], found["pages"]
    assert found == {"foreign": 0, "missing": 0, "days": 0, "altered": 0, "served": 0} | wanted


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
        "pages": 0,
        "served": 0,
        "foreign": 0,
        "missing": 3,
        "days": 1,
    }
