"""The log of heads as tiles (C2SP tlog-tiles), which tools of others read and verify."""

from __future__ import annotations

from seatrobot.kernel.heads.models import Head
from seatrobot.kernel.journal.tree import HASH_BYTES

WIDTH = 256
LEVEL_HEIGHT = 8
LENGTH_BYTES = 2
LARGEST_SIZE = 2**63 - 1
"""How many heads the database can number."""


def hashes(level: int, place: int, width: int) -> bytes | None:
    """Return `width` hashes of a tile; None where the log is not that large."""
    height = LEVEL_HEIGHT * level
    if not _can_be(level, place, width):
        return None
    ends = [(place * WIDTH + each + 1) << height for each in range(width)]
    rows = Head.objects.filter(number__in=[end - 1 for end in ends]).order_by("number")
    nodes = [bytes(row) for row in rows.values_list("nodes", flat=True)]
    if len(nodes) != width:
        return None
    return b"".join(row[height * HASH_BYTES : (height + 1) * HASH_BYTES] for row in nodes)


def entries(place: int, width: int) -> bytes | None:
    """Return `width` entries of a tile, each after its length; None as above."""
    if not _can_be(0, place, width):
        return None
    first = place * WIDTH
    rows = Head.objects.filter(number__gte=first, number__lt=first + width).order_by("number")
    texts = [text.encode() for text in rows.values_list("text", flat=True)]
    if len(texts) != width:
        return None
    return b"".join(len(text).to_bytes(LENGTH_BYTES, "big") + text for text in texts)


def _can_be(level: int, place: int, width: int) -> bool:
    """Whether a log could ever have the tile."""
    return width <= WIDTH and (place * WIDTH + width) << LEVEL_HEIGHT * level <= LARGEST_SIZE
