"""The process above the jobs starts examinations that are asked for, and nothing else."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from seatrobot.kernel.promises import starting
from seatrobot.runtime.config import Config
from seatrobot.runtime.working import JobsPart


@pytest.fixture
def wire(monkeypatch):
    """The worker's end of the socket, as its environment names it; and what was started."""
    started: list[tuple[str, object]] = []
    monkeypatch.setattr(starting, "examine", lambda what, env=None: started.append((what, env)))
    part = JobsPart(Config.from_env(), env={}, examiner_env={"who": "examiner"})
    above, below = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    thread = threading.Thread(target=part._listen, args=(above,))
    thread.start()
    monkeypatch.setenv(starting.WIRE, str(below.fileno()))
    yield started
    below.close()
    thread.join(10)
    assert not thread.is_alive()


def test_an_examination_runs_above_and_is_waited_for(wire):
    starting.ask("hosts.confined")
    starting.ask("--due")
    assert wire == [("hosts.confined", {"who": "examiner"}), ("--due", {"who": "examiner"})]


@pytest.mark.parametrize("what", ["", "--full", "hosts.confined; id", "a.b c.d", "x" * 9000])
def test_anything_else_is_answered_by_nothing(wire, what):
    starting.ask(what)
    assert wire == []


def test_without_a_process_above_it_runs_here(monkeypatch):
    monkeypatch.delenv(starting.WIRE, raising=False)
    seen = []
    monkeypatch.setattr(starting.subprocess, "run", lambda command, **_: seen.append(command))
    starting.ask("hosts.confined")
    assert seen[0][-2:] == ["examine", "hosts.confined"]
    assert starting.WIRE not in os.environ
