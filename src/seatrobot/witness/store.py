"""What a witness remembers: the largest head of each log, every head it was shown, and alarms.

A head is checked and kept in one transaction that is on the disk before the answer goes out. The
file is never restored from a backup: a witness that has forgotten something would sign two pasts.
One that has lost it begins anew, with another name and key.
"""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

from seatrobot.kernel.journal.tree import EMPTY

TABLES = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS newest
        (origin TEXT PRIMARY KEY, size INTEGER, root BLOB, note TEXT, at REAL);
    CREATE TABLE IF NOT EXISTS seen
        (origin TEXT, size INTEGER, root BLOB, PRIMARY KEY (origin, size)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS stream
        (origin TEXT, id BLOB, size INTEGER, root BLOB, PRIMARY KEY (origin, id)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS proven (origin TEXT PRIMARY KEY, at REAL);
    CREATE TABLE IF NOT EXISTS alarm (at REAL, origin TEXT, kind TEXT, note TEXT, known TEXT);
"""
NEWEST = "SELECT size, root, note, at FROM newest WHERE origin = ?"
MOST_ALARMS = 10_000
"""Of each kind; what came first matters most."""


class Known(NamedTuple):
    """The largest head of a log. at: when it came, in seconds since 1970."""

    size: int = 0
    root: bytes = EMPTY
    note: str = ""
    at: float = 0.0


class Alarm(NamedTuple):
    """Something that must not happen. note: what was shown; known: the head that it contradicts."""

    at: float
    origin: str
    kind: str
    note: str
    known: str


class Store:
    """One file; use it as a context manager where several statements belong together."""

    def __init__(self, path: Path | str) -> None:
        self.lock = threading.RLock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.database.executescript(TABLES)

    def __enter__(self) -> Store:
        self.lock.acquire()
        self.database.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_error: object) -> None:
        """Commit also when a head was refused: the alarm about it must stay."""
        try:
            self.database.execute("COMMIT")
        finally:
            self.lock.release()

    def newest(self, origin: str) -> Known:
        with self.lock:
            row = self.database.execute(NEWEST, [origin]).fetchone()
        return Known(*row) if row else Known()

    def keep(self, origin: str, known: Known) -> None:
        self.database.execute(
            "INSERT OR REPLACE INTO newest VALUES (?, ?, ?, ?, ?)", [origin, *known]
        )

    def first_root(self, origin: str, size: int, root: bytes) -> bytes:
        """Return the root that the log first signed for a size, which is now `root` if it is new.

        Call it only for heads with the log's signature.
        """
        self.database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", [origin, size, root])
        query = "SELECT root FROM seen WHERE origin = ? AND size = ?"
        (first,) = self.database.execute(query, [origin, size]).fetchone()
        return bytes(first)

    def streams(self, origin: str) -> dict[bytes, tuple[int, bytes]]:
        """Return size and root of each stream of a log, as they were last shown."""
        query = "SELECT id, size, root FROM stream WHERE origin = ?"
        rows = self.database.execute(query, [origin])
        return {id_: (size, root) for id_, size, root in rows}

    def keep_streams(self, origin: str, rows: list[tuple[bytes, int, bytes]], at: float) -> None:
        """Keep the streams that are new or have grown, and that all were proven at a time."""
        query = "INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?)"
        self.database.executemany(query, [(origin, *row) for row in rows])
        self.database.execute("INSERT OR REPLACE INTO proven VALUES (?, ?)", [origin, at])

    def proven_at(self, origin: str) -> float:
        """Return when the streams of a log were last proven; 0 for one that never showed any."""
        with self.lock:
            query = "SELECT at FROM proven WHERE origin = ?"
            row = self.database.execute(query, [origin]).fetchone()
        return float(row[0]) if row else 0.0

    def has_alarm(self, origin: str, kind: str, head: str) -> bool:
        """Whether there is an alarm of this kind whose note begins with this head."""
        query = "SELECT 1 FROM alarm WHERE origin = ? AND kind = ? AND instr(note, ?) = 1"
        return self.database.execute(query, [origin, kind, head]).fetchone() is not None

    def add_alarm(self, alarm: Alarm) -> bool:
        """Keep an alarm; return whether there was room for one more of its kind."""
        query = "SELECT count(*) FROM alarm WHERE kind = ?"
        (count,) = self.database.execute(query, [alarm.kind]).fetchone()
        if count < MOST_ALARMS:
            self.database.execute("INSERT INTO alarm VALUES (?, ?, ?, ?, ?)", alarm)
        return bool(count < MOST_ALARMS)

    def alarms(self, most: int) -> list[Alarm]:
        """Return alarms, the newest first."""
        query = "SELECT * FROM alarm ORDER BY at DESC, rowid DESC LIMIT ?"
        with self.lock:
            return [Alarm(*row) for row in self.database.execute(query, [most])]
