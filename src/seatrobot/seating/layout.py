"""Where new tables stand: a grid that looks like a room, below what is there already."""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrobot.seating.shapes import draw

AISLE = 0.55
"""Metres between the chairs of neighbouring tables: enough for a waiter."""
ASPECT = 1.35
"""A room is wider than deep."""


def grid(
    count: int, shape: str, seats: int, taken: Sequence[tuple[float, float, float]] = ()
) -> list[tuple[float, float]]:
    """Return (x, y) of `count` equal tables in metres, row by row.

    taken: (x, y, reach) of the tables that stand already.
    """
    drawing = draw(shape, seats)
    wide, deep = _footprint(drawing.circle, drawing.width, drawing.height, drawing.reach)
    columns = _columns(count, math.sqrt(count * ASPECT * deep / wide))
    left = min((x - reach for x, _, reach in taken), default=0.0) + wide / 2
    top = max((y + reach for _, y, reach in taken), default=0.0) + deep / 2
    spots = []
    for index in range(count):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        inset = (columns - in_row) * wide / 2
        spots.append((round(left + inset + column * wide, 2), round(top + row * deep, 2)))
    return spots


def _columns(count: int, ideal: float) -> int:
    """Return a number of columns near the ideal that leaves the fewest gaps in the last row."""
    near = range(max(1, math.ceil(ideal * 0.75)), max(1, math.floor(ideal * 1.3)) + 1)
    return min(near, key=lambda columns: (-count % columns, abs(columns - ideal)))


def _footprint(circle: bool, width: float, height: float, reach: float) -> tuple[float, float]:  # noqa: FBT001  a fact of the drawing
    if circle:
        return 2 * reach + AISLE, 2 * reach + AISLE
    return width + 1.0 + 2 * AISLE, height + 1.4 + AISLE
