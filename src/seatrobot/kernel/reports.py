"""What web and jobs find when they try to reach what they need not: each process, each minute.

The processes try for themselves, and tell the one above them, which is not confined and writes
`reports/PART.json`. A report says what a process that keeps to its code can reach; one that
somebody took over may say what it likes.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

PARTS = ("web", "jobs")
EVERY_SECONDS = 60


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """What one process found. version: of the kernel's Landlock, 0: none. reached: in words."""

    version: int
    tried: int
    reached: list[str]
    at: float = 0


def attempt(data: Path, version: int) -> Report:
    """Try everything; nothing is left of it."""
    found = [(name, _works(trial)) for name, trial in _trials(data).items()]
    return Report(version, len(found), [name for name, works in found if works])


def encode(report: Report) -> bytes:
    return msgspec.json.encode(report)


def decode(text: bytes) -> Report:
    """Return what `encode` wrote; ValueError for anything else."""
    return msgspec.json.decode(text, type=Report)


def write(data: Path, part: str, reports: Mapping[int, msgspec.Struct]) -> None:
    """Replace the report of a part: one for each of its processes."""
    place = data / "reports"
    place.mkdir(mode=0o700, exist_ok=True)
    draft = place / f".{part}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode({str(pid): report for pid, report in reports.items()}))
    draft.replace(place / f"{part}.json")


def forget(data: Path, part: str) -> None:
    (data / "reports" / f"{part}.json").unlink(missing_ok=True)


def read(data: Path, part: str) -> dict[str, Report]:
    """Return the newest report of each process of a part, by its number; none: no report."""
    try:
        text = (data / "reports" / f"{part}.json").read_bytes()
        return msgspec.json.decode(text, type=dict[str, Report])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


class Due:
    """Whether it is time for the next report; the first is due at once."""

    def __init__(self, seconds: float = EVERY_SECONDS) -> None:
        self.seconds = seconds
        self.last = 0.0

    def now(self) -> bool:
        moment = time.monotonic()
        if self.last and moment - self.last < self.seconds:
            return False
        self.last = moment
        return True


def _trials(data: Path) -> dict[str, Callable[[], object]]:
    above = os.getppid()
    postgresql = data / "postgresql"
    return {
        "reading the examiner's key": lambda: _opened(data / "examiner" / "evidence.key"),
        "reading the database's files": lambda: list((postgresql / "cluster").iterdir()),
        "reading the database superuser's password": lambda: _opened(
            postgresql / "postgres.password"
        ),
        "listing the data directory": lambda: list(data.iterdir()),
        "reading the system's passwords": lambda: _opened(Path("/etc/shadow")),
        "listing the home of root": lambda: list(Path("/root").iterdir()),
        "listing the homes of people": lambda: list(Path("/home").iterdir()),
        "listing temporary files of others": lambda: list(Path("/tmp").iterdir()),  # noqa: S108
        "putting a file among the keys": lambda: _made(data / "keys"),
        "putting a file into the data directory": lambda: _made(data),
        "changing a report": lambda: _made(data / "reports"),
        "changing the program": lambda: _made(Path(__file__).parent),
        "reading the memory of the process above": lambda: _opened(Path(f"/proc/{above}/mem")),
    }


def _works(trial: Callable[[], object]) -> bool:
    try:
        trial()
    except OSError:
        return False
    return True


def _opened(file: Path) -> None:
    os.close(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))


def _made(directory: Path) -> None:
    draft = directory / f".tried.{secrets.token_hex(8)}"
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    draft.unlink()
