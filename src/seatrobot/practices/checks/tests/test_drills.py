"""The row recovery.tested: what drills have found, and what nobody obtained."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401
from seatrobot.backups import digests, drills
from seatrobot.backups.catalogue import ACTOR
from seatrobot.backups.models import Backup, Drill, Part, StoreCopy
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import NotSetUp
from seatrobot.practices.checks import drills as checks

pytestmark = pytest.mark.django_db(transaction=True)
FACTS = {"tables": 98, "rows": 3576, "organizations": 3, "opened": 45, "pages": 2, "entries": 219}


@pytest.fixture
def backup(db) -> Backup:
    made_at = now() - timedelta(hours=3)
    with acting(ACTOR):
        row = Backup.objects.create(
            made_at=made_at, finished_at=made_at, destroy_by=made_at + timedelta(days=13)
        )
        for store in ("store-1", "store-2"):
            for part in Part:
                StoreCopy.objects.create(
                    backup=row, store=store, part=part, size=7, sha256="0" * 64, stored_at=made_at
                )
    return row


def tried(backup: Backup, store: str = "store-1", *findings: str, **more: float) -> Drill:
    chosen = drills.choose(store, backup.pk)
    row = drills.begin(chosen)
    numbers = {"seconds": 12.5, "lost_seconds": 3.0, **more}
    drills.end(row, findings=findings, facts=FACTS, **numbers)
    return row


def measured() -> dict[str, float]:
    return dict(checks.tested().values)


def test_before_the_first_drill_nothing_is_said(backup):
    with pytest.raises(NotSetUp, match="No backup was restored yet"):
        checks.tested()


def test_what_a_drill_has_counted_is_what_the_page_shows(backup):
    tried(backup)
    found = measured()
    assert found["days"] == 0
    assert (found["stores"], found["failed"], found["untried"], found["forged"]) == (1, 0, 0, 0)
    assert (found["rows"], found["seconds"], found["lost"]) == (3576, 12, 3)


def test_the_newest_of_each_store_counts(backup):
    tried(backup, "store-1", "The backup is damaged: it was changed.")
    tried(backup, "store-2")
    assert measured()["failed"] == 1
    tried(backup, "store-1")
    assert measured()["failed"] == 0
    assert measured()["stores"] == 2


def test_one_that_did_not_come_to_its_end_has_failed(backup):
    row = drills.begin(drills.choose("store-1"))
    drills.end(row, findings=[], facts={}, seconds=None, lost_seconds=None)
    assert row.findings == ["The drill did not come to its end."]
    assert measured()["failed"] == 1
    assert measured()["days"] > 90


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("UPDATE backups_drill SET seconds = 1", "forged"),
        ("UPDATE backups_drill SET passed = NOT passed", "forged"),
        ("UPDATE backups_drill SET store = 'store-9'", "forged"),
        ("DELETE FROM backups_drill", "gone"),
    ],
)
def test_results_that_nobody_obtained(backup, change, number):
    tried(backup)
    with acting(ACTOR), connection.cursor() as cursor:
        cursor.execute(change)
    assert measured()[number] == 1


def test_a_backup_that_nobody_has_tried_for_a_day(backup, monkeypatch):
    tried(backup)
    later = now() + timedelta(hours=30)
    with acting(ACTOR):
        Backup.objects.create(
            made_at=now() + timedelta(hours=1),
            finished_at=now(),
            destroy_by=now() + timedelta(days=13),
        )
    monkeypatch.setattr(checks, "now", lambda: later)
    assert measured()["untried"] == 1


def test_the_store_that_was_tried_longest_ago_is_next(backup):
    assert drills.choose().store == "store-1"
    tried(backup, "store-1")
    assert drills.choose().store == "store-2"
    tried(backup, "store-2")
    assert drills.choose().store == "store-1"


def test_staff_see_the_calendar_stores_and_drills(dana, backup):  # noqa: F811
    assert "Not tried yet" in dana.get("/staff/backups/").content.decode()
    tried(backup, "store-1", "The backup is damaged: it was changed.")
    tried(backup, "store-2")
    page = dana.get("/staff/backups/").content.decode()
    said = ("The backup is damaged", "3576 rows of 98 tables", "<svg", "Could not be restored")
    for text in said:
        assert text in page, text
    tried(backup, "store-1")
    assert "Could not be restored" not in dana.get("/staff/backups/").content.decode()


def test_digests_tell_what_differs():
    known = {
        "rows": {"a": 1, "b": 2},
        "sums": {"a": "5", "b": "6"},
        "organizations": {"o": "x"},
        "roots": {"s": [1, "r"]},
    }
    assert digests.compared(known, known) == []
    other = {**known, "rows": {"a": 0, "b": 2}, "sums": {"a": "0", "b": "7"}}
    assert digests.compared(known, other) == [
        "a has 0 rows, and had 1",
        "b has other values than it had",
    ]
    other = {**known, "organizations": {}, "roots": {"s": [1, "q"]}}
    assert len(digests.compared(known, other)) == 2
    empty = {"rows": {}, "sums": {}, "organizations": {}, "roots": {}}
    assert digests.compared(empty, empty) == ["nothing was measured when the backup was made"]
