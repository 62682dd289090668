"""Two activities of one event are seated side by side: ceremony and dinner."""

import json

import pytest
from django.urls import reverse

from seatrobot.conftest import as_
from seatrobot.kernel.ids import new_id
from seatrobot.seating import floor as floors
from seatrobot.seating.models import SeatAssignment
from seatrobot.seating.services import history, moves, robot, rules, tables
from seatrobot.seating.services.moves import Party
from seatrobot.seating.services.rules import RuleFacts
from seatrobot.seating.tests.conftest import furnish


@pytest.fixture
def rows(alice, ceremony):
    """The tables of the ceremony."""
    return furnish(alice, ceremony, 3, 2, label="", shape="head")


def test_a_guest_has_a_place_in_each_room(alice, evening, ceremony, guests, rows, tables):
    [ann] = guests("Ann Ash")
    with as_(alice):
        moves.place(actor=alice, activity=evening, guest_id=ann, table_id=tables[1], seat=3)
        moves.place(actor=alice, activity=ceremony, guest_id=ann, table_id=rows[0], seat=1)
        assert floors.read(evening).seats == {ann: (tables[1], 3, False)}
        assert floors.read(ceremony).seats == {ann: (rows[0], 1, False)}
        moves.clear(actor=alice, activity=ceremony)
        assert floors.read(ceremony).seats == {}
        assert floors.read(evening).seats == {ann: (tables[1], 3, False)}


def test_a_table_of_one_room_is_none_of_the_other(alice, evening, ceremony, guests, rows):
    [ann] = guests("Ann Ash")
    with as_(alice), pytest.raises(floors.NotInRoom):
        moves.place(actor=alice, activity=evening, guest_id=ann, table_id=rows[0])
    with as_(alice), pytest.raises(floors.NotInRoom):
        tables.remove_tables(actor=alice, activity=evening, table_ids=rows)


def test_tables_are_numbered_in_each_room_by_itself(alice, evening, ceremony, rows, tables):
    with as_(alice):
        assert [t.number for t in floors.read(evening).tables.values()] == [1, 2]
        assert [t.number for t in floors.read(ceremony).tables.values()] == [1, 2, 3]


def test_undo_takes_back_what_was_done_in_the_same_room(
    alice, evening, ceremony, guests, rows, tables
):
    [ann] = guests("Ann Ash")
    with as_(alice):
        moves.place(actor=alice, activity=evening, guest_id=ann, table_id=tables[0], seat=0)
        moves.place(actor=alice, activity=ceremony, guest_id=ann, table_id=rows[0], seat=0)
        history.undo(actor=alice, activity=evening)
        assert ann not in floors.read(evening).seats
        assert ann in floors.read(ceremony).seats


def test_a_party_is_split_in_one_room_only(alice, evening, ceremony, guests, rows, tables):
    ann, ben = guests("Ann Ash", "Ben Ash", party=True)
    with as_(alice):
        for activity, at in ((evening, tables), (ceremony, rows)):
            moves.place(actor=alice, activity=activity, guest_id=ben, table_id=at[0])
        place = {"actor": alice, "guest_id": ann}
        moves.place(**place, activity=evening, table_id=tables[1], party=Party.SPLIT)
        with pytest.raises(moves.PartySplit):
            moves.place(**place, activity=ceremony, table_id=rows[1])


def test_the_robot_seats_each_by_its_own_rules(alice, evening, ceremony, guests, rows, tables):
    ann, ben = guests("Ann Ash", "Ben Birch")
    with as_(alice):
        for activity, kind in ((evening, "together"), (ceremony, "apart")):
            facts = RuleFacts(kind, strength="must", guest_ids=(ann, ben))
            rules.add_rule(actor=alice, activity=activity, facts=facts)
            robot.seat_everyone(actor=alice, activity=activity, seconds=0.5)
        dinner, church = floors.read(evening).seats, floors.read(ceremony).seats
        assert SeatAssignment.objects.count() == 4
    assert dinner[ann].table == dinner[ben].table
    assert church[ann].table != church[ben].table


def test_a_run_in_one_room_holds_up_none_in_the_other(
    alice, evening, ceremony, guests, rows, tables
):
    guests("Ann Ash")
    with as_(alice):
        robot.request(actor=alice, activity=evening)
        assert robot.request(actor=alice, activity=ceremony)


class TestPages:
    @pytest.fixture
    def at(self, alice, dinner, ceremony):
        def at(page, /, **parts):
            where = {"organization": alice.organization_id, "event_id": dinner.pk}
            own = where | {"activity": ceremony.pk}
            return reverse(f"activity-seating:{page}", kwargs=own | parts)

        return at

    def test_as_long_as_there_is_one_nobody_reads_of_activities(self, client_of, alice, dinner):
        where = [alice.organization_id, dinner.pk]
        client = client_of(alice)
        for name in ("plan", "setup", "documents", "list"):
            page = client.get(reverse(f"seating:{name}", args=where)).content.decode()
            assert "/activities/" not in page
            assert "Activities" not in page

    def test_of_two_each_leads_to_the_other(self, client_of, alice, dinner, at):
        first = reverse("seating:plan", args=[alice.organization_id, dinner.pk])
        for page in (first, at("plan")):
            text = client_of(alice).get(page).content.decode()
            assert f'href="{first}"' in text
            assert f'href="{at("plan")}"' in text
            assert ">Ceremony</a>" in text

    def test_a_walk_from_tables_to_documents(self, client_of, alice, guests, at, ceremony, evening):
        ann, ben = guests("Ann Ash", "Ben Birch")
        client = client_of(alice)
        done = client.post(at("add-tables"), {"count": 2, "shape": "head", "seats": 3})
        assert done["Location"].startswith(at("setup"))
        rule = {"guests": [str(ann), str(ben)], "strength": "must", "note": ""}
        done = client.post(at("new-rule", kind="apart"), rule)
        assert done["Location"].startswith(at("setup"))
        plan = client.get(at("plan"))
        urls = plan.context["data"]["urls"]
        assert urls["place"] == at("place")
        with as_(alice):
            table = next(iter(floors.read(ceremony).tables))
        body = json.dumps({"guest": str(ann), "table": str(table)})
        assert client.post(urls["place"], body, "application/json").status_code == 200
        assert "Ann Ash" in client.get(at("list")).content.decode()
        assert client.get(at("document", name="list-by-name.pdf")).content.startswith(b"%PDF")
        text = client.get(at("document", name="plan.json")).json()
        assert text["event"]["title"] == "Ceremony"
        with as_(alice):
            assert floors.read(evening).seats == {}
            assert floors.read(evening).tables == {}

    def test_an_activity_of_another_event_is_not_there(
        self, client_of, alice, dinner, ceremony, other_event, elsewhere
    ):
        client = client_of(alice)
        for activity in (elsewhere.pk, new_id()):
            where = [alice.organization_id, dinner.pk, activity]
            assert client.get(reverse("activity-seating:plan", args=where)).status_code == 404


def test_the_list_names_the_tables_of_each_activity(
    client_of, alice, evening, ceremony, guests, rows, tables
):
    guests("Ann Ash")
    where = f"/o/{alice.organization_id}/events/{evening.event_id}/guests/"
    page = client_of(alice).get(where).content.decode()
    assert "Table (Ceremony)" in page
