"""Walks a stretch of the journal from checkpoint to checkpoint, leaf by leaf.

A checkpoint carries the frontier of its tree, and that gives the root it signs. So the leaves
between two checkpoints are proven by these alone, without all that went before.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.checkpoints import Claim, claim_of
from seatrobot.kernel.journal.findings import Fault, Findings
from seatrobot.kernel.journal.leaf import HASH_SQL
from seatrobot.kernel.journal.tree import Frontier

if TYPE_CHECKING:
    import psycopg

STEP = 10_000
CHECKPOINTS = """
    SELECT total, stream, start, size, root, frontier, note
    FROM journal_checkpoint WHERE total > %s AND total <= %s ORDER BY total
"""
REACHING = "SELECT min(total) FROM journal_checkpoint WHERE total >= %s"
BEFORE = """
    SELECT total, stream, start, size, root, frontier, note
    FROM journal_checkpoint WHERE stream = %s AND size = %s
"""
LEAVES = f"""
    SELECT c.total, l.entry_id, l.hash, e.id IS NULL, {HASH_SQL}
    FROM journal_checkpoint c
    JOIN journal_leaf l ON l.stream = c.stream AND l.place >= c.start AND l.place < c.size
    LEFT JOIN journal_entry e ON e.id = l.entry_id
    WHERE c.total > %s AND c.total <= %s ORDER BY c.total, l.place
"""  # noqa: S608  our own columns


class Row(NamedTuple):
    """A checkpoint as stored."""

    total: int
    stream: UUID
    start: int
    size: int
    root: bytes
    frontier: bytes
    note: str

    @property
    def name(self) -> str:
        return f"size {self.size}"

    @property
    def tree(self) -> Frontier | None:
        """The tree at this checkpoint; None when its frontier does not fit its size."""
        try:
            return Frontier.of(self.size, self.frontier)
        except ValueError:
            return None


def check_alone(row: Row, findings: Findings) -> None:
    """Check a checkpoint by itself: who signed it, what it signs, and that its parts agree."""
    try:
        claim = claim_of(signing.verify_note(row.note, signing.public_key()))
    except (signing.BadSignature, ValueError):
        findings.add(Fault.CHECKPOINT_FORGED, row.stream, row.name)
        return
    tree = row.tree
    agrees = tree is not None and tree.root() == row.root
    if claim != Claim(row.stream, row.size, row.root) or not agrees:
        findings.add(Fault.CHECKPOINT_WRONG, row.stream, row.name)


class Walk:
    """walked: how many leaves were compared so far."""

    def __init__(self, connection: psycopg.Connection, findings: Findings) -> None:
        self.connection = connection
        self.findings = findings
        self.walked = 0

    def total(self, sizes: int) -> int:
        """Return the running total of the last checkpoint; the trees' sizes make it up."""
        query = "SELECT coalesce(max(total), 0) FROM journal_checkpoint"
        row = self.connection.execute(query).fetchone()
        total = int(row[0]) if row else 0
        if total != sizes:
            self.findings.add(Fault.CHECKPOINT_MISSING, UUID(int=0), f"total {total}")
        return total

    def walk(self, low: int, high: int) -> None:
        """Walk the checkpoints whose running totals lie above `low` up to the one past `high`."""
        while low < high:
            row = self.connection.execute(REACHING, [min(low + STEP, high)]).fetchone()
            if row is None or row[0] is None:
                return
            self._step(low, row[0])
            low = row[0]

    def _step(self, low: int, high: int) -> None:
        leaves: dict[int, list[bytes]] = defaultdict(list)
        rows = list(map(Row._make, self.connection.execute(CHECKPOINTS, [low, high])))
        streams = {row.total: row.stream for row in rows}
        for total, entry, digest, gone, again in self.connection.execute(LEAVES, [low, high]):
            leaves[total].append(digest)
            if gone:
                self.findings.add(Fault.ENTRY_MISSING, streams[total], entry)
            elif digest != again:
                self.findings.add(Fault.ENTRY_CHANGED, streams[total], entry)
        self.walked += sum(map(len, leaves.values()))
        trees: dict[UUID, Row] = {}
        for row in rows:
            check_alone(row, self.findings)
            self._check_growth(row, trees.get(row.stream), leaves[row.total])
            trees[row.stream] = row

    def _check_growth(self, row: Row, before: Row | None, leaves: list[bytes]) -> None:
        """Grow the tree from the checkpoint before and see whether it becomes this one."""
        before = before or self._before(row)
        if before is None or before.size != row.start:
            self.findings.add(Fault.CHECKPOINT_MISSING, row.stream, row.name)
            return
        if len(leaves) != row.size - row.start:
            told = f"{len(leaves)} of those on places {row.start} to {row.size - 1} are left"
            self.findings.add(Fault.LEAF_MISSING, row.stream, told)
            return
        if (tree := before.tree) is None:
            return  # told already, of the checkpoint before
        for leaf in leaves:
            tree.append(leaf)
        if (tree.root(), tree.stored) != (row.root, row.frontier):
            self.findings.add(Fault.ROOT_DIFFERS, row.stream, row.name)

    def _before(self, row: Row) -> Row | None:
        if row.start == 0:
            return Row(0, row.stream, 0, 0, b"", b"", "")
        found = self.connection.execute(BEFORE, [row.stream, row.start]).fetchone()
        if found is None:
            return None
        before = Row._make(found)
        check_alone(before, self.findings)
        return before
