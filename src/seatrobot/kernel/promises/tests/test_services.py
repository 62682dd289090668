"""Examinations are kept, journalled, thinned by age, and run by one scheduler at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from seatrobot.kernel import examiner
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises import reading, services, statements
from seatrobot.kernel.promises.declaring import CannotMeasure, Measurement
from seatrobot.kernel.promises.models import Change, Day, Evidence
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.runtime import roles

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_the_journal_holds_the_hash_of_the_evidence(row):
    evidence = services.examine(row(), inline)
    pk = UUID(reading.examination_of(evidence).journal)
    with examiner.examining() as outside:
        query = "SELECT action, subject_id, sealed FROM journal_entry WHERE id = %s"
        action, subject, sealed = outside.execute(query, [pk]).fetchone()
    with acting(services.ACTOR):
        facts = Entry._meta.get_field("sealed").open_record(pk, PLATFORM, sealed).facts
    assert (action, subject) == (Action.PROMISE_EXAMINE, evidence.id)
    assert facts == {
        "promise": "doors.closed",
        "at": round(evidence.at.timestamp() * 1_000_000),
        "within": True,
        "hash": statements.digest(evidence.text),
    }


def test_evidence_cannot_be_changed_or_deleted_by_the_application(row):
    services.examine(row(), inline)
    for act in (
        lambda: Evidence.objects.update(within=True),
        lambda: Evidence.objects.all().delete(),
        lambda: Change.objects.update(state="kept"),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            act()


BY_THE_WEB = {
    "evidence of its own": "INSERT INTO promises_evidence"
    " (id, promise, at, within, text, signature)"
    " VALUES (gen_random_uuid(), 'doors.closed', now(), true, '{}', '')",
    "a day that was kept": "INSERT INTO promises_day (promise, day, first_at, last_at, kept_at,"
    " longest_gap, broken, failed)"
    " VALUES ('doors.closed', '2026-01-01', now(), now(), now(), 0, false, false)",
    "a day that was not broken": "UPDATE promises_day SET broken = false",
    "a day less": "DELETE FROM promises_day",
    "the other role": "SET ROLE seatrobot_recorder",
    "as the examiner does": "SET ROLE NONE; UPDATE promises_day SET broken = false",
}


@pytest.mark.parametrize("statement", BY_THE_WEB.values(), ids=BY_THE_WEB)
def test_the_role_of_web_and_jobs_can_insert_no_evidence(statement, django_db_setup, postgres):
    with (
        psycopg.connect(postgres.url(roles.APP)) as web,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        web.execute(statement)


def test_an_examining_process_is_the_application_but_for_that_moment(row):
    promise = row()
    services.examine(promise, inline)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Evidence.objects.create(promise=promise.id, at=now(), text="", signature="")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, session_user")
        assert cursor.fetchone() == (roles.APP, roles.RECORDER)


def test_without_the_role_nothing_is_stored_and_a_sentence_says_why(row, monkeypatch):
    promise = row()
    monkeypatch.delitem(connection.settings_dict["OPTIONS"], "assume_role")
    with pytest.raises(services.CannotRecord, match="DATABASE_RECORDER_URL is not set"):
        services.examine(promise, inline)
    assert not Evidence.objects.exists()


def test_only_what_is_due_is_examined(row):
    promise = row()
    assert services.due(now()) == [promise]
    services.examine(promise, inline)
    assert services.due(now()) == []
    assert services.due(now() + promise.every) == [promise]
    assert services.due(now() - timedelta(hours=1)) == [promise]  # the clock was set back


def test_what_could_not_be_measured_is_due_sooner(row):
    def cannot_tell():
        raise CannotMeasure("Nothing answers.")

    promise = row(cannot_tell)
    services.examine(promise, inline)
    assert services.due(now()) == []
    assert services.due(now() + services.AGAIN) == [promise]


def test_two_schedulers_do_not_examine_at_once(row, postgres):
    row()
    url = connection.get_connection_params()
    options = {
        key: url[key] for key in ("host", "user", "dbname", "password", "passfile") if key in url
    }
    with psycopg.connect(**options, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [services.LOCK])
        with pytest.raises(services.Busy):
            services.examine_due(runner=inline)
        other.execute("SELECT pg_advisory_unlock(%s)", [services.LOCK])
    assert len(services.examine_due(runner=inline)) == 1
    assert services.examine_due(runner=inline) == []


def test_each_change_of_state_is_noted_once(row):
    found = [0]
    promise = row(lambda: Measurement({"open": found[0]}))
    services.examine(promise, inline)
    assert [(c.before, c.state) for c in services.record_changes()] == [("", "kept")]
    assert services.record_changes() == []
    found[0] = 1
    services.examine(promise, inline)
    assert [(c.before, c.state) for c in services.record_changes()] == [("kept", "broken")]
    found[0] = 0
    services.examine(promise, inline)
    services.record_changes()
    (later,) = services.record_changes(now() + timedelta(days=1))
    assert (later.before, later.state) == ("kept", "unproven")
    assert "too old" in later.reason


def test_a_clock_that_was_ahead_for_a_while_has_no_change_noted_again_and_again(row, monkeypatch):
    promise = row()
    services.examine(promise, inline)
    services.record_changes()
    monkeypatch.setattr(services, "now", lambda: now() + timedelta(days=365))
    assert [c.state for c in services.record_changes(now() + timedelta(days=365))] == ["unproven"]
    monkeypatch.setattr(services, "now", now)
    assert [c.state for c in services.record_changes()] == ["kept"]
    assert services.record_changes() == []


def test_a_day_has_its_worst_state(row):
    found = [0]
    promise = row(lambda: Measurement({"open": found[0]}), fresh_for=timedelta(days=2))
    services.examine(promise, inline)
    strip = reading.day_histories()[promise.id]
    assert strip.days[-1] == State.KEPT
    assert strip.days[:-1] == [None] * 89
    kept_at = strip.kept_at
    found[0] = 1
    services.examine(promise, inline)
    strip = reading.day_histories()[promise.id]
    assert strip.days[-1] == State.BROKEN
    assert strip.kept_at == kept_at


def test_a_day_with_a_gap_in_its_evidence_is_unproven(row):
    promise = row()
    services.examine(promise, inline)
    with services.recording():
        Day.objects.update(longest_gap=3 * 60 * 60)
    assert reading.day_histories()[promise.id].days[-1] == State.UNPROVEN


def test_the_first_day_of_all_begins_with_its_first_evidence(row):
    promise = row()
    services.examine(promise, inline)
    day = Day.objects.get()
    day.day = now().date() - timedelta(days=1)
    noon = datetime.combine(day.day, time(12), UTC)
    day.first_at, day.last_at = noon, noon + timedelta(hours=11, minutes=30)
    with services.recording():
        day.save()
    assert reading.day_histories()[promise.id].days[-2] == State.KEPT
    before = noon - timedelta(days=1)
    with services.recording():
        Day.objects.create(promise=promise.id, day=before.date(), first_at=before, last_at=before)
    assert reading.day_histories()[promise.id].days[-2] == State.UNPROVEN


def test_days_without_any_evidence_after_the_first_are_unproven(row):
    promise = row()
    services.examine(promise, inline)
    with services.recording():
        Day.objects.update(day=now().date() - timedelta(days=3))
    days = reading.day_histories()[promise.id].days
    assert days[-3:] == [State.UNPROVEN] * 3
    assert days[:-4] == [None] * 86


def test_days_without_evidence_are_unproven_however_long_ago_the_last_was(row):
    promise = row()
    services.examine(promise, inline)
    with services.recording():
        Day.objects.update(day=now().date() - timedelta(days=200))
    assert reading.day_histories()[promise.id].days == [State.UNPROVEN] * 90
    services.examine(promise, inline)
    assert reading.day_histories()[promise.id].days[:-1] == [State.UNPROVEN] * 89


def test_an_examination_that_hangs_is_given_up():
    let_go = threading.Event()
    try:
        assert not services.in_thread(lambda: let_go.wait(60), 0.2)
    finally:
        let_go.set()


def test_what_a_hanging_examination_says_later_does_not_count(row):
    promise = row()

    def too_late(function, _seconds):
        function()
        return False

    evidence = services.examine(promise, too_late)
    assert evidence.within is None
    assert "in time" in reading.read_status(promise).reason


def test_thinning_keeps_of_old_days_the_first_the_last_and_every_turn(row, superuser_connection):
    promise = row()
    day = (now() - timedelta(days=30)).replace(hour=6, minute=0)
    for hour, within in enumerate([True, True, False, False, True, True, True]):
        at = day + timedelta(hours=hour)
        with services.recording():
            Evidence.objects.create(promise=promise.id, at=at, within=within, text="", signature="")
    fresh = services.examine(promise, inline)
    assert services.thin() == 3
    hours = [row.at.hour for row in Evidence.objects.order_by("number")]
    assert hours == [6, 8, 10, 12, fresh.at.hour]
    with services.recording():
        Evidence.objects.create(
            promise=promise.id, at=now() - timedelta(days=740), within=True, text="", signature=""
        )
    assert services.thin() == 1


def test_thinning_never_takes_what_is_fresh(row):
    promise = row()
    for _number in range(5):
        services.examine(promise, inline)
    with connection.cursor() as cursor:
        cursor.execute("SELECT promises_thin(now() + interval '1 day', now() + interval '1 day')")
        assert cursor.fetchone() == (0,)
    assert Evidence.objects.count() == 5
