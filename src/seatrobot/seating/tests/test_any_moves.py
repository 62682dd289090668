"""Whatever people do in whatever order: no seat twice, no table too full, nobody lost."""

import contextlib

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.kernel.refusal import Refused
from seatrobot.seating.models import SeatAssignment
from seatrobot.seating.services import history, moves
from seatrobot.seating.services.moves import Party
from seatrobot.seating.tests.conftest import furnish

GUESTS, TABLES, SEATS = 9, 3, 4

guest = st.integers(0, GUESTS - 1)
placing = st.tuples(
    st.just("place"),
    guest,
    st.integers(0, TABLES - 1),
    st.none() | st.integers(0, SEATS - 1),
    st.sampled_from(Party),
)
others = st.one_of(
    st.tuples(st.just("unseat"), guest),
    st.tuples(st.just("lock"), guest, st.booleans()),
    st.tuples(st.sampled_from(["undo", "undo", "redo", "clear"])),
)


def plan():
    return sorted(SeatAssignment.objects.values_list("guest_id", "table_id", "seat", "locked"))


def act(actor, activity, people, tables, name, *parts):
    options = {"actor": actor, "activity": activity}
    if name == "place":
        who, table, seat, party = parts
        return moves.place(
            **options, guest_id=people[who], table_id=tables[table], seat=seat, party=party
        )
    if name == "unseat":
        return moves.unseat(**options, guest_ids=[people[parts[0]]])
    if name == "lock":
        return moves.set_locked(**options, guest_ids=[people[parts[0]]], locked=parts[1])
    verb = {"undo": history.undo, "redo": history.redo, "clear": moves.clear}[name]
    return verb(**options)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(placing | others, min_size=3, max_size=20))
def test_any_sequence_of_moves_keeps_the_plan_sound(alice, evening, guests, acts):
    with as_(alice), contextlib.suppress(Rollback), transaction.atomic():
        people = guests("A A", "B A", "C A", party=True) + guests(*"DEFGHI")
        tables = furnish(alice, evening, TABLES, SEATS)
        for name, *parts in acts:
            before = plan()
            try:
                with transaction.atomic():
                    step = act(alice, evening, people, tables, name, *parts)
            except Refused:
                assert plan() == before
                continue
            check_sound(people, tables)
            if step and name not in ("undo", "redo"):
                after = plan()
                history.undo(actor=alice, activity=evening)
                assert plan() == before
                history.redo(actor=alice, activity=evening)
                assert plan() == after
        raise Rollback


def check_sound(people, tables):
    seats = [(table, seat) for _guest, table, seat, _locked in plan()]
    assert len(seats) == len(set(seats))
    assert all(table in tables and 0 <= seat < SEATS for table, seat in seats)
    assert len({guest for guest, *_ in plan()}) == len(seats)
    assert Guest.objects.filter(pk__in=people).count() == GUESTS


class Rollback(Exception):
    """Forget everything of one example."""
