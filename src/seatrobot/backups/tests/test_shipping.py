"""What the receiver writes is encrypted and shipped, whatever a store does meanwhile."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from seatrobot.backups import making, shipping
from seatrobot.backups.models import Day, StoreState
from seatrobot.backups.reading import fetch, wal
from seatrobot.backups.shipping import Shipper, StoreWorker
from seatrobot.backups.source import SEGMENT, Source, segment_name
from seatrobot.backups.stores import LEDGER
from seatrobot.deletion import ledger
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now

from .conftest import ACTOR

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, SECOND = segment_name(1, SEGMENT), segment_name(1, 2 * SEGMENT)


@pytest.fixture
def content():
    return os.urandom(64 * 1024) + bytes(SEGMENT - 64 * 1024)


@pytest.fixture
def shipper(tmp_path, monkeypatch):
    """Stands beside a receiver that the test plays."""
    monkeypatch.setattr(making, "outgoing", lambda: tmp_path / "outgoing")
    monkeypatch.setattr(shipping, "outgoing", lambda: tmp_path / "outgoing")
    monkeypatch.setattr(shipping, "CUT_AFTER", 0.0)
    monkeypatch.setattr(ledger, "path", lambda: tmp_path / "ledger.jsonl")
    made = Shipper(Source("", tmp_path))
    made.spool = tmp_path / "spool"
    made.spool.mkdir()
    return made


def receive(shipper, name, content, flushed):
    partial = shipper.spool / f"{name}.partial"
    partial.write_bytes(content)
    shipper.flushed = flushed
    shipper._take_piece()


def finish(shipper, name):
    (shipper.spool / f"{name}.partial").rename(shipper.spool / name)
    shipper._take_finished()


def work(worker: StoreWorker) -> str:
    """Do one turn of a worker; return what it says of its store."""
    try:
        worker._work()
    except shipping.StoreError as error:
        worker._note(str(error))
    return worker.progress.problem


def test_pieces_and_whole_files_reach_every_store(shipper, places, content):
    receive(shipper, FIRST, content, SEGMENT + 1000)
    receive(shipper, FIRST, content, SEGMENT + 3000)
    assert [work(each) for each in shipper.workers] == ["", ""]
    for store in places:
        (file,) = wal(store)
        assert (file.through, len(file.objects)) == (SEGMENT + 3000, 2)
        assert fetch(store, file) == content[:3000].ljust(SEGMENT, b"\0")
    finish(shipper, FIRST)
    assert not list(shipper.spool.iterdir())
    for worker, store in zip(shipper.workers, places, strict=True):
        work(worker)
        (file,) = wal(store)
        assert (len(file.objects), fetch(store, file)) == (1, content)
        assert worker.progress.shipped_through == 2 * SEGMENT
    shipper._drop_shipped()
    assert not shipping.waiting()
    assert not any(content[:100] in each.read_bytes() for each in files(places))


def files(places):
    return [each for store in places for each in store.directory.rglob("*") if each.is_file()]


def test_a_store_that_is_away_gets_it_later_and_keeps_no_other_waiting(
    shipper, places, content, tmp_path
):
    (tmp_path / "two").rename(tmp_path / "away")
    receive(shipper, FIRST, content, SEGMENT + 1000)
    finish(shipper, FIRST)
    receive(shipper, SECOND, content, 2 * SEGMENT + 500)
    here, away = shipper.workers
    assert (work(here), "not there" in work(away)) == ("", True)
    assert here.progress.shipped_through == 2 * SEGMENT + 500
    shipper._drop_shipped()
    assert len(shipping.waiting()) == 2
    (tmp_path / "away").rename(tmp_path / "two")
    assert work(away) == ""
    assert away.progress.shipped_through == 2 * SEGMENT + 500
    shipper._drop_shipped()
    assert [fetch(places[1], each)[:500] for each in wal(places[1])] == [content[:500]] * 2
    assert not shipping.waiting()


def test_log_that_was_given_up_leaves_a_gap_that_is_known(
    shipper, places, content, monkeypatch, tmp_path
):
    first, _second = shipper.workers
    receive(shipper, FIRST, content, SEGMENT + 1000)
    work(first)
    finish(shipper, FIRST)
    receive(shipper, SECOND, content, 2 * SEGMENT + 500)
    monkeypatch.setattr(shipping, "MOST_WAITING", 1)
    shipper._drop_shipped()
    assert not shipping.waiting()
    monkeypatch.undo()
    monkeypatch.setattr(shipping, "outgoing", lambda: tmp_path / "outgoing")
    monkeypatch.setattr(shipping, "CUT_AFTER", 0.0)
    receive(shipper, SECOND, content, 2 * SEGMENT + 900)
    first._ship(shipping.waiting()[0])
    assert first.progress.unbroken_from == 2 * SEGMENT + 500


def test_a_file_is_under_the_key_of_the_day_on_which_it_began(shipper, content, monkeypatch):
    receive(shipper, FIRST, content, SEGMENT + 1000)
    tomorrow = now() + timedelta(days=1)
    monkeypatch.setattr(shipping, "now", lambda: tomorrow)
    shipper.days.clear()  # it was started again
    shipper.keys.clear()
    monkeypatch.setattr(shipper, "_connection", Asked)
    with acting(ACTOR):
        Day.objects.update(from_lsn=SEGMENT, to_lsn=SEGMENT + 1000)
    receive(shipper, FIRST, content, SEGMENT + 2000)
    receive(shipper, SECOND, content, 2 * SEGMENT + 100)
    days = [path.parent.name for path in shipping.waiting()]
    assert (days[0], len(set(days))) == (days[1], 2)
    assert Asked.statements  # the log is switched, so that yesterday's file ends


class Asked:
    statements: list[str] = []

    def execute(self, statement, *_values):
        self.statements.append(statement)


def test_how_far_each_store_is_is_noted(shipper, content, tmp_path):
    receive(shipper, FIRST, content, SEGMENT + 1000)
    (tmp_path / "two").rename(tmp_path / "away")
    for each in shipper.workers:
        work(each)
    shipper._note()
    with acting(ACTOR):
        one, two = StoreState.objects.order_by("name")
    assert (one.shipped_through, one.problem, one.shipped_at is None) == (SEGMENT + 1000, "", False)
    assert (two.shipped_through, "not there" in two.problem, two.shipped_at) == (0, True, None)


def test_the_ledger_of_erasures_only_grows_in_stores(shipper, places, tmp_path):
    worker = shipper.workers[0]
    (tmp_path / "ledger.jsonl").write_bytes(b"one\ntwo\n")
    work(worker)
    (tmp_path / "ledger.jsonl").write_bytes(b"one\n")
    work(worker)
    assert places[0].get(LEDGER) == b"one\ntwo\n"
