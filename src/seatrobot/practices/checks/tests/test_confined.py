"""What the parts report is measured; no report, an old one, or no Landlock is unproven."""

from __future__ import annotations

import time

import pytest

from seatrobot.kernel import reports
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.kernel.reports import Report
from seatrobot.practices.checks import hosts


def report(data, part, *reached, version=7, age=0):
    reports.write(data, part, {5: Report(version, 13, list(reached), time.time() - age)})


def test_what_was_reached_is_counted_and_named(instance):
    report(instance, "jobs")
    report(instance, "web")
    assert hosts.confined().values == {"processes": 2, "tried": 26, "reached": 0}
    report(instance, "web", "reading the examiner's key")
    found = hosts.confined()
    assert found.values["reached"] == 1
    assert found.notes == ["web: reading the examiner's key"]


def test_a_part_that_says_nothing_proves_nothing(instance):
    report(instance, "web")
    with pytest.raises(CannotMeasure, match="has not reported"):
        hosts.confined()
    report(instance, "jobs", age=400)
    with pytest.raises(CannotMeasure, match="has not reported"):
        hosts.confined()
    report(instance, "jobs")
    reports.forget(instance, "web")
    with pytest.raises(CannotMeasure, match="has not reported"):
        hosts.confined()


def test_without_landlock_nothing_is_proven(instance):
    report(instance, "jobs")
    report(instance, "web", "reading the examiner's key", version=0)
    with pytest.raises(CannotMeasure, match="no way to keep"):
        hosts.confined()
