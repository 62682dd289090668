"""Making an organization's log with its proof, inside a unit of work of that organization."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.kernel.heads import cosigning, memory, services, statement, witnesses
from seatrobot.kernel.heads.log_file import LogFile
from seatrobot.kernel.journal import leaf
from seatrobot.kernel.journal.models import Checkpoint
from seatrobot.kernel.journal.proving import NoProof
from seatrobot.kernel.journal.tree import HASH_BYTES

MOST = 100_000
"""A longer log is given from a checkpoint on that leaves about so many of the newest entries."""
ENTRIES = f"""
    SELECT {", ".join(f"e.{column}" for column in leaf.COLUMNS)}
    FROM journal_leaf l JOIN journal_entry e ON e.id = l.entry_id
    WHERE l.stream = %s AND l.place >= %s AND l.place < %s ORDER BY l.place
"""  # noqa: S608  our own columns


def make(organization_id: UUID) -> LogFile:
    """Return the organization's log as the newest head has it; raises NoProof."""
    kept = memory.read()
    states = statement.unpack(kept.streams) if kept else []
    places = {each.stream: place for place, each in enumerate(states)}
    if kept is None or organization_id not in places:
        raise NoProof(_("No head speaks of this journal yet. Try again in a minute."))
    place = places[organization_id]
    size = states[place].size
    start, frontier = _begin(organization_id, size)
    with connection.cursor() as cursor:
        cursor.execute(ENTRIES, [organization_id, start, size])
        rows = cursor.fetchall()
    return LogFile(
        entries=[leaf.form(dict(zip(leaf.COLUMNS, row, strict=True))) for row in rows],
        start=start,
        frontier=[frontier[at : at + HASH_BYTES] for at in range(0, len(frontier), HASH_BYTES)],
        map_place=place,
        map_proof=statement.map_proof(kept.streams, place),
        text=kept.text,
        head_proof=services.stored_log().inclusion(kept.size - 1, kept.size),
        head=witnesses.whole(kept),
        cosigner=cosigning.verifier_key(kept.claim.origin).text,
    )


def _begin(organization_id: UUID, size: int) -> tuple[int, bytes]:
    """Return the place to begin at, and the tree of what goes before."""
    if size <= MOST:
        return 0, b""
    later = Checkpoint.objects.filter(stream=organization_id, size__gte=size - MOST)
    first = later.filter(size__lt=size).order_by("size").first()
    return (first.size, bytes(first.frontier)) if first else (0, b"")
