"""The process above the jobs starts examinations that are asked for, and nothing else."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from seatrobot.kernel import loaded, reports
from seatrobot.kernel.promises import starting
from seatrobot.runtime import working
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


def test_a_report_that_fails_once_is_made_the_next_minute(monkeypatch, tmp_path, capfd):
    statements = iter([RuntimeError("dictionary changed size"), loaded.Loaded("now", {})])

    def statement(*, answers: bool) -> loaded.Loaded:
        found = next(statements)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(loaded, "statement", statement)
    monkeypatch.setattr(reports, "EVERY_SECONDS", 0)
    above, below = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    above.settimeout(10)
    monkeypatch.setenv(starting.WIRE, str(below.fileno()))
    thread = threading.Thread(target=working._report, args=(tmp_path,))
    thread.start()
    with above:
        while not (message := above.recv(working.LONGEST_MESSAGE)).startswith(working.LOADED):
            assert message.startswith(working.REPORT)
        below.close()
    thread.join(10)
    assert not thread.is_alive()
    assert b"now" in message
    assert capfd.readouterr().out.count("dictionary changed size") == 1
