"""What is deleted is gone, and each way in which it could not be is noticed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.deletion import ledger, searching, steps, verifying
from seatrobot.deletion.models import Deletion, Kind, State
from seatrobot.kernel import caches
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import PROMISES, Measure, Measurement, Promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.status import outside_limits
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.practices.checks import retention

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ledger_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(ledger, "path", lambda: tmp_path / "erasures" / "ledger.jsonl")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Let the jobs run where the examination waits for them."""
    wait = retention.wait_until_gone

    def waiting(throwaway):
        steps.advance_all()
        return wait(throwaway)

    monkeypatch.setattr(retention, "wait_until_gone", waiting)


def broken(name, found):
    return outside_limits(PROMISES[name], found.values)


def test_each_kind_is_deleted_over_http(web, used):
    found = retention.anytime()
    assert broken("retention.anytime", found) == []
    assert found.values["kinds"] == 4


def test_what_was_deleted_is_looked_for(web, used, monkeypatch):
    """First nothing is wrong; then each proof is taken away, one after the other."""
    found = retention.production()
    assert broken("retention.production", found) == [], found.notes
    assert found.values["looked"] >= 3
    steps.advance_all()
    with acting(ACTOR):
        row = Deletion.objects.filter(kind=Kind.EVENT, state=State.FINAL).last()
    assert row is not None

    whole = ledger.path().read_bytes()
    first, *lines = whole.splitlines(keepends=True)
    without = [x for x in lines if not ledger.Ledger(first + x).has("events_event", row.subject)]
    ledger.path().write_bytes(b"".join([first, *without]))
    assert "unentered" in broken("retention.production", retention.production())
    since = ledger.path().read_bytes()[len(b"".join([first, *without])) :]
    ledger.path().write_bytes(whole + since)

    with acting(ACTOR, row.customer_id):
        Deletion.objects.filter(pk=row.pk).update(result="")
    found = retention.production()
    assert broken("retention.production", found)[-1:] == ["unproven"]
    assert any(str(row.pk) in note for note in found.notes)
    with acting(ACTOR, row.customer_id):
        Deletion.objects.filter(pk=row.pk).update(result=row.result)

    with acting(ACTOR, row.customer_id):
        Deletion.objects.filter(pk=row.pk).delete()
    assert "unasked" in broken("retention.production", retention.production())
    with acting(ACTOR, row.customer_id):
        row.save(force_insert=True)

    with monkeypatch.context() as patched:
        patched.setattr(searching, "in_directory", lambda *_: None)
        found = retention.production()
    assert broken("retention.production", found) == ["remains"]
    assert any("nothing is seen" in note for note in found.notes)

    ledger.append("organizations_organization", [used.organization_id], steps.now())
    assert "returned" in broken("retention.production", retention.production())


def test_what_a_process_keeps_is_found(web, used, monkeypatch):
    monkeypatch.setattr(caches, "drop_deleted", lambda: None)
    monkeypatch.setattr(verifying, "HELD_FOR", timedelta())
    throwaway = retention.make_throwaway()
    with retention.browser_of(throwaway.owner, "password") as browser:
        assert retention.delete(throwaway, browser)
    retention.wait_until_gone(throwaway)
    caches.register("seeded", lambda: [throwaway.organization_id], lambda _id: None)
    try:
        found = retention.production()
    finally:
        caches._caches.pop("seeded")
    assert "remains" in broken("retention.production", found)
    assert any("memory" in note for note in found.notes)
    assert browser.get(f"/deletions/held/{used.organization_id}/").status == 404
    assert browser.get(f"/deletions/held/{new_id()}/").status == 200


def test_evidence_may_name_what_was_deleted(web, used):
    """Evidence is signed and stays as it is, also a note about a row that is deleted later."""
    throwaway = retention.make_throwaway()
    note = f"{throwaway.organization_id} was wrong"
    promise = Promise(
        "doors.closed",
        "Doors are closed.",
        "Open doors are counted.",
        [Measure("open", "open doors", most=0)],
        examine=lambda: Measurement({"open": 1}, [note]),
    )
    services.examine(promise, inline)
    with retention.browser_of(throwaway.owner, "password") as browser:
        assert retention.delete(throwaway, browser)
    retention.wait_until_gone(throwaway)
    found = retention.production()
    assert broken("retention.production", found) == [], found.notes
    assert reading.read_status(promise).examination.notes == [note]
