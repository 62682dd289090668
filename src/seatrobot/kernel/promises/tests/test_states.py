"""A promise is kept only while fresh evidence within its limits says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    Promise,
    declare,
)
from seatrobot.kernel.promises.fingerprint import Sources
from seatrobot.kernel.promises.models import Evidence
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.promises.tests.running import inline

pytestmark = pytest.mark.django_db


def state(promise, moment=None):
    return reading.read_status(promise, moment).state


def reason(promise, moment=None):
    return reading.read_status(promise, moment).reason


def examine(promise):
    return services.examine(promise, inline)


def test_what_nothing_has_measured_is_unproven(row):
    assert state(row()) == State.UNPROVEN


def test_what_is_not_built_is_unproven_and_says_what_it_waits_for(promises):
    promise = declare(
        Promise("doors.locked", "Doors lock.", "By trying.", waits_for="No locks yet.")
    )
    assert (state(promise), reason(promise)) == (State.UNPROVEN, "No locks yet.")


def test_within_its_limit_it_is_kept(row):
    promise = row()
    examine(promise)
    assert state(promise) == State.KEPT


def test_outside_its_limit_it_is_broken(row):
    promise = row(lambda: Measurement({"open": 1}, ["The back door."]))
    examine(promise)
    standing = reading.read_status(promise)
    assert standing.state == State.BROKEN
    assert standing.measurements == {"open": 1}
    assert standing.examination.notes == ["The back door."]


@pytest.mark.parametrize(
    ("value", "expected"), [(9, "broken"), (10, "kept"), (20, "kept"), (21, "broken")]
)
def test_limits_are_inclusive(row, value, expected):
    measures = [Measure("grade", "points", least=10, most=20)]
    promise = row(lambda: Measurement({"grade": value}), measures=measures)
    examine(promise)
    assert state(promise) == expected


def test_stale_evidence_turns_unproven_by_itself(row):
    promise = row()
    examine(promise)
    assert state(promise, now() + timedelta(hours=2, minutes=-1)) == State.KEPT
    assert state(promise, now() + timedelta(hours=2, minutes=1)) == State.UNPROVEN


def test_evidence_of_another_version_of_the_check_proves_nothing_and_is_renewed(row, promises):
    strict = row(lambda: Measurement({"open": 1}))
    examine(strict)
    loosened = [Measure("open", "open doors", most=1)]
    for facts in ({"measures": loosened}, {"fresh_for": timedelta(days=9), "measures": loosened}):
        promise = promises[strict.id] = replace(strict, **facts)
        assert (state(promise), reason(promise)) == (State.UNPROVEN, "The check has changed since.")
        assert services.due(now()) == [promise]
    examine(promise)
    assert state(promise) == State.KEPT
    assert services.due(now()) == []
    promise = promises[strict.id] = replace(promise, examine=lambda: Measurement({"open": 0}))
    assert state(promise) == State.UNPROVEN


def test_what_is_outside_its_limit_stays_broken_while_nothing_measures_it_anew(row, promises):
    promise = row(lambda: Measurement({"open": 1}))
    examine(promise)
    promise = promises[promise.id] = replace(promise, fresh_for=timedelta(days=9))
    assert state(promise) == State.BROKEN


def found_elsewhere():
    return Measurement({"open": 0})


def test_what_a_check_calls_is_part_of_it(row):
    promise = row(lambda: Measurement(dict(found_elsewhere().values)))
    names = {found.name for found in Sources().definitions(promise.examine)}
    assert {"found_elsewhere", "Measurement"} <= names


def test_a_broken_promise_stays_broken_until_something_else_is_measured(row):
    promise = row(lambda: Measurement({"open": 1}))
    examine(promise)
    assert state(promise, now() + timedelta(days=30)) == State.BROKEN


def test_evidence_from_the_future_proves_nothing(row):
    promise = row()
    examine(promise)
    assert state(promise, now() - timedelta(minutes=10)) == State.UNPROVEN
    assert "clock" in reason(promise, now() - timedelta(minutes=10))


def throw():
    raise RuntimeError("the cellar is dark")


def cannot_tell():
    raise CannotMeasure("There is no cellar here.")


@pytest.mark.parametrize(
    ("examination", "said"),
    [
        (throw, "RuntimeError"),
        (cannot_tell, "There is no cellar here."),
        (lambda: None, "no measurement"),
        (lambda: {"open": 0}, "no measurement"),
        (lambda: Measurement({}), "other measurements"),
        (lambda: Measurement({"open": 0, "shut": 1}), "other measurements"),
        (lambda: Measurement({"open": True}), "not a number"),
        (lambda: Measurement({"open": "0"}), "not a number"),
        (lambda: Measurement({"open": float("nan")}), "not a number"),
        (lambda: Measurement({"open": float("-inf")}), "not a number"),
        (lambda: Measurement(None), "other measurements"),
    ],
)
def test_an_examination_that_raises_or_returns_anything_else_is_unproven_and_says_why(
    row, examination, said
):
    promise = row(examination)
    examine(promise)
    assert state(promise) == State.UNPROVEN
    assert said in reason(promise)
    assert "cellar is dark" not in reason(promise)


def test_an_examination_that_says_too_much_is_cut(row):
    promise = row(lambda: Measurement({"open": 99}, ["x" * 10_000] * 500))
    examine(promise)
    notes = reading.read_status(promise).examination.notes
    assert len(notes) == 20
    assert {len(note) for note in notes} == {300}


def test_the_last_written_evidence_counts_whatever_the_clock_said(row, monkeypatch):
    found = [0]
    promise = row(lambda: Measurement({"open": found[0]}))
    monkeypatch.setattr(services, "now", lambda: now() + timedelta(minutes=1))
    examine(promise)
    monkeypatch.setattr(services, "now", now)
    found[0] = 1
    examine(promise)
    assert state(promise) == State.BROKEN


@pytest.mark.django_db(transaction=True)
def test_older_evidence_does_not_become_the_newest_by_another_number(row, superuser_connection):
    opened = []
    promise = row(lambda: Measurement({"open": len(opened)}))
    examine(promise)
    superuser_connection.execute("UPDATE promises_evidence SET number = 1000000")
    opened.append("door")
    newest = examine(promise)
    assert state(promise) == State.BROKEN
    assert [each.pk for each in reading.evidence_of(promise, 2)] == [newest.pk, 1000000]


def test_evidence_that_was_written_by_somebody_else_proves_nothing(row, superuser_connection):
    promise = row(lambda: Measurement({"open": 1}))
    kept = row_text = None
    evidence = examine(promise)
    row_text = evidence.text.replace('"open":1', '"open":0')
    assert row_text != evidence.text
    kept = Evidence(
        promise=promise.id, at=now(), within=True, text=row_text, signature=evidence.signature
    )
    with services.recording():
        kept.save()
    assert state(promise) == State.UNPROVEN
    assert "signature" in reason(promise)


def test_evidence_of_another_promise_proves_nothing(row, promises):
    promise, other = row(), None
    evidence = examine(promise)
    other = declare(Promise("doors.other", "x", "y", promise.measures, examine=promise.examine))
    with services.recording():
        Evidence.objects.create(
            id=evidence.id.__class__(int=7),
            promise=other.id,
            at=now(),
            within=True,
            text=evidence.text,
            signature=evidence.signature,
        )
    assert state(other) == State.UNPROVEN


def test_when_the_evidence_cannot_be_read_everything_is_unproven_and_says_so(row, monkeypatch):
    row()

    def fail(*_):
        raise DatabaseError

    monkeypatch.setattr(reading, "_stored", fail)
    monkeypatch.setattr(reading.connection, "close", lambda: None)
    (standing,) = reading.statuses()
    assert standing.state == State.UNPROVEN
    assert "cannot be read" in standing.reason
