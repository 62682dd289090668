"""List and plan are one world: tables on the guest list and page, in exports, and changed there."""

import re

import pytest
from django.urls import reverse

from seatrobot.conftest import as_
from seatrobot.events.models import Field
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.models import Guest
from seatrobot.guests.records import SpecialRecord
from seatrobot.seating import floor as floors
from seatrobot.seating.services import moves, rules
from seatrobot.seating.services.rules import RuleFacts
from seatrobot.seating.tests.conftest import field, furnish


@pytest.fixture
def people(alice, evening, guests):
    """Two at the last table, one at the eleventh, one nowhere."""
    furnish(alice, evening, 12, 4)
    ann, ben = guests("Ann Ash", "Ben Ash", party=True)
    cat, dan = guests("Cat Cedar", "Dan Dew")
    with as_(alice):
        tables = list(floors.read(evening).tables)
        place = {"actor": alice, "activity": evening}
        moves.place(**place, guest_id=ann, table_id=tables[11], seat=2, party="split")
        moves.place(**place, guest_id=ben, table_id=tables[11], seat=3)
        moves.place(**place, guest_id=cat, table_id=tables[0])
    return {"ann": ann, "ben": ben, "cat": cat, "dan": dan, "tables": tables}


@pytest.fixture
def names(client_of, alice, dinner):
    """Who is found on the guest list, in its order."""

    def names(**query):
        url = reverse("guests:list", args=[alice.organization_id, dinner.pk])
        page = client_of(alice).get(url, query).content.decode()
        return re.findall(r'<span><a href="[^"]*/guests/[^"]*">([^<]*)</a>', page)

    return names


def test_the_list_shows_sorts_and_finds_by_table(client_of, alice, dinner, people, names):
    url = reverse("guests:list", args=[alice.organization_id, dinner.pk])
    page = client_of(alice).get(url).content.decode()
    assert "Table 12 · 3" in page
    assert "No table" in page
    assert names(sort="table") == ["Cat Cedar", "Ann Ash", "Ben Ash", "Dan Dew"]
    assert names(q="table:1") == ["Cat Cedar"]
    assert names(q='table:"Table 12" ann') == ["Ann Ash"]
    assert names(q="table:none") == ["Dan Dew"]
    assert names(q="-table:12") == ["Cat Cedar", "Dan Dew"]
    assert names(table=str(people["tables"][11])) == ["Ann Ash", "Ben Ash"]
    assert names(table="none") == ["Dan Dew"]


def test_what_is_done_to_all_that_were_found_is_done_to_nobody_else(
    client_of, alice, dinner, people, names
):
    url = reverse("guests:bulk", args=[alice.organization_id, dinner.pk])
    form = {"query": "table=none", "all": "1", "do": "tag", "tag": "late"}
    client_of(alice).post(url, form)
    assert names(q="tag:late") == ["Dan Dew"]


def test_own_columns_are_shown_where_they_were_chosen(client_of, alice, dinner, guests):
    guests("Ann Ash", course="Fish")
    key = f"field:{field(alice, dinner, 'Course').pk.hex}"
    browser = client_of(alice)
    url = reverse("guests:list", args=[alice.organization_id, dinner.pk])
    assert "Fish" not in browser.get(url).content.decode()
    assert "Fish" in browser.get(url, {"columns": "1", "column": key}).content.decode()
    assert "Fish" in browser.get(url).content.decode()
    assert "Fish" not in browser.get(url, {"columns": "1"}).content.decode()


def test_the_export_has_table_and_seat_and_an_import_leaves_them_out(
    client_of, alice, dinner, people
):
    browser = client_of(alice)
    url = reverse("guests:export", args=[alice.organization_id, dinner.pk, "csv"])
    rows = [line.split(",") for line in browser.get(url).content.decode().splitlines()]
    assert [row[-2:] for row in rows[:3]] == [
        ["Table (plan)", "Seat (plan)"],
        ["Table 12", "3"],
        ["Table 12", "4"],
    ]
    mapping = guess([heading.lstrip("\ufeff") for heading in rows[0]])
    assert mapping.columns["Table (plan)"] == mapping.columns["Seat (plan)"] == Target.IGNORE


class TestChanging:
    @pytest.fixture
    def seat(self, client_of, alice, dinner):
        def seat(guest, table, **form):
            url = reverse("seating:guest", args=[alice.organization_id, dinner.pk, guest])
            return client_of(alice).post(url, {"table": str(table), **form})

        return seat

    def at(self, alice, evening, guest):
        with as_(alice):
            place = floors.read(evening).seats.get(guest)
        return place.table if place else None

    def test_the_guests_page_says_where_and_leads_to_it(self, client_of, alice, dinner, people):
        url = reverse("guests:guest", args=[alice.organization_id, dinner.pk, people["ann"]])
        page = client_of(alice).get(url).content.decode()
        assert "Table 12, seat 3" in page
        change = reverse("seating:guest", args=[alice.organization_id, dinner.pk, people["ann"]])
        assert change in page
        assert "Table 12 (2 free)" in client_of(alice).get(change).content.decode()

    def test_a_guest_is_seated_and_taken_from_the_table(self, alice, evening, people, seat):
        table = people["tables"][4]
        assert seat(people["dan"], table).status_code == 302
        assert self.at(alice, evening, people["dan"]) == table
        seat(people["dan"], "none")
        assert self.at(alice, evening, people["dan"]) is None

    def test_a_party_and_a_must_are_asked_about(self, alice, evening, people, seat):
        first, other = people["tables"][0], people["tables"][5]
        answer = seat(people["ann"], first)
        assert answer.status_code == 422
        assert "Ann Ash comes with Ben Ash" in answer.content.decode()
        seat(people["ann"], first, party="bring")
        assert self.at(alice, evening, people["ben"]) == first
        with as_(alice):
            facts = RuleFacts("together", "must", guest_ids=(people["ann"], people["cat"]))
            rules.add_rule(actor=alice, activity=evening, facts=facts)
        assert "breaks the must" in seat(people["cat"], other).content.decode()
        assert self.at(alice, evening, people["cat"]) == first
        seat(people["cat"], other, despite="1")
        assert self.at(alice, evening, people["cat"]) == other


class TestCard:
    @pytest.fixture
    def facts(self, client_of, dinner):
        def facts(member, guest):
            url = reverse("seating:card", args=[member.organization_id, dinner.pk, guest])
            found = client_of(member).get(url)
            assert found.status_code == 200
            return {fact["label"]: fact["text"] for fact in found.json()["facts"]}

        return facts

    def test_diet_is_shown_to_those_with_its_class_alone(self, alice, vera, dinner, people, facts):
        diet = field(alice, dinner, "Diet", type=Field.Type.DIET, special=True)
        with as_(alice):
            row = Guest.objects.get(pk=people["ann"])
            row.special = SpecialRecord({diet.pk: "Vegan"})
            row.sealed.notes = "Wheelchair"
            row.save()
        assert facts(alice, people["ann"]) == {"Diet": "Vegan", "Notes": "Wheelchair"}
        assert facts(vera, people["ann"]) == {"Notes": "Wheelchair"}
