"""A real `seatrobot up` for tests, on its own directory and port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

import seatrobot
from seatrobot.runtime.faulting.processes import children, free_port, processes

SOURCE = str(Path(seatrobot.__file__).parents[1])


def environment(data: Path, **more: str) -> dict[str, str]:
    ours = ("SEATROBOT_", "DATABASE_", "DJANGO_", "COVERAGE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**clean, "PYTHONPATH": SOURCE, "SEATROBOT_DATA": str(data), **more}


def command(
    *arguments: str, env: dict[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a `seatrobot` command to its end, with this text as its input."""
    return subprocess.run(
        [sys.executable, "-m", "seatrobot", *arguments],
        env=env,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def until(condition, seconds: float = 30):
    """Wait for a condition and return what it gave; fail loudly when it never comes true."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)
    return result


class Instance:
    """`up` in the background with all it prints in `lines`."""

    def __init__(self, data: Path, **more: str) -> None:
        self.data = data
        self.port = free_port()
        self.env = environment(data, SEATROBOT_PORT=str(self.port), **more)
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "seatrobot", "up"],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        until(lambda: self.said("Stop it with Ctrl-C") or self.process.poll() is not None, 90)
        assert self.process.poll() is None, self.lines

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def health(self) -> str:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as response:
                return str(response.read().decode())
        except OSError:
            return ""

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal, wait for the end and return the exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(30)
        finally:
            self.reader.join(10)
            assert self.process.stdout is not None
            self.process.stdout.close()

    def children(self) -> dict[int, str]:
        return children(self.process.pid)

    def part(self, word: str) -> int:
        """The process of a part, by a word of its command line."""
        return until(lambda: next((p for p, line in self.children().items() if word in line), 0))

    def left_behind(self) -> list[str]:
        """Command lines of processes that still know this directory or port."""
        marks = (str(self.data), f"--port={self.port}")
        return [line for _, line in processes().values() if any(mark in line for mark in marks)]

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))
