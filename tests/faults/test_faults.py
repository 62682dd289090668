"""No fault that is declared may go unnoticed, and the page says so of the present code only."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import pytest

from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.practices.faults import declaring, score
from seatrobot.practices.faults.declaring import SCHEDULER, by_examination
from seatrobot.practices.faults.score import load

LONGEST_SECONDS = 2700


@pytest.mark.e2e
def test_every_seeded_fault_turns_its_promise():
    run = subprocess.run(
        [sys.executable, "-P", "-m", "seatrobot.runtime.faulting"],
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    told = [line for line in run.stdout.splitlines() if not line.startswith("detected  ")]
    assert run.returncode == 0, "\n".join([run.stderr, *told])


def test_the_result_that_is_shown_is_about_the_present_code():
    last = score.score()
    assert last is not None, "run: make faults"
    assert last.is_current, "a check or a fault changed since: run make faults again"
    assert (last.detected, last.missed) == (last.seeded, [])
    assert last.seeded == len(load())


def test_every_promise_that_is_examined_can_be_seen_to_fail():
    examined = {row.id for row in PROMISES.values() if row.examine}
    assert examined <= {fault.promise for fault in load()}


def test_what_is_examined_is_noticed_while_its_evidence_counts():
    for fault in load():
        row = PROMISES[fault.promise]
        if fault.observe is by_examination:
            assert row.every + SCHEDULER <= fault.within <= row.fresh_for


NAME = re.compile(r'"((?:seatrobot|django)(?:\.\w+)+)"')
FAULTS = Path(declaring.__file__).parent


REPLACED = {name for file in FAULTS.glob("*.py") for name in NAME.findall(file.read_text())}


@pytest.mark.parametrize("name", sorted(REPLACED))
def test_what_a_fault_replaces_is_there(name):
    """So that a renamed function is noticed here, before a run of the faults."""
    assert resolve_name(name) is not None


@pytest.fixture
def _anew():
    score.present_hash.cache_clear()
    yield
    score.present_hash.cache_clear()


@pytest.mark.usefixtures("_anew")
def test_another_check_makes_the_result_old(monkeypatch):
    before = score.present_hash()
    score.present_hash.cache_clear()
    name = "confidentiality.separated"
    monkeypatch.setitem(PROMISES, name, replace(PROMISES[name], examine=lambda: None))
    assert score.present_hash() != before
    assert not score.score().is_current


@pytest.mark.usefixtures("_anew")
def test_another_fault_makes_the_result_old(monkeypatch):
    def easier(_instance):
        yield

    before = score.present_hash()
    score.present_hash.cache_clear()
    first, *others = load()
    monkeypatch.setattr(score, "load", lambda: [replace(first, function=easier), *others])
    assert score.present_hash() != before
