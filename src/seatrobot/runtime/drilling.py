"""The drill: a backup is restored from one store alone, opened, compared, and timed.

`drill` runs in the instance and starts this module as a process with a directory of its own, at the
lowest priority. It knows nothing of the instance but one store of backups, the store of their keys,
the root key, and what the catalogue says of the backup. It restores the backup, recovers to the
position at which digests were taken, compares them, recovers the rest, and starts `drilled` on the
restored database. Whatever fails is a finding; a drill without one has passed.

    python -m seatrobot.runtime.drilling TASK.json
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import psycopg

from seatrobot.runtime import child
from seatrobot.runtime.directory import InUseError, held
from seatrobot.runtime.errors import RefusedError

if TYPE_CHECKING:
    from seatrobot.backups.models import Drill
    from seatrobot.backups.stores import Store
    from seatrobot.runtime.config import Config

NICE = 19
LONGEST_SECONDS = 3 * 3600
MOST_MEMORY = 4 * 1024**3
"""Of address space, for each process of the drill."""
ROOM = 1.3
"""How much more than the backup has to be free on the disk."""
SHIPPED_SECONDS = 120.0
"""Seconds to wait until a store has the log through the position of the digests."""
LEAST_FREE = 256 * 2**20
MOST_DELETED = 20
NEWEST = "SELECT max(at) FROM journal_entry"
SMALL = {
    "shared_buffers": "32MB",
    "maintenance_work_mem": "32MB",
    "work_mem": "4MB",
    "effective_cache_size": "128MB",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "autovacuum": "off",
}
"""So that the restored database takes little of the machine beside the one that serves."""


class Task(msgspec.Struct, kw_only=True):
    """What the process in its own directory is to do.

    store: its address. parts: size and SHA-256 of each part by the catalogue. digests: what was
    measured at backup time. deleted: organizations that are deleted by now. newest: when the newest
    write was acknowledged as the drill began.
    """

    backup: UUID
    made_at: datetime
    from_lsn: str
    to_lsn: str
    timeline: int
    store: str
    store_name: str
    parts: dict[str, tuple[int, str]]
    digests: dict[str, Any]
    deleted: list[UUID]
    newest: datetime | None


class Outcome(msgspec.Struct, kw_only=True):
    """What the process found. seconds: until the restored service answered; lost: see `Drill`."""

    findings: list[str]
    facts: dict[str, float | int | str]
    seconds: float | None = None
    lost: float | None = None


@dataclass(slots=True)
class Found:
    findings: list[str] = field(default_factory=list)
    facts: dict[str, float | int | str] = field(default_factory=dict)


def main() -> int:
    """Do the task that the argument names; print the outcome as JSON on the last line."""
    from seatrobot.backups.configured import store_at

    file = Path(sys.argv[1])
    task = msgspec.json.decode(file.read_bytes(), type=Task)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import django

    from seatrobot.runtime.config import Config

    config = Config.from_env()
    config.first_run()
    django.setup()
    found = Found()
    begun = time.monotonic()
    seconds = lost = None
    try:
        seconds, lost = _drilled(task, store_at(task.store, task.store_name), config, found)
    except RefusedError as error:
        found.findings.append(str(error))
    except Exception as error:  # noqa: BLE001  whatever it is, the drill has failed
        found.findings.append(f"{type(error).__name__}: {error}")
    found.facts["total_seconds"] = round(time.monotonic() - begun, 1)
    outcome = Outcome(findings=found.findings, facts=found.facts, seconds=seconds, lost=lost)
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
    return 0


def _drilled(
    task: Task, store: Store, config: Config, found: Found
) -> tuple[float | None, float | None]:
    """Restore, compare, recover and try; return seconds until it answered, and seconds lost."""
    from seatrobot.backups import digests, reading
    from seatrobot.backups.stores import StoreError
    from seatrobot.runtime.postgres import ADMINISTRATOR
    from seatrobot.runtime.recovering import Target, lsn_number
    from seatrobot.runtime.restoring import NotRestored, Restoration

    begun = time.monotonic()
    try:
        described = {each.id: each for each in reading.described(store)}
    except StoreError as error:
        raise NotRestored(f"The store cannot be used: {error}.") from error
    about = described.get(task.backup)
    if about is None:
        raise NotRestored("The store does not have the backup that the catalogue says it has.")
    said = (about.made_at, about.from_lsn, about.to_lsn, about.timeline)
    known = (task.made_at, task.from_lsn, task.to_lsn, task.timeline)
    if said != known:
        raise NotRestored("The store describes another backup than the catalogue has.")
    restoration = Restoration(
        store, about, config.data, expected=task.parts, key_stores=config.key_stores
    )
    restoration.bring()
    at = lsn_number(str(task.digests["at_lsn"]))
    with _small(restoration.recovered(Target(lsn=at, stays=True))) as server:
        with psycopg.connect(server.url(ADMINISTRATOR, "seatrobot"), autocommit=True) as reader:
            measured = digests.measured(reader)
        found.findings += digests.compared(task.digests, measured)
        found.facts["tables"] = len(measured["rows"])
        found.facts["rows"] = sum(measured["rows"].values())
    lost = None
    with _small(restoration.recovered(Target())) as server:
        with psycopg.connect(server.url(ADMINISTRATOR, "seatrobot"), autocommit=True) as reader:
            row = reader.execute(NEWEST).fetchone()
        if task.newest is not None:
            if row is None or row[0] is None:
                raise NotRestored("The restored journal is empty.")
            lost = max(0.0, (task.newest - row[0]).total_seconds())
        restoration.bring_ledger()
        _try_service(server, task, config.data, found)
        seconds = time.monotonic() - begun
    found.facts |= {f"{step}_seconds": took for step, took in restoration.measured.seconds.items()}
    found.facts |= restoration.measured.counts
    return round(seconds, 1), lost


@contextmanager
def _small(server: Any) -> Iterator[Any]:
    """Run a restored database that leaves the machine to the one that serves."""
    server.settings |= SMALL
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _try_service(server: Any, task: Task, data: Path, found: Found) -> None:
    """Start the service's own code on the restored database, in a process of its own."""
    from seatrobot.runtime import database, roles
    from seatrobot.runtime.postgres import ADMINISTRATOR

    roles.prepare(
        server.url(ADMINISTRATOR, "postgres"),
        owner_password=server.password(roles.OWNER),
        app_password=server.password(roles.APP),
        examiner_password=server.password(roles.EXAMINER),
        recorder_password=server.password(roles.RECORDER),
    )
    urls = database.urls_of(server)
    env = {
        **os.environ,
        "DATABASE_URL": urls.app,
        "DATABASE_EXAMINER_URL": urls.examiner,
        "DATABASE_RECORDER_URL": urls.recorder,
    }
    tried = subprocess.run(
        [sys.executable, "-P", "-m", "seatrobot.runtime.drilled"],
        input=json.dumps([str(each) for each in task.deleted]),
        env=env,
        cwd=data,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    try:
        outcome = msgspec.json.decode(tried.stdout.splitlines()[-1], type=Outcome)
    except (IndexError, msgspec.DecodeError):
        last = (tried.stderr.strip().splitlines() or ["it said nothing"])[-1]
        found.findings.append(f"The service did not start on the restored database: {last}")
        return
    found.findings += outcome.findings
    found.facts |= outcome.facts


# ---- in the instance


class NoDrill(RefusedError):
    """No drill can be made now; the text is a sentence that says why."""

    code = 75


def drill(store_name: str = "", backup_id: UUID | None = None) -> Drill:
    """Restore the newest backup from one store, and note what came of it; raise NoDrill.

    store_name: by default the store that was tried longest ago.
    """
    from seatrobot.backups import drills

    try:
        chosen = drills.choose(store_name, backup_id)
    except drills.NothingToDrill as error:
        raise NoDrill(str(error)) from error
    deadline = time.monotonic() + SHIPPED_SECONDS
    while not drills.is_shipped(chosen) and time.monotonic() < deadline:
        time.sleep(1)
    place = drills.place()
    with _alone(place):
        _require_room(place, chosen.backup.digests, chosen.size)
        row = drills.begin(chosen)
        from_lsn, to_lsn = drills.positions(chosen.backup)
        task = Task(
            backup=chosen.backup.pk,
            made_at=chosen.backup.made_at,
            from_lsn=from_lsn,
            to_lsn=to_lsn,
            timeline=chosen.backup.timeline,
            store=chosen.address,
            store_name=chosen.store,
            parts=chosen.parts,
            digests=chosen.backup.digests,
            deleted=_deleted(),
            newest=_newest(),
        )
        outcome = _run(place, task)
    # After the place was emptied: what is there while no drill runs was left behind.
    drills.end(
        row,
        findings=outcome.findings,
        facts=outcome.facts,
        seconds=outcome.seconds,
        lost_seconds=outcome.lost,
    )
    return row


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold the directory of drills, empty, and leave nothing in it: it holds keys."""
    place.mkdir(mode=0o700, exist_ok=True)
    try:
        with held(place):
            _clear(place)
            try:
                yield
            finally:
                _clear(place)
    except InUseError:
        raise NoDrill("Another drill is being made.") from None


def _clear(place: Path) -> None:
    for each in place.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        elif each.name != "lock":
            each.unlink()


def _require_room(place: Path, digests: Mapping[str, Any], size: int) -> None:
    needed = int(max(size, int(digests.get("bytes", 0))) * ROOM)
    free = shutil.disk_usage(place).free
    if free < needed + LEAST_FREE:
        raise NoDrill(
            f"The disk has {free // 2**20} MB free, too little to restore a backup beside the"
            " database."
        )


def _run(place: Path, task: Task) -> Outcome:
    """Start the process with the directory of its own, and wait for what it says."""
    data = place / "var"
    data.mkdir(mode=0o700)
    file = place / "task.json"
    file.write_bytes(msgspec.json.encode(task))
    command = [sys.executable, "-P", "-m", "seatrobot.runtime.drilling", str(file)]
    process = subprocess.Popen(  # noqa: S603  our own program and arguments
        child.bound(command),
        env=_environment(data),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_modestly,  # noqa: PLW1509  the process has no other thread that holds a lock
    )
    try:
        output, complaints = process.communicate(timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        output, complaints = "", "it took too long"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    try:
        return msgspec.json.decode(output.splitlines()[-1], type=Outcome)
    except (IndexError, msgspec.DecodeError):
        last = (complaints.strip().splitlines() or ["it said nothing"])[-1]
        return Outcome(findings=[f"The drill did not come to its end: {last}"], facts={})


def _modestly() -> None:
    """Take what nobody else wants of the processor and the disk."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _environment(data: Path) -> dict[str, str]:
    """Return the environment of an instance that has nothing yet but the keys' places."""
    from django.conf import settings

    config = settings.CONFIG
    ours = ("SEATROBOT_", "DATABASE_")
    env = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    below = [f"directory:{config.data / 'backups' / 'keys'}"]
    keys = [each if each != "directory" else below[0] for each in config.backup_keys]
    if config.key_stores != ("directory",):
        env["SEATROBOT_KEY_STORE"] = " ".join(config.key_stores)
    return env | {
        "SEATROBOT_DATA": str(data),
        "SEATROBOT_BASE_URL": config.base_url,
        "SEATROBOT_ROOT_KEY": config.root_keys[0],
        "SEATROBOT_ROOT_KEY_BEFORE": "".join(config.root_keys[1:2]),
        "SEATROBOT_BACKUP_KEYS": " ".join(keys),
        "SEATROBOT_MAIL_FROM": config.mail_from,
    }


def _deleted() -> list[UUID]:
    """Return the organizations that are deleted by now, the newest first."""
    from seatrobot.backups.catalogue import ACTOR
    from seatrobot.deletion.models import Deletion, Kind, State
    from seatrobot.kernel.acting import acting

    over = [State.GONE, State.VERIFIED, State.AGED, State.FINAL]
    with acting(ACTOR):
        rows = Deletion.objects.filter(kind=Kind.ORGANIZATION, state__in=over).order_by("-id")
        return list(rows.values_list("customer_id", flat=True)[:MOST_DELETED])


def _newest() -> datetime | None:
    """Return when the newest write was acknowledged."""
    from seatrobot.backups.source import NoSource, source

    try:
        with source().connected() as connection:
            row = connection.execute(NEWEST).fetchone()
    except NoSource as error:
        raise NoDrill(str(error)) from error
    return row[0] if row else None


if __name__ == "__main__":
    sys.exit(main())
