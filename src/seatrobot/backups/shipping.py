"""The log, shipped to every store as it is written.

PostgreSQL's `pg_receivewal` writes it into `backups/spool/` through a replication slot. Here it is
encrypted under the day's key, in pieces while a file of the log is being written and once more as a
whole when it is full, and brought to each store by a thread of its own, so that one that is slow or
gone keeps no other waiting. Nothing in clear stays: a file of the log is deleted from the spool as
soon as it is encrypted, and what has to wait for a store waits encrypted.

How far a store has everything is known to the byte: the position up to which the receiver has made
the log durable, as the database is told by it.
"""

from __future__ import annotations

import io
import logging
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections

from seatrobot.backups import alerts, drills, keys, sweeping
from seatrobot.backups.catalogue import catalogue
from seatrobot.backups.configured import prepare, stores
from seatrobot.backups.feature import Action
from seatrobot.backups.making import (
    ACTOR,
    HEADS,
    BackupFailed,
    back_up,
    destroy_by,
    files,
    outgoing,
    pack_files,
)
from seatrobot.backups.models import Attempt, Day, StoreState
from seatrobot.backups.packing import packed
from seatrobot.backups.reading import FILES_SINCE, log_object
from seatrobot.backups.source import (
    SEGMENT,
    SLOT,
    Source,
    lsn,
    segment_start,
    source,
)
from seatrobot.backups.stores import LEDGER, DirectoryStore, Store, StoreError
from seatrobot.deletion import ledger
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault.errors import KeyringRemains, KeysUnavailable
from seatrobot.kernel.vault.streaming import StreamKey

log = logging.getLogger(__name__)

TICK = 1.0
CUT_AFTER = 5.0
"""Seconds after which a piece is cut, however small it is; the recovery point follows from it."""
CUT_BYTES = 256 * 1024
NOTE_AFTER = 30.0
DRILL_AFTER = 60.0
FIRST_DRILL_AFTER = 240.0
"""Seconds after the start, which is busy enough."""
LOOK_AFTER = 60.0
EXERCISE_AFTER = 5.0
SWEEP_AFTER = 600.0
AGAIN_AFTER = timedelta(minutes=10)
NIGHT = timedelta(hours=2, minutes=17)
"""When backups are made (UTC)."""
FIRST_AFTER = 20.0
"""Seconds after the start, which is then over, until the first backup of an instance is made."""
MOST_WAITING = 4 * 1024**3
MOST_NAMES = 20_000
FLUSHED = """
    SELECT flush_lsn::text FROM pg_stat_replication
    WHERE application_name = %s AND state = 'streaming' AND flush_lsn IS NOT NULL
"""
STATE_OF_SLOT = "SELECT active, wal_status FROM pg_replication_slots WHERE slot_name = %s"


@dataclass(slots=True)
class Progress:
    """What one store has, as its worker knows it; see `StoreState`."""

    timeline: int = 1
    unbroken_from: int = 0
    shipped_through: int = 0
    problem: str = ""
    problem_since: datetime | None = None
    free: int | None = None
    done: set[str] = field(default_factory=set)


class StoreWorker(threading.Thread):
    """Brings what waits in `backups/outgoing/log/` to one store, the oldest first."""

    def __init__(self, store: Store, progress: Progress) -> None:
        super().__init__(name=f"store {store.name}", daemon=True)
        self.store = store
        self.progress = progress
        self.wake = threading.Event()
        self.looked = 0.0
        self.ledger = 0

    def run(self) -> None:
        while True:
            self.wake.wait(TICK * 5)
            self.wake.clear()
            try:
                self._work()
            except (StoreError, OSError) as error:
                self._note(str(error))
            except Exception as error:  # noqa: BLE001  nothing else starts this thread again
                self._note(f"{self.store.where}: {type(error).__name__}: {error}")

    def _work(self) -> None:
        if time.monotonic() - self.looked > LOOK_AFTER or self.progress.problem:
            self.store.check()
            self.progress.free = self.store.free()
            self.looked = time.monotonic()
        for path in waiting():
            self._ship(path)
        self._ship_ledger()
        self._note("")

    def _ship(self, path: Path) -> None:
        name = path.relative_to(outgoing()).as_posix()
        if name in self.progress.done:
            return
        each = log_object(name)
        if each is None:
            return
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return
        self.store.put(name, io.BytesIO(content))
        self.progress.done.add(name)
        if each.file.startswith(FILES_SINCE):
            self._drop_files_before(each.file)
            return
        if not each.end:  # the history of a timeline
            return
        if each.start > self.progress.shipped_through:
            self.progress.unbroken_from = each.start
        self.progress.shipped_through = max(self.progress.shipped_through, each.through)
        self.progress.timeline = int(each.file[:8], 16)
        if each.is_whole:
            for piece in list(self.store.list(f"{name}.")):
                self.store.delete(piece.key)

    def _drop_files_before(self, newest: str) -> None:
        for older in list(self.store.list("log/")):
            found = log_object(older.key)
            if found and found.file.startswith(FILES_SINCE) and found.file < newest:
                self.store.delete(older.key)

    def _ship_ledger(self) -> None:
        """Bring the erasure ledger, which only grows; one that is shorter replaces none."""
        try:
            content = ledger.path().read_bytes()
        except FileNotFoundError:
            return
        if len(content) > self.ledger:
            self.store.put(LEDGER, io.BytesIO(content))
            self.ledger = len(content)

    def _note(self, problem: str) -> None:
        if problem and not self.progress.problem:
            self.progress.problem_since = now()
            log.error("backups: %s", problem)
        if not problem:
            self.progress.problem_since = None
        self.progress.problem = problem


def _state(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_size, found.st_mtime_ns


def waiting() -> list[Path]:
    """Return what waits to be shipped, in the order of the log."""
    place = outgoing() / "log"
    found = [each for each in place.glob("*/*") if not each.name.startswith(".")]
    return sorted(found, key=_order)


def _order(path: Path) -> tuple[str, int]:
    """Sort files and keys before the log, which may need them."""
    each = log_object(path.relative_to(outgoing()).as_posix())
    if each is None or each.file.startswith(FILES_SINCE):
        return "", 0
    return each.file, each.begin or -each.end


class Shipper:
    """The supervised part: receives, encrypts, ships, makes a backup each night, destroys."""

    def __init__(self, from_: Source) -> None:
        self.source = from_
        self.spool: Path = settings.CONFIG.data / "backups" / "spool"
        self.receiver: subprocess.Popen[bytes] | None = None
        self.admin: psycopg.Connection | None = None
        self.cut = 0
        self.cut_at = time.monotonic()
        self.flushed = 0
        self.timeline = 1
        self.days: dict[str, Day] = {}
        self.keys: dict[UUID, StreamKey] = {}
        self.workers = [StoreWorker(each, _progress(each)) for each in stores()]
        self.noted_at = self.swept_at = self.exercised_at = 0.0
        self.filed = 0
        self.drilled_at = time.monotonic() + FIRST_DRILL_AFTER
        self.drill: subprocess.Popen[bytes] | None = None
        self.noted: list[tuple[object, ...]] = []
        self.begun = time.monotonic()
        self.making: threading.Thread | None = None
        self.shipped_at: dict[str, datetime] = {}

    def run(self) -> None:
        """Work until the process ends. A failure is logged, and the work goes on."""
        self.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        (outgoing() / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        prepare()
        for worker in self.workers:
            worker.start()
        while True:
            try:
                self.tick()
            except (psycopg.Error, DatabaseError) as error:
                self._disconnect()
                close_old_connections()
                log.warning("backups: the database does not answer (%s)", type(error).__name__)
            except (KeysUnavailable, KeyringRemains, OSError) as error:
                log.error("backups: %s", getattr(error, "cause", error))  # noqa: TRY400  a sentence
            time.sleep(TICK)

    def tick(self) -> None:
        """Take what the receiver has written, ship it, and see whether something is due."""
        self._receive()
        self._take_files()  # first: a key is written before the commit that needs it
        self._take_finished()
        self._take_piece()
        self._drop_shipped()
        self._exercise()
        self._note()
        self._night()
        self._drill()
        if time.monotonic() - self.swept_at > SWEEP_AFTER and not self._is_due():
            self.swept_at = time.monotonic()
            keys.settle()
            sweeping.destroy_due()
            self.keys.clear()

    def stop(self) -> None:
        if self.receiver is not None:
            self.receiver.send_signal(signal.SIGINT)

    # ---- receiving

    def _receive(self) -> None:
        """Keep the receiver running, with a slot that holds the log it has not yet received."""
        connection = self._connection()
        row = connection.execute(STATE_OF_SLOT, [SLOT]).fetchone()
        if row is not None and row[1] == "lost":
            connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
            row = None
        if row is None:
            self._end_receiver()
            shutil.rmtree(self.spool, ignore_errors=True)
            self.spool.mkdir(mode=0o700)
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [SLOT])
        if self.receiver is None or self.receiver.poll() is not None:
            self._start_receiver()
        found = connection.execute(FLUSHED, [SLOT]).fetchone()
        if found is not None:
            self.flushed = lsn(found[0])

    def _start_receiver(self) -> None:
        command = [self.source.program("pg_receivewal"), "--dbname", self.source.conninfo]
        command += [f"--directory={self.spool}", f"--slot={SLOT}", "--synchronous", "--no-loop"]
        command += ["--no-password"]
        setpriv = shutil.which("setpriv")
        self.receiver = subprocess.Popen(  # noqa: S603  PostgreSQL's own program
            [setpriv, "--pdeathsig=INT", "--", *command] if setpriv else command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.flushed = 0

    def _end_receiver(self) -> None:
        if self.receiver is not None and self.receiver.poll() is None:
            self.receiver.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.receiver.wait(5)
        self.receiver = None

    # ---- cutting

    def _take_finished(self) -> None:
        """Encrypt each file of the log that is full, and delete it in clear."""
        for path in sorted(self.spool.iterdir()):
            if path.suffix == ".history":
                self._keep(f"{path.name}", path.read_bytes(), self._day(path.name, 0))
                path.unlink()
            elif not path.suffix:
                start = segment_start(path.name)
                day = self._day(path.name, start)
                self._keep(path.name, path.read_bytes(), day)
                path.unlink()
                for piece in (outgoing() / "log" / str(day.pk)).glob(f"{path.name}.*"):
                    piece.unlink(missing_ok=True)
                self._reach(day, start, start + SEGMENT)
                self.cut = max(self.cut, start + SEGMENT)
                self.days.pop(path.name, None)

    def _take_piece(self) -> None:
        """Encrypt what was received of the present file since the last piece."""
        partial = next(iter(sorted(self.spool.glob("*.partial"), reverse=True)), None)
        if partial is None or not self.flushed:
            return
        name = partial.name.removesuffix(".partial")
        start = segment_start(name)
        begin, end = max(self.cut - start, 0), self.flushed - start
        if not begin < end <= SEGMENT:
            self.cut_at = time.monotonic()
            return
        waited = time.monotonic() - self.cut_at
        if end - begin < CUT_BYTES and waited < CUT_AFTER:
            return
        with partial.open("rb") as file:
            file.seek(begin)
            content = file.read(end - begin)
        if len(content) < end - begin:
            return  # it is being made
        day = self._day(name, start)
        self._keep(f"{name}.{begin:08x}-{end:08x}", content, day)
        self.cut, self.cut_at = start + end, time.monotonic()
        self._reach(day, start + begin, start + end)
        if day.day != now().date():
            self._connection().execute("SELECT pg_switch_wal()")

    def _take_files(self) -> None:
        """Encrypt files and keys of the data directory when they have changed.

        Without them a database would come back whose newest organizations have no keys.
        """
        state = hash(tuple(_state(path) for path, name in files() if not name.startswith(HEADS)))
        if state == self.filed:
            return
        moment = now()
        day = self._day(f"{FILES_SINCE}{moment:%Y-%m-%d}", 0)
        content = io.BytesIO()
        pack_files(content)
        name = f"{FILES_SINCE}{int(moment.timestamp() * 1000):012x}"
        for older in (outgoing() / "log").glob(f"*/{FILES_SINCE}*"):
            older.unlink(missing_ok=True)
        self._keep(name, content.getvalue(), day)
        self.filed = state

    def _keep(self, name: str, content: bytes, day: Day) -> None:
        """Encrypt something of the log into the directory from which it is shipped."""
        key = self.keys.get(day.pk)
        if key is None:
            key = self.keys[day.pk] = keys.load(day.pk)
        full = f"log/{day.pk}/{name}"
        path = outgoing() / full
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}")
        draft.write_bytes(packed(content, key, full))
        draft.replace(path)
        for worker in self.workers:
            worker.wake.set()

    def _day(self, name: str, start: int) -> Day:
        """Return the day under whose key a file of the log is: that of its beginning."""
        if name in self.days:
            return self.days[name]
        today = now()
        with acting(ACTOR):
            day = None
            if start:
                rows = Day.objects.filter(destroyed_at=None, to_lsn__gt=start)
                day = rows.filter(from_lsn__lt=start + SEGMENT).order_by("begins_at").first()
            if day is None:
                day = Day.objects.filter(day=today.date(), destroyed_at=None).first()
        if day is None:
            day = self._begin_day(today, start)
        self.days[name] = day
        return day

    def _begin_day(self, moment: datetime, start: int) -> Day:
        identifier = new_id()
        key = keys.make(identifier)
        with acting(ACTOR):
            day = Day.objects.create(
                pk=identifier,
                day=moment.date(),
                begins_at=moment,
                from_lsn=start,
                to_lsn=start,
                destroy_by=destroy_by(moment),
            )
            journal.record(Action.DAY_BEGIN, subject_id=identifier)
        self.keys[identifier] = key
        return day

    def _reach(self, day: Day, begin: int, through: int) -> None:
        if through > day.to_lsn:
            day.from_lsn = min(day.from_lsn or begin, begin)
            day.to_lsn = through

    # ---- shipping

    def _drop_shipped(self) -> None:
        """Delete what every store has; where one is away for long, the oldest goes all the same."""
        done = [worker.progress.done for worker in self.workers]
        left = 0
        for path in reversed(waiting()):
            name = path.relative_to(outgoing()).as_posix()
            left += path.stat().st_size
            if left > MOST_WAITING or all(name in known for known in done):
                path.unlink(missing_ok=True)
        for known in done:
            if len(known) > MOST_NAMES:
                known.clear()

    def _note(self) -> None:
        """Write down how shipping stands, where that has changed or was noted long ago."""
        rows: list[tuple[object, ...]] = []
        moment = now()
        for worker in self.workers:
            known = worker.progress
            if not known.problem and known.shipped_through >= min(self.cut, self.flushed):
                self.shipped_at[worker.store.name] = moment
            rows.append((worker.store.name, known.unbroken_from, known.timeline, known.problem))
        is_late = time.monotonic() - self.noted_at > NOTE_AFTER
        if rows == self.noted and not is_late:
            return
        self.noted, self.noted_at = rows, time.monotonic()
        with acting(ACTOR):
            for worker in self.workers:
                known = worker.progress
                StoreState.objects.update_or_create(
                    name=worker.store.name,
                    defaults={
                        "timeline": known.timeline,
                        "unbroken_from": known.unbroken_from,
                        "shipped_through": known.shipped_through,
                        "shipped_at": self.shipped_at.get(worker.store.name),
                        "seen_at": moment,
                        "problem": known.problem[:500],
                        "problem_since": known.problem_since,
                        "free": known.free,
                    },
                )
            for day in {each.pk: each for each in self.days.values()}.values():
                Day.objects.filter(pk=day.pk).update(from_lsn=day.from_lsn, to_lsn=day.to_lsn)

    def _exercise(self) -> None:
        """Try a store that is not there, when an examination asks for it: somebody must be told."""
        if time.monotonic() - self.exercised_at < EXERCISE_AFTER:
            return
        self.exercised_at = time.monotonic()
        with acting(ACTOR):
            row = StoreState.objects.filter(name=alerts.EXERCISE, problem="").first()
        if row is None:
            return
        missing = DirectoryStore(settings.CONFIG.data / "backups" / alerts.EXERCISE)
        try:
            missing.check()
        except StoreError as error:
            with acting(ACTOR):
                rows = StoreState.objects.filter(name=alerts.EXERCISE)
                rows.update(problem=str(error)[:500], problem_since=now(), seen_at=now())

    # ---- nightly

    def _is_due(self) -> bool:
        """Whether a backup has to be made: of tonight, or because none counts any more."""
        moment = now()
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        night = (
            midnight + NIGHT if moment >= midnight + NIGHT else midnight + NIGHT - timedelta(days=1)
        )
        found = catalogue()
        newest = found[0] if found else None
        if newest is None or newest.backup.made_at < night or newest.backup.made_at > moment:
            return True
        settled = moment - newest.backup.made_at > AGAIN_AFTER
        return (
            settled
            and not newest.counts_in
            and any(not worker.progress.problem for worker in self.workers)
        )

    def _night(self) -> None:
        if self.making is not None and self.making.is_alive():
            return
        if time.monotonic() - self.begun < FIRST_AFTER or time.monotonic() - self.noted_at > 1:
            return
        if not self._is_due():
            return
        with acting(ACTOR):
            last = Attempt.objects.order_by("-begun_at").first()
        if last is not None and last.problem and now() - last.begun_at < AGAIN_AFTER:
            return
        self.making = threading.Thread(target=_back_up, name="backup", daemon=True)
        self.making.start()

    def _drill(self) -> None:
        """Have the newest backup restored, in a process of its own, once its log is shipped."""
        if time.monotonic() - self.drilled_at < DRILL_AFTER:
            return
        self.drilled_at = time.monotonic()
        is_busy = self.drill is not None and self.drill.poll() is None
        if is_busy or (self.making is not None and self.making.is_alive()):
            return
        if drills.undrilled() is not None:
            command = [sys.executable, "-P", "-m", "seatrobot", "drill"]
            self.drill = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  our own

    def _connection(self) -> psycopg.Connection:
        if self.admin is None or self.admin.closed:
            self.admin = psycopg.connect(
                self.source.conninfo, autocommit=True, application_name="seatrobot-shipper"
            )
        return self.admin

    def _disconnect(self) -> None:
        if self.admin is not None:
            self.admin.close()
        self.admin = None


def _back_up() -> None:
    try:
        back_up()
    except BackupFailed as error:
        log.error("backups: no backup was made: %s", error)  # noqa: TRY400  a sentence
    finally:
        close_old_connections()


def _progress(store: Store) -> Progress:
    """Return what a store had when it was noted last."""
    with acting(ACTOR):
        row = StoreState.objects.filter(name=store.name).first()
    if row is None:
        return Progress()
    return Progress(row.timeline, row.unbroken_from, row.shipped_through)


def run() -> None:
    """Be the supervised part; raises NoSource."""
    Shipper(source()).run()
