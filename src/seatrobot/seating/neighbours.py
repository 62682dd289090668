"""Who sits beside whom at one table: parties first, then those who are to sit together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from seatrobot.seating.seats import G, arrange


def seat(
    parties: Sequence[Sequence[G]],
    together: Sequence[AbstractSet[G]],
    kept: Mapping[int, G],
    seats: int,
) -> dict[G, int]:
    """Give seats as `arrange` does, and put guests to sit `together` side by side.

    No party is parted for that. `together` may name guests of other tables.
    Raises ValueError when there are more guests than seats.
    """
    plain = arrange(parties, kept, seats)
    joined = arrange(_join(parties, together), kept, seats)

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
