"""No fault that is declared may go unnoticed, and the page says so of the present code only."""

from __future__ import annotations

import subprocess
import sys

import pytest

from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.practices.faults import summary
from seatrobot.practices.faults.declaring import SCHEDULER, examined, load

LONGEST_SECONDS = 900


@pytest.mark.e2e
def test_every_seeded_fault_turns_its_promise():
    run = subprocess.run(
        [sys.executable, "-P", "-m", "seatrobot.runtime.faulting"],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"


def test_the_result_that_is_shown_is_about_the_present_code():
    found = summary.summary()
    assert found is not None, "run: make faults"
    assert found.is_current, "a check or a fault changed since: run make faults again"
    assert (found.detected, found.missed) == (found.seeded, [])
    assert found.seeded == len(load())


def test_every_promise_that_is_examined_can_be_seen_to_fail():
    examined_rows = {row.id for row in PROMISES.values() if row.examine}
    assert examined_rows <= {fault.promise for fault in load()}


def test_what_is_examined_is_noticed_while_its_evidence_counts():
    for fault in load():
        row = PROMISES[fault.promise]
        if fault.look is examined:
            assert row.every + SCHEDULER <= fault.within <= row.fresh_for


def test_another_check_makes_the_result_old(monkeypatch, tmp_path):
    before = summary.present_hash()
    summary.present_hash.cache_clear()
    changed = tmp_path / "separation.py"
    changed.write_text("changed")
    monkeypatch.setattr(summary, "ROOT", tmp_path)
    monkeypatch.setattr(summary, "_files", lambda: [changed])
    try:
        assert summary.present_hash() != before
        assert summary.summary() is None or not summary.summary().is_current
    finally:
        summary.present_hash.cache_clear()
