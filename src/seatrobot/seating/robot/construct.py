"""A first seating: hardest blocks first, each at the table where it costs least."""

import random
from collections.abc import Collection, Sequence

from .blocks import Blocks, sitting
from .case import Case
from .clock import Deadline, Teller
from .state import NOWHERE, State

TRIES = 20


def construct(
    case: Case, rng: random.Random, deadline: Deadline, teller: Teller, tries: int = TRIES
) -> State:
    """Return the seating with the fewest guests left over; no hard rule is broken.

    Who sits now comes before everybody else.
    """
    best, best_left = None, 0
    first = sitting(case.problem, case.blocks)
    for attempt in range(tries):
        teller.tell()
        state = State(case, [NOWHERE] * len(case.blocks.blocks))
        left = sum(
            state.size[b]
            for b in _order(case.blocks, first, rng, attempt)
            if not _seat(state, b, rng)
        )
        if best is None or left < best_left:
            best, best_left = state, left
        if not left or not deadline.left():
            break
    assert best is not None
    return best


def settle(case: Case, moves: Sequence[Sequence[int]], rng: random.Random) -> State:
    """Return the seating in which who sits stays as far as no hard rule is broken.

    moves: by block and table, how many of its guests would change tables.
    """
    state = State(case, [NOWHERE] * len(case.blocks.blocks))
    first, rest = sitting(case.problem, case.blocks), []
    for b, block in enumerate(case.blocks.blocks):
        home = min(block.tables, key=moves[b].__getitem__, default=NOWHERE)
        stays = b in first and not moves[b][home] and state.free[home] >= block.size
        if stays and state.price(b, home) < state.model.forbidden:
            state.place(b, home)
            continue
        rest.append((b not in first, -block.size, b))
    for *_order, b in sorted(rest):
        _seat(state, b, rng)
    return state


def _order(blocks: Blocks, first: Collection[int], rng: random.Random, attempt: int) -> list[int]:
    """Few tables and many seats first; later attempts shake the order."""
    rivals = [0] * len(blocks.blocks)
    for group in blocks.apart:
        for block in group:
            rivals[block] += len(group) - 1
    noise = 0.2 * attempt
    keys = [
        (
            i not in first,
            len(b.tables) > 1,
            -b.size - 0.1 * rivals[i] - noise * rng.random(),
            len(b.tables),
        )
        for i, b in enumerate(blocks.blocks)
    ]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _seat(state: State, block: int, rng: random.Random) -> bool:
    size, best, best_key = state.size[block], NOWHERE, (0, 0, 0.0)
    for table in state.tables_of[block]:
        if state.free[table] < size:
            continue
        price = state.price(block, table)
        if price >= state.model.forbidden:
            continue
        key = (price, -state.free[table] if size == 1 else state.free[table] - size, rng.random())
        if best == NOWHERE or key < best_key:
            best, best_key = table, key
    if best == NOWHERE:
        return False
    state.place(block, best)
    return True
