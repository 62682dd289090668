"""Which seat at a table: people of one party side by side."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

G = TypeVar("G", bound=Hashable)


def nearest(free: Sequence[int], to: Collection[int], seats: int) -> int:
    """Return the free seat closest to one of `to` around the table; the first one without any."""
    if not to:
        return free[0]
    return min(free, key=lambda seat: (min(_around(seat, other, seats) for other in to), seat))


def _around(a: int, b: int, seats: int) -> int:
    """Count the steps from seat to seat, the shorter way round."""
    return min((a - b) % seats, (b - a) % seats)


def arrange(groups: Sequence[Sequence[G]], kept: Mapping[int, G], seats: int) -> dict[G, int]:
    """Give seats of one table to guests, each group side by side where the kept seats allow.

    kept: guests who stay on their seat. Groups may contain them; they attract the rest of theirs.
    Raises ValueError when there are more guests than seats.
    """
    spots = {guest: seat for seat, guest in kept.items()}
    free = [seat for seat in range(seats) if seat not in kept]
    for group in sorted(
        groups, key=lambda group: (not any(g in spots for g in group), -len(group))
    ):
        anchors = [spots[guest] for guest in group if guest in spots]
        coming = [guest for guest in group if guest not in spots]
        if len(coming) > len(free):
            raise ValueError("more guests than seats")
        start = None if anchors else _run(free, len(coming), seats)
        for guest in coming:
            seat = start if start is not None else nearest(free, anchors, seats)
            start = None
            free.remove(seat)
            anchors.append(seat)
            spots[guest] = seat
    return spots


def _run(free: Sequence[int], length: int, seats: int) -> int | None:
    """Return the first seat of the shortest run of free seats that holds this many, or None."""
    runs = []
    for start in free:
        if seats > 1 and (start - 1) % seats in free and len(free) < seats:
            continue
        size = 1
        while size < len(free) and (start + size) % seats in free:
            size += 1
        if size >= length:
            runs.append((size, start))
    return min(runs)[1] if runs else None
