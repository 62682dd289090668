"""Setting up tables."""

import pytest

from seatrobot.conftest import as_
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating.floor import NotInRoom
from seatrobot.seating.geometry import draw
from seatrobot.seating.models import SeatAssignment, Table
from seatrobot.seating.services import moves
from seatrobot.seating.services import tables as services
from seatrobot.seating.services.tables import Occupied, Position, TableFacts
from seatrobot.seating.tests.conftest import furnish


@pytest.fixture
def seated(alice, evening, guests, tables):
    """Four people at the first table, which has four seats."""
    people = guests("A A", "B B", "C C", "D D")
    with as_(alice):
        for guest in people:
            moves.place(actor=alice, activity=evening, guest_id=guest, table_id=tables[0])
    return people


def overlapping(rows):
    near = 0
    for i, a in enumerate(rows):
        for b in rows[:i]:
            reach = draw(a.shape, a.seats).reach + draw(b.shape, b.seats).reach
            near += (a.x - b.x) ** 2 + (a.y - b.y) ** 2 < reach**2
    return near


def test_fifty_four_round_tables_stand_in_full_rows_and_none_overlaps(alice, evening):
    furnish(alice, evening, 54, 10)
    with as_(alice):
        rows = list(Table.objects.all())
        assert [table.number for table in rows] == list(range(1, 55))
        assert len({table.y for table in rows}) * len({table.x for table in rows}) == 54
        assert overlapping(rows) == 0


def test_tables_added_later_stand_beside_those_that_are_there(alice, evening):
    furnish(alice, evening, 6, 10)
    furnish(alice, evening, 3, 8)
    furnish(alice, evening, 1, 20, label="Sponsors")
    with as_(alice):
        rows = list(Table.objects.all())
        assert overlapping(rows) == 0
        assert [table.name for table in rows][-2:] == ["Table 9", "Sponsors"]


def test_a_table_made_smaller_than_its_people_is_refused(alice, evening, tables, seated):
    with as_(alice), pytest.raises(Refused, match=r"4 people sit at Table 1.* 2 of them must move"):
        change(alice, evening, tables[0], seats=2)
    with as_(alice):
        assert Table.objects.get(pk=tables[0]).seats == 4


def test_people_move_up_when_a_smaller_table_still_holds_them(alice, tables, seated, evening):
    with as_(alice):
        moves.unseat(actor=alice, activity=evening, guest_ids=seated[:2])
        change(alice, evening, tables[0], seats=2)
        assert sorted(SeatAssignment.objects.values_list("seat", flat=True)) == [0, 1]


def test_a_table_with_people_is_not_removed_without_saying_so(alice, evening, tables, seated):
    with as_(alice), pytest.raises(Occupied, match="4 people sit at Table 1"):
        tables_remove(alice, evening, tables[0])
    with as_(alice):
        tables_remove(alice, evening, tables[0], unseat=True)
        assert Table.objects.count() == 1
        assert not SeatAssignment.objects.exists()


def test_tables_are_numbered_row_by_row(alice, tables, evening):
    with as_(alice):
        moves = {tables[0]: Position(5, 9), tables[1]: Position(1, 2, 370)}
        move(alice, evening, moves)
        renumber(alice, evening)
        floor = floors.read(evening)
    assert [floor.tables[t].number for t in tables] == [2, 1]
    assert floor.tables[tables[1]].rotation == 10


@pytest.mark.parametrize("facts", [{"seats": 0}, {"seats": 201}, {"seats": 4, "shape": "heart"}])
def test_impossible_tables_are_refused(alice, evening, facts):
    with as_(alice), pytest.raises(Refused):
        services.add_tables(actor=alice, activity=evening, count=1, facts=TableFacts(**facts))


def test_tables_of_another_event_are_not_touched(alice, elsewhere, tables):
    with as_(alice):
        for attempt in (
            lambda: change(alice, elsewhere, tables[0], seats=3),
            lambda: tables_remove(alice, elsewhere, tables[0]),
            lambda: move(alice, elsewhere, {tables[0]: Position(1, 1)}),
        ):
            with pytest.raises(NotInRoom):
                attempt()


def test_who_only_looks_changes_no_table(vera, evening, tables):
    with as_(vera), pytest.raises(NotAllowed):
        change(vera, evening, tables[0], seats=3)


def test_another_organization_adds_no_table_here(charlie, evening):
    with as_(charlie), pytest.raises(NotInRoom):
        services.add_tables(actor=charlie, activity=evening, count=1, facts=TableFacts(4))


def change(actor, activity, table, **facts):
    seen = services.version(Table.objects.get(pk=table))
    services.change_table(
        actor=actor, activity=activity, table_id=table, facts=TableFacts(**facts), seen=seen
    )


def tables_remove(actor, activity, table, **options):
    services.remove_tables(actor=actor, activity=activity, table_ids=[table], **options)


def move(actor, activity, positions):
    services.move_tables(actor=actor, activity=activity, positions=positions)


def renumber(actor, activity):
    services.renumber(actor=actor, activity=activity)
