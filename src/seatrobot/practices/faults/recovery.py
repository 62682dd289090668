"""Faults of backups: stores that lack or lie, nights without one, failures that nobody hears of."""

from __future__ import annotations

import io
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from seatrobot.backups.configured import stores
from seatrobot.backups.making import place
from seatrobot.backups.models import Backup, Part
from seatrobot.backups.stores import LEDGER, DirectoryStore
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.status import State
from seatrobot.practices.faults import drills
from seatrobot.practices.faults.declaring import Instance, fault

ELSEWHERE = (drills.swapped,)
"""What is declared in a module of its own."""

MUTE = """
    CREATE FUNCTION public.alerts_of_backups_go() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RETURN NULL; END $$;
    CREATE TRIGGER alerts_go BEFORE INSERT ON backups_alert
        FOR EACH ROW EXECUTE FUNCTION public.alerts_of_backups_go();
    ALTER TABLE backups_alert ENABLE ALWAYS TRIGGER alerts_go
"""
NOT_MUTE = """
    DROP TRIGGER alerts_go ON backups_alert; DROP FUNCTION public.alerts_of_backups_go()
"""
TAKE_ROW = """
    CREATE TEMPORARY TABLE kept_backup AS SELECT * FROM backups_backup;
    DELETE FROM backups_backup
"""
PUT_ROW = """
    INSERT INTO backups_backup SELECT * FROM pg_temp.kept_backup; DROP TABLE pg_temp.kept_backup
"""
FAILED = """
    INSERT INTO backups_attempt (id, begun_at, ended_at, problem)
    VALUES ('00000000-0000-4000-8000-000000000015', now(), now(), 'the disk is full')
"""
NOT_FAILED = "DELETE FROM backups_attempt WHERE id = '00000000-0000-4000-8000-000000000015'"
WELL = """
    UPDATE backups_store_state SET problem = '', problem_since = NULL, seen_at = now()
"""
SLOT = "SELECT pg_create_physical_replication_slot('somebody', true)"
NO_SLOT = "SELECT pg_drop_replication_slot('somebody')"
PART = "seatrobot backups ship"
CATCHES_UP = "seatrobot.practices.checks.recovery.CATCHES_UP"
SOON = 6.0
"""Seconds in which the part that ships, which waits less here, brings what was written."""


def first_store() -> Path:
    """Return the directory of the first store."""
    store = stores()[0]
    assert isinstance(store, DirectoryStore)
    return store.directory


def newest() -> Backup:
    with acting(ACTOR):
        rows = Backup.objects.filter(destroyed_at=None, finished_at__isnull=False)
        return rows.order_by("-made_at")[0]


def object_of(part: str) -> Path:
    """Return the file of a part of the newest backup in the first store."""
    return first_store() / place(newest().pk, part)


@contextmanager
def changed_file(file: Path, content: bytes) -> Iterator[None]:
    """Give a file other bytes, with the dates it had, and what it had at the end."""
    before, state = file.read_bytes(), file.stat()
    try:
        file.write_bytes(content)
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
        yield
    finally:
        file.write_bytes(before)
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


@contextmanager
def moved(path: Path) -> Iterator[None]:
    """Have a file or directory away for a time."""
    aside = path.with_name(f"{path.name}-aside")
    path.rename(aside)
    try:
        yield
    finally:
        if path.is_dir():
            shutil.rmtree(path)
        aside.rename(path)


@fault("recovery.redundant", "a backup that is cut off in one store")
def cut_off(_instance: Instance) -> Iterator[None]:
    file = object_of(Part.CLUSTER)
    with changed_file(file, file.read_bytes()[: file.stat().st_size // 2]):
        yield


@fault("recovery.redundant", "a backup of the same size with other bytes in one store")
def other_bytes(_instance: Instance) -> Iterator[None]:
    file = object_of(Part.CLUSTER)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    with changed_file(file, bytes(content)):
        yield


@fault("recovery.redundant", "one part of a backup in place of another")
def swapped(_instance: Instance) -> Iterator[None]:
    with changed_file(object_of(Part.FILES), object_of(Part.SOURCE).read_bytes()):
        yield


@fault("recovery.redundant", "an older description in place of the newest one")
def described_otherwise(_instance: Instance) -> Iterator[None]:
    file = object_of("about.json")
    earlier = file.read_bytes().replace(b'"made_at": "202', b'"made_at": "201')
    with changed_file(file, earlier):
        yield


@fault("recovery.redundant", "a store whose log has a gap")
def gap(_instance: Instance) -> Iterator[None]:
    files = sorted((first_store() / "log").glob("*/*"))
    with moved_out(next(each for each in reversed(files) if "." not in each.name)):
        yield


@fault("recovery.redundant", "a store that is gone")
def gone(instance: Instance) -> Iterator[None]:
    with moved(first_store()), instance.patched(CATCHES_UP, SOON):
        yield


@fault("recovery.redundant", "a store that gives half of each object")
def halves(instance: Instance) -> Iterator[None]:
    whole = DirectoryStore.open

    def half(self: DirectoryStore, key: str) -> io.BytesIO:
        with whole(self, key) as file:
            content = file.read()
        return io.BytesIO(content[: len(content) // 2] if "/cluster" in key else content)

    with instance.patched("seatrobot.backups.stores.DirectoryStore.open", half):
        yield


@fault("recovery.redundant", "a backup whose key is missing")
def no_key(instance: Instance) -> Iterator[None]:
    with moved_out(instance.data / "backups" / "keys" / f"{newest().pk}.keyring"):
        yield


@fault("recovery.redundant", "both stores on one disk", expected=State.UNPROVEN)
def one_disk(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.backups.stores.DirectoryStore.place", lambda _self: "one"):
        yield


@fault("recovery.redundant", "log that is shipped no more")
def not_shipped(instance: Instance) -> Iterator[None]:
    with stopped(), instance.patched(CATCHES_UP, SOON):
        instance.run("SELECT pg_logical_emit_message(true, 'seatrobot', 'unshipped')")
        yield


@fault("recovery.redundant", "a store that lacks what was erased")
def no_ledger(instance: Instance) -> Iterator[None]:
    file = first_store() / LEDGER
    first = file.read_bytes().splitlines(keepends=True)[0]
    with changed_file(file, first), instance.patched(CATCHES_UP, SOON):
        yield


@fault("recovery.nightly", "a nightly backup that is put off")
def put_off(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.practices.checks.recovery.now", in_hours(27)):
        yield


@fault("recovery.nightly", "a backup that was given a later date")
def later_date(instance: Instance) -> Iterator[None]:
    file = object_of("about.json")
    later = file.read_bytes().replace(b'"made_at": "202', b'"made_at": "203')
    patched = instance.patched("seatrobot.practices.checks.recovery.now", in_hours(27))
    with changed_file(file, later), patched:
        yield


@fault("recovery.nightly", "a backup that failed")
def failed(instance: Instance) -> Iterator[None]:
    with instance.changed(FAILED, NOT_FAILED):
        yield


@fault(
    "recovery.nightly",
    "a catalogue without its backup",
    expected=(State.BROKEN, State.UNPROVEN),
)
def no_row(instance: Instance) -> Iterator[None]:
    with stopped(), instance.changed(TAKE_ROW, PUT_ROW):
        yield


@fault("recovery.nightly", "a store without the backup")
def no_backup(_instance: Instance) -> Iterator[None]:
    with moved_out(object_of("about.json")):
        yield


@fault("recovery.nightly", "source code that does not open in one store")
def no_source(_instance: Instance) -> Iterator[None]:
    file = object_of(Part.SOURCE)
    with changed_file(file, file.read_bytes()[:-20]):
        yield


@fault("recovery.alert", "a store that fails, and alerts that are swallowed")
def swallowed(instance: Instance) -> Iterator[None]:
    fails = """
        UPDATE backups_store_state SET problem = 'read-only', seen_at = now(),
            problem_since = now() - interval '1 hour'
    """
    with instance.changed(MUTE, NOT_MUTE), stopped(), instance.changed(fails, WELL):
        yield


@fault("recovery.alert", "a part that ships nothing, unheard")
def unheard(instance: Instance) -> Iterator[None]:
    silent = "UPDATE backups_store_state SET seen_at = now() - interval '1 hour'"
    with instance.changed(MUTE, NOT_MUTE), stopped(), instance.changed(silent, WELL):
        yield


@fault("recovery.alert", "no backup for a day and a half, unheard")
def silence(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.practices.checks.recovery.now", in_hours(36)):
        yield


@fault("recovery.alert", "an alert that reached nobody in the last weeks")
def no_exercise(instance: Instance) -> Iterator[None]:
    earlier = "UPDATE backups_alert SET told_at = told_at - interval '30 days' WHERE exercise"
    with (
        instance.changed(MUTE, NOT_MUTE),
        instance.changed(earlier, earlier.replace("-", "+", 1)),
        instance.patched("seatrobot.practices.checks.recovery.TOLD_WITHIN", 2.0),
    ):
        yield


@fault("recovery.alert", "a slot that holds log, unheard")
def held(instance: Instance) -> Iterator[None]:
    with (
        instance.changed(SLOT, NO_SLOT),
        instance.patched("seatrobot.backups.alerts.MOST_HELD", -1),
    ):
        yield


@fault("recovery.alert", "a disk that is nearly full, unheard")
def full(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.backups.alerts.LEAST_FREE", 1 << 60):
        yield


@contextmanager
def moved_out(path: Path) -> Iterator[None]:
    """Have a file away from its store for a time."""
    content, state = path.read_bytes(), path.stat()
    path.unlink()
    try:
        yield
    finally:
        path.write_bytes(content)
        path.chmod(0o600)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@contextmanager
def stopped() -> Iterator[None]:
    """Have the part that ships stand still, which makes a backup at once where it knows of none."""
    pid = _shipper()
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(0.1)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _shipper() -> int:
    """Return the process of this instance that ships: the one that holds its keys of backups."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if PART in line and f"SEATROBOT_DATA={settings.CONFIG.data}".encode() in environment:
            return int(entry.name)
    raise RuntimeError("nothing ships the log")


def in_hours(hours: float) -> object:
    """Return a clock that is ahead."""

    def ahead() -> datetime:
        return now() + timedelta(hours=hours)

    return ahead
