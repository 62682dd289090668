"""What the floor plan's script gets: short, true, and no more than it needs."""

import json
from base64 import urlsafe_b64decode
from uuid import UUID

import pytest
from django.urls import reverse

from seatrobot.conftest import as_
from seatrobot.guests.statuses import Reply
from seatrobot.kernel import acting
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.shown import mark_of, unpack
from seatrobot.seating import plan
from seatrobot.seating.models import Table
from seatrobot.seating.services import moves
from seatrobot.seating.services import tables as services
from seatrobot.seating.services.tables import TableFacts
from seatrobot.seating.tests.conftest import field, furnish, invite

MOST_BYTES_A_GUEST = 70
ID_LENGTH = 22


@pytest.fixture
def data(alice, dinner, evening):
    def data(known=""):
        with as_(alice):
            return plan.as_data(plan.load(alice, dinner.pk), known)

    return data


def ids_of(people):
    ids = people["ids"]
    parts = (ids[at : at + ID_LENGTH] for at in range(0, len(ids), ID_LENGTH))
    return [UUID(bytes=urlsafe_b64decode(part + "==")) for part in parts]


def short_of(people, position):
    """Read what stands on a seat, as the script does."""
    name, cut = people["names"][position], people["shorts"][position]
    return cut if isinstance(cut, str) else name[cut or name.rfind(" ") + 1 :]


def test_people_and_seats_can_be_read_back(alice, evening, guests, tables, data):
    ann, ben, cat = guests("Ann Ash", "Ben de la Cruz", "Çelik Ünal")
    with as_(alice):
        moves.place(actor=alice, activity=evening, guest_id=ben, table_id=tables[1], seat=2)
        moves.set_locked(actor=alice, activity=evening, guest_ids=[ben], locked=True)
    found = data()
    people = found["people"]
    positions = {guest: position for position, guest in enumerate(ids_of(people))}
    assert positions.keys() == {ann, ben, cat}
    assert [people["names"][positions[guest]] for guest in (ann, ben)] == [
        "Ann Ash",
        "Ben de la Cruz",
    ]
    assert [short_of(people, positions[g]) for g in (ann, ben, cat)] == [
        "Ash",
        "de la Cruz",
        "Ünal",
    ]
    assert found["tables"][1][-1] == [-1, -1, positions[ben], -1]
    assert found["locked"] == [positions[ben]]


def test_an_unnamed_plus_one_is_called_after_the_host(alice, dinner, guests, data):
    [bo] = guests("Bo Li")
    invite(alice, dinner, "", host=bo, reply=Reply.CONFIRMED)
    assert sorted(data()["people"]["names"]) == ["Bo Li", "Guest of Bo Li"]


def test_a_guest_takes_few_bytes(alice, dinner, evening, data):
    count = 400
    names = [f"Maximiliana{n} Featherstonehaugh{n}" for n in range(count)]
    invite(alice, dinner, *names, state="North Carolina", company_name="A long name of a company")
    seats = furnish(alice, evening, 12, 36)
    with as_(alice):
        for position, guest in enumerate(plan.load(alice, dinner.pk).coming):
            if position % 8 == 0:
                table = seats[position // 8 % 12]
                moves.place(actor=alice, activity=evening, guest_id=guest.id, table_id=table)
    assert len(json.dumps(data(), separators=(",", ":"))) < MOST_BYTES_A_GUEST * count + 4_000


def test_people_are_sent_once(alice, evening, guests, tables, data):
    [ann] = guests("Ann Ash")
    first = data()
    again = data(known=first["people"]["version"])
    assert "people" not in again
    with as_(alice):
        moves.place(actor=alice, activity=evening, guest_id=ann, table_id=tables[0], seat=0)
    assert data(known=first["people"]["version"])["tables"][0][-1] == [0, -1, -1, -1]
    guests("Ben Birch")
    assert len(data(known=first["people"]["version"])["people"]["names"]) == 2


def test_columns_tell_values_by_position(alice, dinner, guests):
    guests("Ann Ash", "Ben Birch", state="NC; SC")
    guests("Cat Cedar")
    with as_(alice):
        found = plan.values_data(plan.load(alice, dinner.pk))
    [state] = found["columns"]
    assert (state["label"], state["values"]) == ("State", ["NC", "SC"])
    assert state["cells"] == [[0, 1], [0, 1], -1]


def test_special_categories_of_data_are_no_columns(alice, dinner, guests):
    field(alice, dinner, "Diet", special=True)
    guests("Ann Ash", diet="halal")
    with as_(alice):
        view = plan.load(alice, dinner.pk)
        assert plan.values_data(view)["columns"] == []


class TestVersions:
    @pytest.fixture
    def ask(self, client_of, alice, dinner):
        def ask(name, **body):
            url = reverse(f"seating:{name}", args=[alice.organization_id, dinner.pk])
            text = json.dumps(body, default=str)
            return client_of(alice).post(url, text, "application/json").json()

        return ask

    def test_who_saw_the_last_version_gets_the_next(self, guests, tables, data, ask):
        [ann] = guests("Ann Ash")
        seen = data()["version"]
        answer = ask("place", guest=ann, table=tables[0], version=seen)
        assert answer["version"] == data()["version"] != seen
        again = ask("place", guest=ann, table=tables[0], version=answer["version"])
        assert again["version"] == answer["version"]

    def test_who_missed_a_change_is_not_told_to_be_up_to_date(
        self, alice, evening, guests, tables, data, ask
    ):
        ann, ben = guests("Ann Ash", "Ben Birch")
        seen = data()["version"]
        with as_(alice):
            moves.place(actor=alice, activity=evening, guest_id=ben, table_id=tables[1])
        assert ask("place", guest=ann, table=tables[0], version=seen)["version"] is None
        seen = data()["version"]
        guests("Cat Cedar")
        assert ask("undo", version=seen)["version"] is None


class TestWhatIsOpened:
    def opened(self, alice, act):
        with as_(alice):
            act()
            return acting.current().opened

    def test_a_move_opens_no_guest(self, alice, evening, guests, tables):
        ann, ben, *_ = guests(*(f"Guest {n}" for n in range(30)))
        here = {"actor": alice, "activity": evening}

        def act():
            moves.place(**here, guest_id=ann, table_id=tables[0], seat=0)
            moves.place(**here, guest_id=ben, table_id=tables[0], seat=0)
            moves.set_locked(**here, guest_ids=[ben], locked=True)
            moves.set_locked(**here, guest_ids=[ben], locked=False)
            moves.unseat(**here, guest_ids=[ben])

        assert self.opened(alice, act) == 0

    def test_a_refusal_opens_those_it_names(self, alice, evening, guests, tables):
        ann, ben, *_ = guests("A Ash", "B Ash", "C Ash", "D Ash", party=True)
        guests(*(f"Guest {n}" for n in range(30)))
        here = {"actor": alice, "activity": evening}
        with as_(alice):
            moves.place(**here, guest_id=ann, table_id=tables[0])

        def act():
            with pytest.raises(moves.PartySplit, match="B Ash comes with A Ash and 2 more"):
                moves.place(**here, guest_id=ben, table_id=tables[1])

        assert self.opened(alice, act) == 2


def test_the_journal_keeps_no_names(alice, dinner, evening, guests, client_of):
    [ann] = guests("Canaryann Canaryash")
    here = {"actor": alice, "activity": evening}
    with as_(alice):
        facts = TableFacts(4, label="Canarytable", note="Canarynote")
        [named] = services.add_tables(**here, count=1, facts=facts)
        moves.place(**here, guest_id=ann, table_id=named.pk)
        moves.unseat(**here, guest_ids=[ann])
        changed = TableFacts(5, label="Canaryother")
        seen = services.version(Table.objects.get(pk=named.pk))
        services.change_table(**here, table_id=named.pk, facts=changed, seen=seen)
        services.remove_tables(**here, table_ids=[named.pk])
    where = [alice.organization_id, dinner.pk]
    client_of(alice).get(reverse("seating:document", args=[*where, "plan.csv"]))
    with as_(alice):
        entries = list(Entry.objects.filter(action__startswith="seating:"))
        assert len(entries) >= 6
        assert not [entry.action for entry in entries if "anary" in str(entry.sealed)]


class TestWhomItShows:
    """The journal can tell who has seen a guest."""

    @pytest.fixture
    def shown(self, alice, dinner, client_of):
        def shown(name, *parts, **options):
            url = reverse(f"seating:{name}", args=[alice.organization_id, dinner.pk, *parts])
            answer = client_of(alice).get(url, **options)
            with as_(alice):
                details = Entry.objects.filter(action__startswith="seating:").latest("id").sealed
            return answer, "everybody" if details.everybody else set(unpack(details.shown))

        return shown

    @pytest.mark.parametrize("name", ["plan", "state", "values"])
    def test_the_plan_shows_who_gets_a_seat(self, name, guests, tables, shown):
        people = guests("Ann Ash", "Ben Birch")
        assert shown(name)[1] == "everybody"
        guests("Cat Cedar", reply=Reply.DECLINED)
        assert shown(name)[1] == set(map(mark_of, people))

    def test_a_look_for_moves_shows_nobody_again(self, alice, evening, guests, tables, shown):
        [ann] = guests("Ann Ash")
        tag = shown("state")[0]["ETag"]
        with as_(alice):
            moves.place(actor=alice, activity=evening, guest_id=ann, table_id=tables[0])
        assert shown("state", headers={"If-None-Match": tag})[1] == set()

    def test_a_list_shows_who_sits(self, alice, evening, guests, tables, shown):
        ann, _ben = guests("Ann Ash", "Ben Birch")
        with as_(alice):
            moves.place(actor=alice, activity=evening, guest_id=ann, table_id=tables[0])
        assert shown("list")[1] == {mark_of(ann)}

    def test_the_set_up_page_shows_parties(self, guests, tables, shown):
        pair = guests("Ann Ash", "Ben Ash", party=True)
        guests("Cat Cedar")
        assert shown("setup")[1] == set(map(mark_of, pair))

    def test_a_document_shows_everybody(self, guests, tables, shown):
        guests("Ann Ash")
        assert shown("document", "plan.csv")[1] == "everybody"

    def test_a_refusal_shows_whom_it_names(self, alice, evening, guests, tables):
        ann, ben, *_ = guests("A Ash", "B Ash", "C Ash", party=True)
        here = {"actor": alice, "activity": evening}
        with as_(alice):
            moves.place(**here, guest_id=ann, table_id=tables[0])
            with pytest.raises(moves.PartySplit):
                moves.place(**here, guest_id=ben, table_id=tables[1])
            assert set(acting.current().shown) == {ann, ben}
