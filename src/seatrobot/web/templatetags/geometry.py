"""Numbers for the small drawings, so that templates only place them."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

CHART_WIDTH = 480
CHART_HEIGHT = 96
TONES = ("green", "amber", "violet", "sky", "plum", "slate", "rose", "lime")


class Bar(NamedTuple):
    """One bar of a chart in the units of its view box."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float


def bars(points: Sequence[tuple[str, int]]) -> list[Bar]:
    """Bars for (label, count) pairs, oldest first; a count above zero is at least 2 units high."""
    if not points:
        return []
    top = max(value for _, value in points) or 1
    step = CHART_WIDTH / len(points)
    width = min(step * 0.7, 40)
    drawn = []
    for index, (label, value) in enumerate(points):
        height = max(CHART_HEIGHT * value / top, 2) if value else 0.5
        x = step * index + (step - width) / 2
        bar = (round(x, 2), round(CHART_HEIGHT - height, 2), round(width, 2), round(height, 2))
        drawn.append(Bar(str(label), value, *bar))
    return drawn


def share(part: float, whole: float) -> float:
    """`part` of `whole` in percent, between 0 and 100; 0 when there is no whole."""
    if whole <= 0:
        return 0.0
    return round(min(max(100 * part / whole, 0), 100), 2)


def initials(name: str) -> str:
    """Up to two letters for an avatar: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def tone_of(text: str) -> str:
    """Choose a tone that is always the same for the same text."""
    return TONES[zlib.crc32(text.casefold().encode()) % len(TONES)]
