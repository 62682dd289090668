"""Recovery of a restored cluster: the log is read from a directory, up to a position or a moment.

Without a position PostgreSQL opens with whatever log it finds, silently; with one that it does not
reach it refuses to open. So whoever knows the position names it.
"""

from __future__ import annotations

import shlex
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from seatrobot.runtime import child
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.postgres import ADMINISTRATOR, RECOVERY, EmbeddedPostgres

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

SEGMENT_BYTES = 16 * 1024 * 1024
PARTIAL = ".partial"
LSN_LOW_BITS = 32
LEFT_FROM_BEFORE = ("postmaster.pid", "postmaster.opts", "standby.signal", "current_logfiles")


@dataclass(frozen=True, slots=True)
class Target:
    """Up to where the log is read: a position, a moment, or, with neither, all there is.

    What began at the position is left out. stays: stop there with readers only, to look at it.
    """

    lsn: int | None = None
    at: datetime | None = None
    stays: bool = False

    def settings(self) -> dict[str, str]:
        found = {"recovery_target_timeline": "latest"}
        if self.lsn is not None:
            found |= {"recovery_target_lsn": lsn_text(self.lsn)}
            found |= {"recovery_target_inclusive": "off"}
        elif self.at is not None:
            found |= {"recovery_target_time": self.at.astimezone(UTC).isoformat()}
        if self.lsn is not None or self.at is not None:
            found |= {"recovery_target_action": "pause" if self.stays else "promote"}
        return found


class RecoveringPostgres(EmbeddedPostgres):
    """A restored cluster in `directory`/cluster, which reads the log from the directory `log`."""

    def __init__(self, directory: Path, log: Path, target: Target) -> None:
        place = shlex.quote(str(log.resolve()).replace("%", "%%"))
        settings = {
            "restore_command": f"cp {place}/%f %p",
            "hot_standby": "on",
            "logging_collector": "off",
            "fsync": "off" if target.stays else "on",
            **target.settings(),
        }
        super().__init__(directory, settings, reads=[log.resolve()])
        self.target = target
        self.log = log

    def start(self) -> subprocess.Popen[bytes]:
        """Recover; come back once everybody may write, or readers where the target `stays`."""
        if not (self.cluster / "PG_VERSION").exists():
            raise RefusedError(f"There is no cluster in {self.cluster}: nothing was restored.")
        for name in LEFT_FROM_BEFORE:
            (self.cluster / name).unlink(missing_ok=True)
        (self.cluster / RECOVERY).touch(mode=0o600)
        give_all(self.cluster)
        pad(self.log)
        give_all(self.log)
        return super().start()

    def _await_recovered(self, process: subprocess.Popen[bytes], log: Path) -> None:
        if not self.target.stays:
            super()._await_recovered(process, log)
            return
        with self._reader() as reader:
            while process.poll() is None:
                row = reader.execute("SELECT pg_get_wal_replay_pause_state()").fetchone()
                if row == ("paused",):
                    return
        raise RefusedError("PostgreSQL ended while it recovered.")

    @contextmanager
    def _reader(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url(ADMINISTRATOR, "postgres"), autocommit=True) as connection:
            yield connection


def pad(log: Path) -> None:
    """Make segments whole: one that was being written is shorter, and PostgreSQL refuses it.

    A `.partial` one counts where the finished one is not there.
    """
    for part in log.glob(f"*{PARTIAL}"):
        whole = part.with_suffix("")
        if whole.exists():
            part.unlink()
        else:
            part.rename(whole)
    for segment in log.iterdir():
        if len(segment.name) == 24 and segment.stat().st_size < SEGMENT_BYTES:  # noqa: PLR2004  a name of PostgreSQL's
            with segment.open("ab") as file:
                file.truncate(SEGMENT_BYTES)


def give_all(directory: Path) -> None:
    """Make everything below belong to the user that PostgreSQL runs as."""
    child.give(directory)
    for each in directory.rglob("*"):
        child.give(each)


def lsn_text(lsn: int) -> str:
    return f"{lsn >> LSN_LOW_BITS:X}/{lsn & 0xFFFFFFFF:X}"


def lsn_number(text: str) -> int:
    high, low = text.split("/")
    return int(high, 16) << LSN_LOW_BITS | int(low, 16)


def empty(directory: Path) -> None:
    """Remove what a trial has left behind."""
    shutil.rmtree(directory, ignore_errors=True)
