"""Gives committed leaves their place in the tree of their stream, and signs what it became.

One at a time, by a lock in the database. An entry has its leaf from the transaction that wrote
it; only its place comes later, here: at the latest a minute after its commit.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db import connection, transaction

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.checkpoints import Claim
from seatrobot.kernel.journal.models import Checkpoint, Leaf
from seatrobot.kernel.journal.tree import Frontier

LOCK = 0x6A6F75726E616C  # "journal"
BATCH = 10_000
PLACE = """
    UPDATE journal_leaf l SET place = v.place
    FROM unnest(%s::uuid[], %s::bigint[]) AS v (entry_id, place) WHERE l.entry_id = v.entry_id
"""


def sequence() -> int:
    """Place every leaf that is committed by now; return how many they were."""
    placed = 0
    while batch := _sequence_batch():
        placed += batch
        if batch < BATCH:
            break
    return placed


def _sequence_batch() -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        waiting: dict[UUID, list[tuple[UUID, bytes]]] = defaultdict(list)
        leaves = Leaf.objects.filter(place=None).order_by("number")[:BATCH]
        for entry_id, stream, digest in leaves.values_list("entry_id", "stream", "hash"):
            waiting[stream].append((entry_id, bytes(digest)))
        last = Checkpoint.objects.order_by("-total").values_list("total", flat=True).first()
        total = last or 0
        for stream, fresh in waiting.items():
            total += len(fresh)
            _grow(stream, fresh, total)
        return total - (last or 0)


def _grow(stream: UUID, fresh: list[tuple[UUID, bytes]], total: int) -> None:
    """Append leaves to one stream's tree and sign a checkpoint of it."""
    last = Checkpoint.objects.filter(stream=stream).order_by("-size").first()
    frontier = Frontier.of(last.size, bytes(last.frontier)) if last else Frontier()
    start = frontier.size
    for _, digest in fresh:
        frontier.append(digest)
    places = list(range(start, frontier.size))
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [[entry_id for entry_id, _ in fresh], places])
    root = frontier.root()
    Checkpoint.objects.create(
        total=total,
        stream=stream,
        start=start,
        size=frontier.size,
        root=root,
        frontier=frontier.stored,
        note=Claim(stream, frontier.size, root).sign(),
        at=now(),
    )
