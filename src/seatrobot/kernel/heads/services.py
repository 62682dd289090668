"""Making a head: one signed checkpoint over everything, each minute.

Seen: 30 ms with ten thousand streams.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import cosigning, memory, statement
from seatrobot.kernel.heads.log import Log
from seatrobot.kernel.heads.models import Head
from seatrobot.kernel.heads.statement import Statement
from seatrobot.kernel.journal import signing, tree

LOCK = 0x6865616473  # "heads"
GROW = """
    INSERT INTO heads_stream (id, size, root)
    SELECT DISTINCT ON (stream) stream, size, root FROM journal_checkpoint
    WHERE total > %s ORDER BY stream, size DESC
    ON CONFLICT (id) DO UPDATE SET size = EXCLUDED.size, root = EXCLUDED.root
    WHERE heads_stream.size < EXCLUDED.size
"""
STREAMS = """
    SELECT count(*), coalesce(sum(size), 0)::bigint,
        coalesce(string_agg(uuid_send(id) || int8send(size) || root, ''::bytea ORDER BY id), '')
    FROM heads_stream
"""
"""How many streams and entries, and the streams as `statement.pack` has them."""
LOST = """
    SELECT s.id FROM heads_stream AS s
    LEFT JOIN journal_checkpoint AS stored ON (stored.stream, stored.size) = (s.id, s.size)
    WHERE stored.root IS DISTINCT FROM s.root
    LIMIT 1
"""
"""A stream of which the journal has no such checkpoint as the next head speaks of."""
GONE = """
    SELECT kept.stream
    FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS kept (stream, size, root)
    LEFT JOIN heads_stream AS newest ON newest.id = kept.stream AND newest.size >= kept.size
    LEFT JOIN journal_checkpoint AS stored
        ON (stored.stream, stored.size) = (kept.stream, kept.size)
    WHERE newest.id IS NULL OR stored.root IS DISTINCT FROM kept.root
    LIMIT 1
"""
"""A stream that was published and is not in the journal, or not in the next head, as it was.

It is asked for those that the next head has otherwise than the last; the rest are in LOST.
"""
TOTAL = "SELECT coalesce(max(total), 0) FROM journal_checkpoint"
EVIDENCE = "SELECT number, text FROM promises_evidence ORDER BY number DESC LIMIT 1"
COUNTS = """
    SELECT (SELECT coalesce(max(number), 0) FROM promises_change),
           (SELECT count(*) FROM promises_attestation)
"""


class Forgotten(Exception):
    """The database lacks something that was published; nothing more is signed."""


class Made(NamedTuple):
    """A new head with the streams it speaks of, packed."""

    head: Head
    streams: bytes


def make(moment: datetime | None = None) -> Made:
    """Append a head of what the journal and the promises are now, and sign the log.

    Raises Forgotten when the database does not contain the head that was kept outside it, or a
    stream that this head speaks of: a signature would then vouch for two pasts.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        last = Head.objects.order_by("-number").first()
        kept = _kept(last)
        cursor.execute(TOTAL)
        total = cursor.fetchone()[0]
        cursor.execute(GROW, [last.total if last else 0])
        said, streams = _state(moment or now())
        _refuse_forgotten(kept, streams, said.entries, total)
        number = last.number + 1 if last else 0
        nodes = stored_log().appended(number, said.leaf)
        head = Head(number=number, at=said.at, text=said.text, nodes=nodes, total=total)
        root = Log(lambda row: nodes if row == number else _nodes(row)).root(number + 1)
        head.note = sign(number + 1, root)
        head.save(force_insert=True)
    return Made(head, streams)


def publish(moment: datetime | None = None) -> memory.Kept:
    """Make a head and keep it outside the database; raises Forgotten."""
    made = make(moment)
    note = made.head.note
    kept = memory.Kept(note, made.head.text, made.streams, cosigning.sign(note, origin()))
    rows = Head.objects.filter(number__gte=memory.known_leaves()).order_by("number")
    nodes = rows.values_list("nodes", flat=True)
    memory.keep(kept, [bytes(each[: tree.HASH_BYTES]) for each in nodes])
    return kept


def sign(size: int, root: bytes) -> str:
    """Return the checkpoint of the log of heads as a signed note (C2SP tlog-checkpoint)."""
    text = f"{origin()}\n{size}\n{base64.b64encode(root).decode()}\n"
    return signing.sign_note(text, name=origin())


def origin() -> str:
    """Return the name of the log, which is also the name that its key signs with."""
    return f"{signing.host()}/heads"


def stored_log() -> Log:
    """Return the log of heads as the database has it."""
    return Log(_nodes)


def stored_size() -> int:
    """Return how many heads the database has."""
    newest = Head.objects.order_by("-number").values_list("number", flat=True).first()
    return 0 if newest is None else newest + 1


def _nodes(number: int) -> bytes:
    found = Head.objects.filter(pk=number).values_list("nodes", flat=True).first()
    if found is None:
        raise KeyError(number)
    return bytes(found)


def _state(moment: datetime) -> tuple[Statement, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(STREAMS)
        count, entries, streams = cursor.fetchone()
        streams = bytes(streams)
        cursor.execute(EVIDENCE)
        number, text = cursor.fetchone() or (0, "")
        cursor.execute(COUNTS)
        changes, attestations = cursor.fetchone()
    said = Statement(
        at=moment.replace(microsecond=0),
        streams=count,
        entries=entries,
        map=statement.map_root(streams),
        evidence=number,
        evidence_hash=hashlib.sha256(text.encode()).hexdigest() if number else "",
        changes=changes,
        attestations=attestations,
    )
    return said, streams


def _kept(last: Head | None) -> memory.Kept | None:
    """Return the head that was kept; raises Forgotten when the log does not contain it."""
    kept = memory.read()
    if kept is None:
        if last and last.number > 0:  # the first may have been signed and not kept yet
            raise Forgotten("Heads were signed, and the memory outside the database is gone.")
        return None
    size = last.number + 1 if last else 0
    if kept.size > size or stored_log().root(kept.size) != kept.root:
        raise Forgotten(
            f"A head over {kept.size} heads was published, and the database has another past."
        )
    return kept


def _refuse_forgotten(kept: memory.Kept | None, streams: bytes, entries: int, total: int) -> None:
    """Raise Forgotten when a stream that was kept is not there, or the head lacks entries.

    streams: of the next head, packed.
    """
    if entries < total:  # more were added meanwhile, or as many; fewer only by force
        raise Forgotten(f"The heads know {entries} entries, and the journal has {total}.")
    with connection.cursor() as cursor:
        cursor.execute(LOST)
        lost = cursor.fetchone()
        others = statement.unpack(statement.missing(kept.streams, streams)) if kept else []
        if not lost and others:
            cursor.execute(GONE, [list(column) for column in zip(*others, strict=True)])
            lost = cursor.fetchone()
    if lost:
        raise Forgotten(f"The journal {lost[0]} was published as larger, or as another one.")
