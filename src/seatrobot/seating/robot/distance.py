"""How far apart two tables are, in steps that a guest would feel."""

import math
from collections.abc import Sequence
from statistics import median

from .problem import Table

NEIGHBOUR = 1.5
"""In spacings; a table one row and one column away (1.41 on a grid) is still a neighbour."""


def steps(tables: Sequence[Table]) -> list[list[int]]:
    """Matrix (tables x tables): 0 for the same or a neighbouring table, then 1 per spacing.

    A spacing is the median distance from a table to the one nearest to it.
    """
    metres = [[math.hypot(a.x - b.x, a.y - b.y) for b in tables] for a in tables]
    nearest = [
        min(d for j, d in enumerate(row) if j != i) for i, row in enumerate(metres) if row[1:]
    ]
    spacing = median(nearest) if nearest else 0.0
    if not spacing:
        return [[0] * len(tables) for _ in tables]
    return [[max(0, math.ceil(d / spacing - NEIGHBOUR)) for d in row] for row in metres]
