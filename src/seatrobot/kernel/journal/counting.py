"""How many entries, leaves and places there are, and whether that fits together.

Three counts over the smallest index of each table say whether everything does. A stream's places
are unique, begin at 0 and end where its last checkpoint does, so when as many leaves have one as
all last checkpoints together speak of, no stream has a gap. Only when something does not fit is
each stream counted by itself, to say where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from seatrobot.kernel.journal.findings import Fault, Findings
from seatrobot.kernel.journal.walking import Row, check_alone

if TYPE_CHECKING:
    import psycopg

ALL = """
    SELECT (SELECT count(*) FROM journal_entry), (SELECT count(*) FROM journal_leaf),
           (SELECT count(*) FROM journal_leaf WHERE place IS NULL)
"""
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
    SELECT last.*, (SELECT min(place) = 0 AND max(place) = last.size - 1
                    FROM journal_leaf l WHERE l.stream = s.stream AND place IS NOT NULL)
    FROM streams s CROSS JOIN LATERAL (
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


class Stream(NamedTuple):
    """reach: one more than the highest place. size: what the last checkpoint says."""

    id: UUID
    placed: int
    reach: int
    size: int


class Counts(NamedTuple):
    """signed: how many leaves all last checkpoints together speak of."""

    entries: int
    leaves: int
    waiting: int
    signed: int


def compare_counts(connection: psycopg.Connection, findings: Findings) -> Counts:
    """Count everything and report what does not fit, after a look at each last checkpoint."""
    last: dict[UUID, int] = {}
    ends: bool | None = True  # None of a stream without leaves
    for *values, fits in connection.execute(LAST):
        row = Row._make(values)
        check_alone(row, findings)
        last[row.stream] = row.size
        ends = ends and fits
    entries, leaves, waiting = connection.execute(ALL).fetchall()[0]
    counts = Counts(entries, leaves, waiting, sum(last.values()))
    placed = counts.leaves - counts.waiting
    if not ends or counts.entries != counts.leaves or placed != counts.signed:
        for stream in _count_streams(connection, last):
            _compare_places(stream, findings)
        name_strays(connection, findings)
    return counts


def _count_streams(connection: psycopg.Connection, last: dict[UUID, int]) -> list[Stream]:
    placed = {stream: (count, reach) for stream, count, reach in connection.execute(PLACED)}
    return [
        Stream(id_, *placed.get(id_, (0, 0)), last.get(id_, 0)) for id_ in sorted({*placed, *last})
    ]


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
