"""Examinations are looked for each minute, asked for once, and run in a process of their own."""

from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.kernel.acting import acting
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.promises import jobs, services, starting
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.tests.running import inline

pytestmark = pytest.mark.django_db
WORK = Work("promises", None, None)


@pytest.fixture
def started(monkeypatch):
    """The commands that were started."""
    commands: list[list[str]] = []
    monkeypatch.setattr(starting.subprocess, "run", lambda command, **_: commands.append(command))
    return commands


def test_a_process_is_started_only_when_something_is_due(row, started):
    promise = row()
    jobs.examine_due(WORK)
    assert [command[-1] for command in started] == ["--due"]
    services.examine(promise, inline)
    jobs.examine_due(WORK)
    assert len(started) == 1


def test_what_went_stale_is_noted_though_nothing_is_due(row, started):
    promise = row()
    services.examine(promise, inline)
    jobs.examine_due(WORK)
    assert [change.state for change in Change.objects.all()] == ["kept"]


def test_asking_twice_is_asking_once():
    with acting(services.ACTOR):
        for name in ("doors.closed", "doors.closed", "doors.checked"):
            services.request_examination(name)
    waiting = ProcrastinateJob.objects.filter(task_name="promises.examine")
    assert sorted(job.args["promise"] for job in waiting) == ["doors.checked", "doors.closed"]


def test_what_was_asked_for_is_examined_alone(started):
    jobs.examine_one(WORK, promise="doors.closed")
    assert started[0][-2:] == ["examine", "doors.closed"]
