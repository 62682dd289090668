"""Processes of this machine from /proc, and what a new one needs."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def processes() -> dict[int, tuple[int, str]]:
    """Return the parent and the command line of every process that has one."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(_fields(place)[1])
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (OSError, IndexError):  # ended meanwhile
            continue
        if line:
            found[int(place.name)] = (parent, line)
    return found


def children(parent: int) -> dict[int, str]:
    """Return the command lines of a process's children."""
    return {pid: line for pid, (above, line) in processes().items() if above == parent}


def descendants(parent: int) -> list[int]:
    """Return a process's children, their children, and so on."""
    found = list(children(parent))
    for pid in found:
        found += children(pid)  # the loop goes on into what it appends
    return found


def is_stopped(pid: int) -> bool:
    return _fields(Path("/proc") / str(pid))[0] == "T"


@contextmanager
def one_core() -> Iterator[None]:
    """Start on one core: the web server then has one worker, ready in half the time of two."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fields(place: Path) -> list[str]:
    """Return state, parent and what follows; the name before may hold anything."""
    return (place / "stat").read_text().rpartition(")")[2].split()
