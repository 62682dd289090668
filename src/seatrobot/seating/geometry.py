"""Where the seats of a table are, and where new tables are set up; in metres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

SEAT_RADIUS = 0.29
SEAT_WIDTH = 0.72
"""Along the edge of a table, from one guest to the next."""
GAP = 0.04
"""Between the edge of the table and the seat."""
TABLE_DEPTH = 0.9
SMALLEST_ROUND = 0.55
AISLE = 0.55
"""Between the chairs of neighbouring tables: enough for a waiter."""
ASPECT = 1.35
"""A room is wider than deep."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One table before it is turned; width, height: of its top (a circle when `circle`).

    seats: (x, y) of each by its number, from the centre of the table.
    Seat 0 is at the top (or at the left end of the first side); numbers go clockwise.
    """

    circle: bool
    width: float
    height: float
    seats: tuple[tuple[float, float], ...]

    @property
    def reach(self) -> float:
        """Radius of the circle around everything that belongs to the table."""
        far = max((math.hypot(x, y) for x, y in self.seats), default=0.0)
        return max(far + SEAT_RADIUS, math.hypot(self.width, self.height) / 2)


@lru_cache(maxsize=512)
def draw(shape: str, seats: int) -> Drawing:
    """Return the drawing of a table (`models.Shape`) with this many seats."""
    if shape == "round":
        return _round(seats)
    if shape == "square":
        quarter = -(-seats // 4)
        return _sides([(seats + side) // 4 for side in (3, 1, 2, 0)], quarter)
    if shape == "head":
        return _sides([seats, 0, 0, 0], 0)
    long = (seats - 2) // 2 if seats > 4 else (seats + 1) // 2  # noqa: PLR2004  no seats at the ends of a small table
    ends = seats - 2 * long if seats > 4 else 0  # noqa: PLR2004  as above
    other = seats - long - ends
    return _sides([long, min(ends, 1), other, max(0, ends - 1)], 1)


def _round(seats: int) -> Drawing:
    ring = max(SMALLEST_ROUND + GAP + SEAT_RADIUS, seats * SEAT_WIDTH / math.tau)
    top = 2 * (ring - GAP - SEAT_RADIUS)
    angles = (math.tau * seat / seats - math.pi / 2 for seat in range(seats))
    places = tuple((_mm(ring * math.cos(a)), _mm(ring * math.sin(a))) for a in angles)
    return Drawing(True, _mm(top), _mm(top), places)


def _sides(counts: list[int], depth: int) -> Drawing:
    """Seats along the top, right, bottom and left of a rectangle, clockwise."""
    width = max(counts[0], counts[2], 1) * SEAT_WIDTH + 0.1
    height = max(TABLE_DEPTH, depth * SEAT_WIDTH + 0.1 if depth > 1 else 0.0)
    away_x, away_y = width / 2 + GAP + SEAT_RADIUS, height / 2 + GAP + SEAT_RADIUS
    top = [(x, -away_y) for x in _along(counts[0])]
    right = [(away_x, y) for y in _along(counts[1])]
    bottom = [(-x, away_y) for x in _along(counts[2])]
    left = [(-away_x, -y) for y in _along(counts[3])]
    places = tuple((_mm(x), _mm(y)) for x, y in [*top, *right, *bottom, *left])
    return Drawing(False, _mm(width), _mm(height), places)


def _along(count: int) -> list[float]:
    return [(i - (count - 1) / 2) * SEAT_WIDTH for i in range(count)]


def _mm(metres: float) -> float:
    return round(metres, 3)


def grid(
    count: int, shape: str, seats: int, taken: Sequence[tuple[float, float, float]] = ()
) -> list[tuple[float, float]]:
    """Return (x, y) of `count` equal new tables, row by row, below the tables that stand already.

    taken: (x, y, reach) of those.
    """
    drawing = draw(shape, seats)
    wide, deep = _footprint(drawing.circle, drawing.width, drawing.height, drawing.reach)
    columns = _columns(count, math.sqrt(count * ASPECT * deep / wide))
    left = min((x for x, _, _ in taken), default=wide / 2)
    top = max((y + reach for _, y, reach in taken), default=-AISLE / 2) + AISLE / 2 + deep / 2
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
