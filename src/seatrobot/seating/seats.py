"""Which seat at a table: people of one party side by side, then those a rule keeps together."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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


def arrange(groups: Sequence[Sequence[G]], fixed: Mapping[int, G], seats: int) -> dict[G, int]:
    """Give seats of one table to guests, each group side by side where the fixed seats allow.

    fixed: guests who stay on their seat. Groups may contain them; they attract the rest of theirs.
    Raises ValueError when there are more guests than seats.
    """
    found = {guest: seat for seat, guest in fixed.items()}
    free = [seat for seat in range(seats) if seat not in fixed]
    for group in sorted(
        groups, key=lambda group: (not any(g in found for g in group), -len(group))
    ):
        anchors = [found[guest] for guest in group if guest in found]
        coming = [guest for guest in group if guest not in found]
        if len(coming) > len(free):
            raise ValueError("more guests than seats")
        start = None if anchors else _run(free, len(coming), seats)
        for guest in coming:
            seat = start if start is not None else nearest(free, anchors, seats)
            start = None
            free.remove(seat)
            anchors.append(seat)
            found[guest] = seat
    return found


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


def arrange_together(
    parties: Sequence[Sequence[G]],
    together: Sequence[AbstractSet[G]],
    fixed: Mapping[int, G],
    seats: int,
) -> dict[G, int]:
    """Give seats as `arrange` does, and put guests to sit `together` side by side.

    No party is parted for that. `together` may name guests of other tables.
    Raises ValueError when there are more guests than seats.
    """
    plain = arrange(parties, fixed, seats)
    joined = arrange(_join(parties, together), fixed, seats)

    def beside(found: Mapping[G, int]) -> tuple[int, int]:
        return _pairs(parties, found, seats), _pairs(together, found, seats)

    return max(plain, joined, key=beside)


def _pairs(groups: Sequence[Collection[G]], found: Mapping[G, int], seats: int) -> int:
    """Count neighbouring seats whose guests are of one group."""
    taken = [{found[guest] for guest in group if guest in found} for group in groups]
    return sum((place + 1) % seats in places for places in taken for place in places)


def _join(parties: Sequence[Sequence[G]], together: Sequence[AbstractSet[G]]) -> list[list[G]]:
    """Line up the parties that are linked, each beside one that it is linked to if possible."""
    links = _links(parties, together)
    seen: set[int] = set()

    def line_up(party: int, line: list[G]) -> list[G]:
        seen.add(party)
        before = set(line)
        line += sorted(parties[party], key=lambda guest: _side(guest, before, together))
        for other in sorted(links[party] - seen, key=lambda other: len(links[other])):
            if other not in seen:
                line_up(other, line)
        return line

    ends_first = sorted(range(len(parties)), key=lambda party: len(links[party]))
    return [line_up(party, []) for party in ends_first if party not in seen]


def _links(parties: Sequence[Sequence[G]], together: Sequence[AbstractSet[G]]) -> list[set[int]]:
    """Return, for each party, the others that it is to sit with."""
    party_of = {guest: number for number, party in enumerate(parties) for guest in party}
    links: list[set[int]] = [set() for _ in parties]
    for group in together:
        linked = {party_of[guest] for guest in group if guest in party_of}
        for party in linked:
            links[party] |= linked - {party}
    return links


def _side(guest: G, before: AbstractSet[G], together: Sequence[AbstractSet[G]]) -> int:
    """Return where in the own party: first beside those before, last beside those to come."""
    groups = [group for group in together if guest in group]
    if not groups:
        return 1
    return 0 if any(group & before for group in groups) else 2
