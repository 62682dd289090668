"""Faults of drills: backups that cannot be restored, and results that nobody obtained.

Where a backup is spoilt for real, `seatrobot drill` is run as after a nightly backup, and once more
after the repair.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from seatrobot.backups import configured, drills
from seatrobot.backups.catalogue import ACTOR
from seatrobot.backups.models import Drill
from seatrobot.backups.stores import DirectoryStore
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.practices.faults.declaring import Instance, fault

PROMISE = "recovery.tested"
STORE = "store-1"
NOW = "seatrobot.practices.checks.drills.now"
NEWEST = "(SELECT id FROM backups_drill WHERE ended_at IS NOT NULL ORDER BY begun_at DESC LIMIT 1)"
LONGEST_WAIT = 240
DRILL = """
import sys
from seatrobot.cli import main
from seatrobot.runtime import drilling
drilling.NICE = 0
sys.exit(main(sys.argv[1:]))
"""
"""The command `drill` that takes its share of the machine: somebody waits for it here."""
NOT_NOW = 75
"""The exit code where another drill is being made."""


def tried() -> Drill:
    """Have the newest backup restored from the first store; return what came of it."""
    command = [sys.executable, "-P", "-c", DRILL, "drill", "--store", STORE]
    end = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end:
        done = subprocess.run(command, check=False, capture_output=True, timeout=LONGEST_WAIT)  # noqa: S603
        if done.returncode != NOT_NOW:
            break
        time.sleep(1)
    with acting(ACTOR):
        return Drill.objects.filter(store=STORE, ended_at__isnull=False).latest("begun_at")


def until_passed() -> None:
    """Wait for the first backup, and see that a drill of it passes."""
    end = time.monotonic() + LONGEST_WAIT
    while drills.undrilled() is None and time.monotonic() < end:
        with acting(ACTOR):
            if Drill.objects.filter(passed=True, store=STORE).exists():
                return
        time.sleep(1)
    row = tried()
    assert row.passed, row.findings


@fault(PROMISE, "a backup in which the database is another file's bytes")
def swapped(_instance: Instance) -> Iterator[None]:
    def swap(path: Path) -> None:
        shutil.copy2(path.with_name("files"), path)

    with _spoilt(_part("cluster"), swap):
        yield


@fault(PROMISE, "a log that was cut off before the digests")
def cut_off(instance: Instance) -> Iterator[None]:
    store = _store()
    aside = instance.data / "profile" / "aside"
    shutil.move(store / "log", aside)
    try:
        tried()
        yield
    finally:
        shutil.copytree(aside, store / "log", dirs_exist_ok=True)
        shutil.rmtree(aside)
        tried()


@fault(PROMISE, "a description of an older backup")
def older(_instance: Instance) -> Iterator[None]:
    def rewrite(path: Path) -> None:
        about = json.loads(path.read_bytes())
        about["made_at"] = (now() - timedelta(days=3)).isoformat()
        path.write_text(json.dumps(about))

    with _spoilt(_part("about.json"), rewrite):
        yield


@fault(PROMISE, "a drill that says it has passed and has not")
def whitewashed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"UPDATE backups_drill SET seconds = seconds - 1 WHERE id = {NEWEST}",
        f"UPDATE backups_drill SET seconds = seconds + 1 WHERE id = {NEWEST}",
    ):
        yield


@fault(PROMISE, "a drill of which the journal knows nothing")
def made_up(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO backups_drill (id, backup_id, store, begun_at, ended_at, passed, seconds,"
        " lost_seconds, findings, facts) SELECT gen_random_uuid(), backup_id, store,"
        " begun_at + interval '1 second', ended_at, true, 1, 0, findings, facts"
        f" FROM backups_drill WHERE id = {NEWEST}",
        "DELETE FROM backups_drill WHERE seconds = 1",
    ):
        yield


@fault(PROMISE, "a failed drill that is taken away")
def taken_away(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE had_drill AS SELECT * FROM backups_drill WHERE id = {NEWEST};"
        " DELETE FROM backups_drill WHERE id IN (SELECT id FROM had_drill)",
        "INSERT INTO backups_drill SELECT * FROM had_drill; DROP TABLE had_drill",
    ):
        yield


@fault(PROMISE, "no drill for more than 90 days")
def long_ago(instance: Instance) -> Iterator[None]:
    later = now() + timedelta(days=91)
    with instance.patched(NOW, lambda: later):
        yield


def _store() -> Path:
    store = configured.store(STORE)
    assert isinstance(store, DirectoryStore)
    return store.directory


def _part(name: str) -> Path:
    backups = sorted((_store() / "base").iterdir())
    return backups[-1] / name


@contextmanager
def _spoilt(path: Path, spoil: Callable[[Path], object]) -> Iterator[None]:
    """Spoil an object of the store, have a drill fail, and mend both."""
    content = path.read_bytes()
    spoil(path)
    try:
        tried()
        yield
    finally:
        path.write_bytes(content)
        path.chmod(0o600)
        tried()
