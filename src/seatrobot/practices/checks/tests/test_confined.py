"""What the parts report is measured; no report, an old one, or no Landlock is unproven."""

from __future__ import annotations

import time

import pytest

from seatrobot.kernel import loaded, reports
from seatrobot.kernel.build import build_name
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.kernel.reports import Report
from seatrobot.practices.checks import hosts


def report(data, part, *reached, version=7, age=0):
    reports.write(data, part, {5: Report(version, 13, list(reached), time.time() - age)})


def loaded_report(data, part, *, age=0, build="", modules=None):
    said = loaded.Loaded(
        build or build_name(),
        loaded.hashes([hosts.__name__, loaded.__name__]) | (modules or {}),
        at=time.time() - age,
    )
    reports.write(data, f"{part}{loaded.SUFFIX}", {5: said})


def test_code_that_is_loaded_elsewhere_is_compared_with_that_of_here(instance, static_site):
    for part in reports.PARTS:
        report(instance, part)
        loaded_report(instance, part)
    found = dict(hosts.running().values)
    assert found.pop("files") > 50
    assert found.pop("modules") > 100
    assert found == {"processes": 2, "other": 0, "builds": 0, "changed": 0}
    loaded_report(instance, "web", modules={hosts.__name__: "0" * 16}, build="0.0.0+other")
    found = hosts.running()
    assert (found.values["other"], found.values["builds"]) == (1, 1)
    assert found.notes == ["web: 0.0.0+other", f"web: {hosts.__name__}"]
    loaded_report(instance, "web", modules={"seatrobot.not_there": "0" * 16})
    (static_site / "more.js").write_text("alert(1)")
    found = hosts.running()
    assert (found.values["other"], found.values["changed"]) == (1, 1)


def test_a_part_that_does_not_say_what_it_runs_proves_nothing(instance):
    for part in reports.PARTS:
        report(instance, part)
    loaded_report(instance, "web")
    with pytest.raises(CannotMeasure, match="what it runs"):
        hosts.running()
    loaded_report(instance, "jobs", age=1000)
    with pytest.raises(CannotMeasure, match="what it runs"):
        hosts.running()
    loaded_report(instance, "jobs")
    reports.write(instance, "web", {5: Report(7, 13, []), 6: Report(7, 13, [])})
    with pytest.raises(CannotMeasure, match="what it runs"):
        hosts.running()


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
