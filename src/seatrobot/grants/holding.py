"""Holding back what a command writes: at the descriptors of the process, whoever writes to them.

Replacing `sys.stdout` alone would miss `sys.__stdout__`, `os.write`, the handlers of a log, and
every process that the command starts.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from typing import IO

from seatrobot.kernel import caches

STDOUT, STDERR = 1, 2
TASKS = "/proc/self/task"
LOOK_SECONDS = 0.05


@dataclass(slots=True)
class Held:
    """What was written to both descriptors while the block ran, as text."""

    out: str = ""
    err: str = ""


@contextmanager
def held_back(longest: int) -> Iterator[Held]:
    """Give what the block writes when it has ended; nothing of it reaches the terminal.

    It ends when every thread that it began has ended, so that none writes afterwards. longest:
    signs of each that are given; the rest is nowhere.
    """
    held, before = Held(), (threads(), tasks())
    with _memory() as out, _memory() as err:
        flush()
        kept = os.dup(STDOUT), os.dup(STDERR)
        try:
            os.dup2(out.fileno(), STDOUT)
            os.dup2(err.fileno(), STDERR)
            with (
                _text(STDOUT) as new_out,
                _text(STDERR) as new_err,
                redirect_stdout(new_out),
                redirect_stderr(new_err),
            ):
                try:
                    yield held
                finally:
                    wait_for_threads(*before)
                    flush()
        finally:
            for number, descriptor in zip((STDOUT, STDERR), kept, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)
            held.out, held.err = _read(out, longest), _read(err, longest)


def _memory() -> IO[bytes]:
    """Return a file without a name, in memory where the system has such: it holds Customer Data."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("recorded"), "w+b")
    return tempfile.TemporaryFile()


def _text(descriptor: int) -> io.TextIOWrapper:
    return open(descriptor, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


def _read(file: IO[bytes], longest: int) -> str:
    file.seek(0)
    return file.read(4 * longest).decode(errors="replace")[:longest]


def flush() -> None:
    """Have everything written that the streams of this process still hold."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            with suppress(OSError, ValueError):  # closed, or nobody reads it any more
                stream.flush()


def threads() -> set[int]:
    """Return every thread that runs Python; those of libraries, which write nothing, stay.

    But the timer of the caches: it is no command's, and there is always another one of it.
    """
    running = set(sys._current_frames())  # noqa: SLF001  threading knows only its own
    return running - caches.threads()


def tasks() -> set[str]:
    """Return the threads of this process as the system counts them."""
    return set(os.listdir(TASKS)) if os.path.isdir(TASKS) else set()  # noqa: PTH112, PTH208  names


def wait_for_threads(known_threads: set[int], known_tasks: set[str]) -> None:
    """Return when every thread but these has ended, each as `threads` and `tasks` tell them."""
    if tasks() - known_tasks:
        time.sleep(LOOK_SECONDS)  # one that has just begun runs no Python yet
    while threads() - known_threads:
        time.sleep(LOOK_SECONDS)
