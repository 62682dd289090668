"""How many entries, leaves and places each stream has, and whether that fits together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from seatrobot.kernel.journal.findings import Fault, Findings
from seatrobot.kernel.journal.walking import Row, check_alone

if TYPE_CHECKING:
    import psycopg

ENTRIES = """
    SELECT coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), count(*)
    FROM journal_entry GROUP BY 1
"""
WAITING = "SELECT stream, count(*) FROM journal_leaf WHERE place IS NULL GROUP BY 1"
PLACED = """
    SELECT stream, count(*), max(place) + 1 FROM journal_leaf WHERE place IS NOT NULL GROUP BY 1
"""
LAST = """
    WITH RECURSIVE streams AS (
        (SELECT stream FROM journal_checkpoint ORDER BY stream LIMIT 1)
        UNION ALL
        SELECT (SELECT stream FROM journal_checkpoint c WHERE c.stream > s.stream
                ORDER BY stream LIMIT 1)
        FROM streams s WHERE s.stream IS NOT NULL
    )
    SELECT last.* FROM streams s CROSS JOIN LATERAL (
        SELECT total, stream, start, size, root, frontier, note
        FROM journal_checkpoint c WHERE c.stream = s.stream ORDER BY size DESC LIMIT 1
    ) last
"""
GONE = """
    SELECT stream, entry_id FROM journal_leaf l
    WHERE NOT EXISTS (SELECT FROM journal_entry e WHERE e.id = l.entry_id) LIMIT %s
"""
PAST_THE_TREE = """
    SELECT coalesce(organization_id, '00000000-0000-0000-0000-000000000000'), id
    FROM journal_entry e
    WHERE NOT EXISTS (SELECT FROM journal_leaf l WHERE l.entry_id = e.id) LIMIT %s
"""
SHOWN = 20


@dataclass(slots=True)
class Stream:
    """reach: one more than the highest place. size: what the last checkpoint says."""

    id: UUID
    entries: int = 0
    waiting: int = 0
    placed: int = 0
    reach: int = 0
    size: int = 0


def compare_counts(connection: psycopg.Connection, findings: Findings) -> list[Stream]:
    """Count everything once and report what does not fit."""
    entries: Counter[UUID] = Counter(dict(connection.execute(ENTRIES).fetchall()))
    waiting: Counter[UUID] = Counter(dict(connection.execute(WAITING).fetchall()))
    placed = {row[0]: row[1:] for row in connection.execute(PLACED)}
    last = {row.stream: row for row in map(Row._make, connection.execute(LAST))}
    streams = [
        Stream(id_, entries[id_], waiting[id_], *placed.get(id_, (0, 0)))
        for id_ in sorted({*entries, *waiting, *placed, *last})
    ]
    for stream in streams:
        if row := last.get(stream.id):
            stream.size = row.size
            check_alone(row, findings)
        _compare_places(stream, findings)
    if any(stream.entries != stream.placed + stream.waiting for stream in streams):
        name_strays(connection, findings)
    return streams


def name_strays(connection: psycopg.Connection, findings: Findings) -> None:
    """Report leaves without their entry and entries without a leaf, some of each by name."""
    strays = {Fault.ENTRY_MISSING: GONE, Fault.ENTRY_WITHOUT_LEAF: PAST_THE_TREE}
    for fault, query in strays.items():
        for stream, entry in connection.execute(query, [SHOWN]):
            findings.add(fault, stream, entry)


def _compare_places(stream: Stream, findings: Findings) -> None:
    if stream.placed != stream.reach:
        told = f"{stream.placed} stand on places 0 to {stream.reach - 1}"
        findings.add(Fault.LEAF_MISSING, stream.id, told)
    if stream.reach < stream.size:
        told = f"{stream.size} are signed, the last stands on place {stream.reach - 1}"
        findings.add(Fault.LEAF_MISSING, stream.id, told)
    if stream.reach > stream.size:
        findings.add(Fault.CHECKPOINT_MISSING, stream.id, f"size {stream.reach}")
