"""Whether the database still contains what was last published, as the examiner sees it.

What is compared stands in files of the data directory (memory.py), and what witnesses answered.
So whoever cuts off, plays back or rewrites the database is found out, also with our signing key.

What it cannot see: database and files written anew together. Then a witness refuses the next head,
and says which one it knows.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import psycopg

from seatrobot.kernel.heads import cosigning, memory, statement
from seatrobot.kernel.heads.log import Log
from seatrobot.kernel.heads.memory import Kept
from seatrobot.kernel.journal import signing, tree

NEWEST, OLDER = 2_000, 10_000
"""How many heads are compared one by one: of the newest, and from a random place on."""
MOST = 20
STREAMS = """
    SELECT kept.stream, kept.size, stored.root IS NULL,
        stored.root IS NOT DISTINCT FROM kept.root
    FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS kept (stream, size, root)
    LEFT JOIN journal_checkpoint AS stored
        ON (stored.stream, stored.size) = (kept.stream, kept.size)
    LEFT JOIN heads_stream AS newest ON newest.id = kept.stream AND newest.size >= kept.size
    WHERE stored.root IS DISTINCT FROM kept.root OR newest.id IS NULL
"""
HEADS = "SELECT number, text FROM heads_head WHERE number >= %s AND number < %s ORDER BY number"
NODES = "SELECT nodes FROM heads_head WHERE number = %s"
NUMBER = "SELECT max(number) FROM promises_evidence"


@dataclass(slots=True)
class Contained:
    """heads: how many were compared. streams: likewise. wrong: a sentence for each fault."""

    heads: int = 0
    streams: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        if len(self.wrong) < MOST:
            self.wrong.append(sentence)


def examine(examiner: psycopg.Connection, kept: Kept) -> Contained:
    """Compare the kept head and the older ones with the database."""
    found = Contained()
    _check_signature(kept, found)
    _check_log(examiner, kept, found)
    _check_streams(examiner, kept, found)
    row = examiner.execute(NUMBER).fetchone()
    if kept.statement.evidence > ((row and row[0]) or 0):
        found.add(f"Evidence up to {kept.statement.evidence} was published and is gone.")
    return found


def _check_signature(kept: Kept, found: Contained) -> None:
    try:
        signing.verify_note(kept.note, signing.public_key())
    except signing.BadSignature:
        found.add("The head that was kept is not signed by our key.")
    if not cosigning.is_signed(kept.note, kept.cosignature, kept.claim.origin):
        found.add("The head that was kept is not signed by our key of the other kind (ML-DSA-44).")
    if statement.map_root(kept.streams) != kept.statement.map:
        found.add("The streams that were kept are not those of their head.")


def _check_log(examiner: psycopg.Connection, kept: Kept, found: Contained) -> None:
    """See whether the log has the kept root, and heads the texts that were published."""
    log = Log(lambda number: _nodes(examiner, number))
    try:
        same = log.root(kept.size) == kept.root
    except KeyError:
        same = False
    if not same:
        found.add(f"The log of heads does not contain head {kept.size}, which was published.")
    rest = max(kept.size - NEWEST, 0)
    place = secrets.randbelow(rest) if rest else 0
    for first, most in ((rest, NEWEST), (place, OLDER if rest else 0)):
        leaves = memory.leaves(first, most)
        stored: dict[int, str] = dict(
            examiner.execute(HEADS, [first, first + len(leaves)]).fetchall()
        )
        for number, leaf in enumerate(leaves, first):
            if tree.hash_leaf(stored.get(number, "").encode()) != leaf:
                found.add(f"Head {number + 1} is not the one that was published.")
        found.heads += len(leaves)


def _check_streams(examiner: psycopg.Connection, kept: Kept, found: Contained) -> None:
    """See whether every stream still has the checkpoint that the kept head speaks of."""
    states = statement.unpack(kept.streams)
    streams, sizes, roots = zip(*states, strict=True) if states else ([], [], [])
    asked = [list(streams), list(sizes), list(roots)]
    for stream, size, gone, same in examiner.execute(STREAMS, asked):
        what = "is gone" if gone else "is left out of heads" if same else "has another root"
        found.add(f"The checkpoint at size {size} was published and {what} (stream {stream}).")
    found.streams = len(states)


def _nodes(examiner: psycopg.Connection, number: int) -> bytes:
    row = examiner.execute(NODES, [number]).fetchone()
    if row is None:
        raise KeyError(number)
    return bytes(row[0])
