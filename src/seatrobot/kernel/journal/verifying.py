"""Whether the journal is still what was written, seen from outside by the examiner.

Each examination, whatever its bounds:
- counts all entries, leaves and places and compares them with each other and with the last
  checkpoints, so that a deleted entry is found at once, with or without its leaf;
- checks of each stream the last checkpoint: signature, note, root;
- compares entry by entry, and up to the signed roots, the leaves that wait for their place, the
  newest ones, and a slice of the older ones. A change to an old entry is found when its slice has
  its turn; `full` walks everything, and looks for an entry that was exchanged for another.

Seen: counting takes 0.2 µs of processor time per entry (some 2 s at ten million), the rest 0.3 s;
`full` takes 10 µs per entry.

What it cannot see: an entry deleted with its leaf before it got its place (within a minute), and
a past that somebody with the database and the signing key has written anew. Against that stand
the checkpoints that customers keep.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from psycopg import IsolationLevel

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.counting import compare_counts, name_strays
from seatrobot.kernel.journal.findings import Fault, Findings, Verification
from seatrobot.kernel.journal.leaf import HASH_SQL
from seatrobot.kernel.journal.walking import Walk

NEWEST = 5_000
OLDER = 20_000
WAITING = f"""
    SELECT l.stream, l.entry_id, l.hash, {HASH_SQL}, e.at
    FROM journal_leaf l LEFT JOIN journal_entry e ON e.id = l.entry_id
    WHERE l.place IS NULL ORDER BY l.number LIMIT %s
"""  # noqa: S608  our own columns


def verify(
    connection: psycopg.Connection,
    *,
    full: bool = False,
    newest: int = NEWEST,
    older: int = OLDER,
    turn: int | None = None,
) -> Verification:
    """Examine the journal in one snapshot of the database; see above for what is covered.

    connection: of the examiner (`examining()`), in autocommit. newest, older: how many leaves to
    compare one by one of the newest and of the others. turn: which slice of the others; counting
    up from call to call covers all of them, None takes one at random.
    """
    findings = Findings()
    with _snapshot(connection):
        counts = compare_counts(connection, findings)
        if full:
            name_strays(connection, findings)
        walk = Walk(connection, findings)
        total = walk.total(counts.signed)
        for low, high in [(0, total)] if full else _ranges(total, newest, older, turn):
            walk.walk(low, high)
        oldest = _compare_waiting(connection, None if full else newest, findings)
    return Verification(
        findings=tuple(findings),
        entries=counts.entries,
        leaves=counts.leaves,
        placed=counts.leaves - counts.waiting,
        walked=walk.walked,
        waiting=counts.waiting,
        oldest_waiting=now() - oldest if oldest else None,
    )


def _ranges(total: int, newest: int, older: int, turn: int | None) -> Iterator[tuple[int, int]]:
    rest = max(total - newest, 0)
    yield rest, total
    if rest and older:
        parts = -(-rest // older)
        part = (secrets.randbelow(parts) if turn is None else turn) % parts
        yield part * older, min((part + 1) * older, rest)


def _compare_waiting(
    connection: psycopg.Connection, most: int | None, findings: Findings
) -> datetime | None:
    """Compare leaves without a place with their entries; return when the oldest was written."""
    oldest: datetime | None = None
    for stream, entry, digest, again, at in connection.execute(WAITING, [most]):
        if at is None:
            findings.add(Fault.ENTRY_MISSING, stream, entry)
        elif digest != again:
            findings.add(Fault.ENTRY_CHANGED, stream, entry)
        oldest = min(oldest or at, at) if at else oldest
    return oldest


@contextmanager
def _snapshot(connection: psycopg.Connection) -> Iterator[None]:
    before = connection.isolation_level
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            yield
    finally:
        connection.isolation_level = before
