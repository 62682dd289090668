"""One real `seatrobot up` in a directory of its own, as an operator starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

START_SECONDS = 120
RUNS = "Stop it with Ctrl-C."
STOP_SECONDS = 40
OURS = ("SEATROBOT_", "DATABASE_", "DJANGO_")


class Instance:
    """data: its data directory. log: what it wrote to the terminal. url: how to reach it."""

    def __init__(self, place: Path, *, smtp_url: str = "", demo: bool = False) -> None:
        self.data = place / "var"
        self.log = place / "terminal.log"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.command = [sys.executable, "-m", "seatrobot", "up", *(["--demo"] if demo else [])]
        self.env = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        self.env |= {
            "SEATROBOT_DATA": str(self.data),
            "SEATROBOT_PORT": str(self.port),
            "SEATROBOT_SMTP_URL": smtp_url,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it says that it runs."""
        before = self.said().count(RUNS) if self.log.exists() else 0
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.said().count(RUNS) == before:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"seatrobot did not start:\n{self.said()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Press Ctrl-C and wait for the end."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"seatrobot did not stop on Ctrl-C:\n{self.said()}") from None
        self.process = None

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def setup_link(self) -> str:
        """Return the one-time link that a first start prints."""
        found = re.search(r"(http://\S+) \(one time", self.said())
        assert found, f"no set-up link in:\n{self.said()}"
        return found.group(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
