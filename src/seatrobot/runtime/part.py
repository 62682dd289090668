"""A part of the instance: a process that is kept running until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from seatrobot.runtime import child
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatrobot.runtime.postgres import EmbeddedPostgres

GRACE_SECONDS = 10
LONGEST_LOG = 1024 * 1024
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLED_SECONDS = 60
PULSE_SECONDS = 5


def seatrobot(*arguments: str) -> list[str]:
    """Return the command line of another `seatrobot` command in this installation."""
    return [sys.executable, "-P", "-m", "seatrobot", *arguments]


class ServiceProcess(Protocol):
    """What the supervisor needs of a part; `ended` is its exit code, or None while it runs."""

    name: str

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def ended(self) -> int | None: ...


class CommandPart:
    """A part that is a command; its lines come out after its name, and are kept in a file."""

    def __init__(
        self, name: str, command: list[str], env: Mapping[str, str], log: Path | None = None
    ) -> None:
        self.log = log
        self.name = name
        self.command = command
        self.env = env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            child.bound(self.command),
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        threading.Thread(
            target=_pass_on, args=(self.process.stdout, self.name, self.log), daemon=True
        ).start()

    def stop(self) -> None:
        """Ask to end, wait a while, and leave no process of the group behind."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            say("did not stop in time and was killed", self.name)
        self._sweep()
        self.process.wait()
        self.process = None

    def kill(self) -> None:
        """End every process of the part at once; `ended` tells it like any other end."""
        self._sweep()

    def ended(self) -> int | None:
        code = self.process.poll() if self.process else 0
        if code is not None:
            self._sweep()
        return code

    def _sweep(self) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class DatabasePart:
    """The embedded PostgreSQL as a part."""

    name = "database"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    def ended(self) -> int | None:
        return self.server.process.poll() if self.server.process else 0


class Pulse:
    """Asks a part all the time whether it answers, in a thread of its own."""

    def __init__(self, answers: Callable[[], bool], pause: float = PULSE_SECONDS) -> None:
        self.answers = answers
        self.pause = pause
        self.answered = time.monotonic()

    def start(self) -> None:
        threading.Thread(target=self._ask, name="pulse", daemon=True).start()

    def again(self, grace: float = 0) -> None:
        """Count from now, or from so many seconds on: the part starts again."""
        self.answered = time.monotonic() + grace

    def silence(self) -> float:
        """Return for how many seconds nothing has answered."""
        return time.monotonic() - self.answered

    def _ask(self) -> None:
        while True:
            if self.answers():
                self.again()
            time.sleep(self.pause)


class Patience:
    """How long to wait before a part that ended starts again: longer each time, to a limit."""

    def __init__(self) -> None:
        self.pause = SHORTEST_PAUSE
        self.started = time.monotonic()

    def next_pause(self) -> float:
        """Seconds to wait now."""
        if time.monotonic() - self.started > SETTLED_SECONDS:
            self.pause = SHORTEST_PAUSE
        pause, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        return pause


def _pass_on(stream: IO[bytes], name: str, log: Path | None) -> None:
    for line in stream:
        say(line.decode(errors="replace").rstrip(), name)
        if log:
            with suppress(OSError):  # a full disk keeps nobody from reading the terminal
                keep(line, log)


def keep(line: bytes, log: Path) -> None:
    """Add a line to a file of what a part said, of which the newest megabytes are kept.

    What is said is searched for what must not be there (`practices.checks.encryption`).
    """
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    with os.fdopen(os.open(log, flags, 0o600), "ab") as file:
        file.write(line)
