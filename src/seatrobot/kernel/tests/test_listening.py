"""Where processes listen is read from the kernel: each kind of socket, of whoever was started."""

from __future__ import annotations

import subprocess
import sys

import pytest

from seatrobot.kernel import listening
from seatrobot.kernel.listening import Place

PROGRAM = """
import os, socket, subprocess, sys
from pathlib import Path
data, role = Path(sys.argv[1]), sys.argv[2]
held = []
def at(family, kind, address):
    held.append(socket.socket(family, kind))
    held[-1].bind(address)
    if kind == socket.SOCK_STREAM:
        held[-1].listen()
    return held[-1].getsockname()
if role == "above":
    (data / "lock").write_text(str(os.getpid()))
    child = subprocess.Popen([sys.executable, "-c", sys.argv[3], str(data), "below"])
    child.wait()
else:
    four = at(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))[1]
    six = at(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))[1]
    udp = at(socket.AF_INET, socket.SOCK_DGRAM, ("0.0.0.0", 0))[1]
    at(socket.AF_UNIX, socket.SOCK_STREAM, str(data / "socket"))
    held.append(socket.create_connection(("127.0.0.1", four)))
    print(four, six, udp, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def running(tmp_path):
    """A process that holds a data directory, and one below it that listens; gives its ports."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "above", PROGRAM]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield [int(each) for each in process.stdout.readline().split()]
        process.stdin.close()


def test_every_kind_of_socket_of_whoever_was_started_is_found(running, tmp_path):
    four, six, udp = running
    found = listening.look(tmp_path)
    assert set(found.places) == {
        Place("tcp", "127.0.0.1", four),
        Place("tcp", "::1", six),
        Place("udp", "0.0.0.0", udp),
        Place("unix", str(tmp_path / "socket")),
    }
    assert found.processes == 2
    assert not found.unseen


def test_a_host_is_where_it_listens():
    assert listening.of_host("127.0.0.1", 80) == {Place("tcp", "127.0.0.1", 80)}
    assert listening.of_host("::", 80) == {Place("tcp", "::", 80)}


def test_an_instance_that_does_not_run_has_no_process(tmp_path):
    assert listening.processes(tmp_path) == set()
