"""The room on the event's home page."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply
from seatrobot.seating.overview import SeatingPart
from seatrobot.seating.services import moves
from seatrobot.seating.tests.conftest import furnish

pytestmark = pytest.mark.django_db


def test_without_tables_there_is_no_picture(alice, dinner):
    with as_(alice):
        assert list(SeatingPart().panels(alice, dinner)) == []


def test_every_table_is_drawn_inside_the_box_and_empty_ones_have_no_filling(alice, dinner, evening):
    furnish(alice, evening, 3, 8)
    with as_(alice):
        (panel,) = SeatingPart().panels(alice, dinner)
    left, top, width, height = map(int, panel.context["box"].split())
    assert len(panel.context["dots"]) == 3
    for dot in panel.context["dots"]:
        assert left < dot.x - dot.radius
        assert dot.x + dot.radius < left + width
        assert top < dot.y - dot.radius
        assert dot.y + dot.radius < top + height
        assert dot.filled == 0


def test_the_door_gets_no_picture(doris, dinner):
    with as_(doris):
        assert list(SeatingPart().panels(doris, dinner)) == []


def test_of_two_activities_each_has_a_picture_that_names_it(alice, dinner, evening, ceremony):
    furnish(alice, evening, 2)
    furnish(alice, ceremony, 5)
    with as_(alice):
        panels = list(SeatingPart().panels(alice, dinner))
    assert [panel.context["title"] for panel in panels] == ["Congress Dinner", "Ceremony"]
    assert [len(panel.context["dots"]) for panel in panels] == [2, 5]
    assert str(ceremony.pk) in panels[1].context["url"]


def test_the_figures_are_those_of_the_plan(alice, dinner, evening, guests):
    ids = guests("Ada One", "Bo Two", "Cy Three")
    (table,) = furnish(alice, evening, 1, 4)

    def told():
        with as_(alice):
            *_others, seat = SeatingPart().steps(alice, dinner)
            (panel,) = SeatingPart().panels(alice, dinner)
        return seat.note, seat.is_done, panel.context["taken"]

    assert told() == ("0 of 3 guests seated", False, 0)
    with as_(alice):
        for guest_id in ids[:2]:
            moves.place(actor=alice, activity=evening, guest_id=guest_id, table_id=table)
    assert told() == ("2 of 3 guests seated", False, 2)
    with as_(alice):
        Guest.objects.filter(pk=ids[0]).update(reply=Reply.DECLINED)
    assert told() == ("1 of 2 guests seated", False, 1)
    with as_(alice):
        moves.place(actor=alice, activity=evening, guest_id=ids[2], table_id=table)
    assert told() == ("2 of 2 guests seated", True, 2)
