"""The room on the event's home page."""

import pytest

from seatrobot.conftest import as_
from seatrobot.seating import home_page
from seatrobot.seating.models import Table, TableRecord

pytestmark = pytest.mark.django_db


def test_without_tables_there_is_no_picture(alice, dinner):
    with as_(alice):
        assert list(home_page.panels(alice, dinner)) == []


def test_every_table_is_drawn_inside_the_box_and_empty_ones_have_no_filling(alice, dinner):
    with as_(alice):
        for number in (1, 2, 3):
            Table.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                number=number,
                seats=8,
                x=4 * number,
                y=-2,
                sealed=TableRecord(),
            )
        (panel,) = home_page.panels(alice, dinner)
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
        assert list(home_page.panels(doris, dinner)) == []
