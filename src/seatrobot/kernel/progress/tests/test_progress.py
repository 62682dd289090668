"""Work that is watched: how far it is, that it is alive, and that it is not."""

from datetime import timedelta

import pytest

from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.kernel.progress import herald, models
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress

INTERRUPTED = "This was interrupted; nothing was changed. Start it again."


@pytest.fixture
def work(alice):
    with as_(alice):
        return progress.start("tests.work", total=8)


def later(monkeypatch, **time):
    """Move the clock that signs of life are measured by."""
    moment = now() + timedelta(**time)
    monkeypatch.setattr(models, "now", lambda: moment)


def test_what_waits_to_be_taken_up_is_alive_for_minutes(work, monkeypatch):
    later(monkeypatch, minutes=9)
    assert work.is_alive
    later(monkeypatch, minutes=11)
    assert not work.is_alive


def test_what_goes_silent_is_shown_as_interrupted(work, monkeypatch):
    work.updated_at = now()
    assert (work.is_alive, work.shown_state, work.message) == (True, "running", "")
    later(monkeypatch, seconds=61)
    assert (work.is_alive, work.shown_state, work.message) == (False, "failed", INTERRUPTED)


def test_what_ended_long_ago_keeps_its_end(alice, work, monkeypatch):
    with as_(alice):
        progress.finish(work.pk, "Eight done.")
        ended = Progress.objects.get(pk=work.pk)
        later(monkeypatch, days=1)
        assert (ended.shown_state, ended.message, ended.done) == ("done", "Eight done.", 8)
        assert not ended.is_alive


@pytest.mark.django_db(transaction=True)
def test_work_that_reports_nothing_gives_signs_of_life(alice, work, monkeypatch):
    told = []
    tell = herald.Herald._tell
    enough = herald.threading.Event()

    def count(self, connection):
        tell(self, connection)
        told.append(1)
        if len(told) == 3:
            enough.set()

    monkeypatch.setattr(herald, "SECONDS_BETWEEN_REPORTS", 0.001)
    monkeypatch.setattr(herald, "SECONDS_BETWEEN_SIGNS", 0.001)
    monkeypatch.setattr(herald.Herald, "_tell", count)
    before = now()
    with progress.reporting(work):
        assert enough.wait(30)
    with as_(alice):
        assert Progress.objects.get(pk=work.pk).updated_at > before


@pytest.mark.django_db(transaction=True)
def test_what_is_reported_is_seen_outside(alice, work, monkeypatch):
    monkeypatch.setattr(herald, "SECONDS_BETWEEN_REPORTS", 0.001)
    seen = herald.threading.Event()
    tell = herald.Herald._tell

    def watch(self, connection):
        news = self._said == (5, 8)
        tell(self, connection)
        if news:
            seen.set()

    monkeypatch.setattr(herald.Herald, "_tell", watch)
    with progress.reporting(work) as report:
        report(5, 8)
        assert seen.wait(30)
        with as_(alice):
            assert Progress.objects.get(pk=work.pk).done == 5
