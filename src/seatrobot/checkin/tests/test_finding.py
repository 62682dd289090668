import pytest

from seatrobot.checkin import reading
from seatrobot.checkin.feature import Permission
from seatrobot.conftest import as_
from seatrobot.events.reading import load_activity
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.statuses import Status


@pytest.fixture
def names(alice, dinner):
    """Return a function that gives the names found by a text."""

    def names(text):
        with as_(alice):
            guests = open_list(alice, dinner.pk)
            activity = load_activity(alice, dinner.pk)
            parties = reading.parties_of(guests, reading.find(guests, text).hits, activity)
        return [guest.name for party in parties for guest in party.guests]

    return names


@pytest.mark.parametrize(
    "text",
    [
        "ada",
        "LOVE",
        "ada love",
        "love ada",
        "lovelace, ada",
        "  ada  ",
        "analytical",
        "ádà",
        "lace",
    ],
)
def test_finds_by_any_part_of_the_name_in_any_order_or_by_company(ada, names, text):
    assert names(text) == ["Countess Ada Lovelace"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ad",
        " a d ",
        "a-",
        "...",
        "%%%",
        "___",
        "bees",
        "mathematician",
        "REF-1815",
        "poetry",
        "1815",
    ],
)
def test_neither_fewer_letters_nor_other_columns_find_anybody(ada, names, text):
    assert names(text) == []


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("José", "Muñoz", "jose mun"),
        ("Jose\u0301", "Mun\u0303oz", "josé"),
        ("Søren", "Ægidius", "soren aeg"),
        ("Seán", "O\u2019Brien", "obrien"),
        ("Seán", "O'Brien", "o\u2019br"),
        ("Mary-Ann", "Smith-Jones", "mary ann"),
        ("Straße", "Weiß", "strasse"),
        ("İbrahim", "Y\u0131ld\u0131z", "ibrahim yildiz"),
        ("محمد", "الفاتح", "محمد"),
        ("דוד", "בן־גוריון", "בן גוריון"),
        ("明", "王", "王明"),
        ("민수", "김", "김민"),
    ],
)
def test_accents_scripts_and_hyphens(invite, names, first, last, text):
    invite(first, last)
    assert names(text) == [f"{first} {last}"]


def test_one_wide_character_is_a_whole_name_or_too_little(invite, names):
    invite("小明", "王")
    assert names("王") == ["小明 王"]
    assert names("小") == []


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("Bo", "", "bo"),
        ("", "Ng", "NG"),
        ("J", "D", "j d"),
        ("J", "D", "D, J"),
        ("Bo", "Li", "li"),
        ("Sandra", "O", "o"),
        ("Sandra", "Ô", "O."),
        ("Wu", "Yu-Li", "yu"),
    ],
)
def test_fewer_letters_find_whole_words_of_names_alone(invite, names, first, last, text):
    invite(first, last)
    invite("Boris", "Lindner", company="Li Ng Bo O J D Yu")
    assert names(text) == [f"{first} {last}".strip()]


def test_whole_words_come_first_then_beginnings(invite, names):
    for last in ("Allee", "Aleena", "Lee", "Abel-Leeds"):
        invite("Ann", last)
    assert names("lee") == ["Ann Lee", "Ann Abel-Leeds", "Ann Aleena", "Ann Allee"]


def test_names_nearly_so_come_after_those_that_are_so(invite, names):
    invite("Ann", "Schmidt")
    invite("Ben", "Schmitt")
    assert names("schmitt") == ["Ben Schmitt", "Ann Schmidt"]
    assert names("schmidt ann") == ["Ann Schmidt"]
    assert names("anne schmitd") == []


def test_many_who_are_so_leave_no_room_for_those_who_are_nearly_so(invite, names):
    invite("Ann", "Schmidt")
    for number in range(reading.FEW):
        invite(f"Ben{number}", "Schmitt")
    assert len(names("schmitt")) == reading.FEW


def test_beginnings_come_first(invite, names):
    invite("Natalie", "Zander")
    invite("Ali", "Young")
    assert names("ali") == ["Ali Young", "Natalie Zander"]


def test_at_most_twenty_and_how_many_there_are(alice, dinner, invite):
    for number in range(23):
        invite("Smith", f"Number{number}")
    with as_(alice):
        found = reading.find(open_list(alice, dinner.pk), "smith")
    assert (len(found.hits), found.total) == (20, 23)


def test_a_large_party_does_not_give_the_list_away(alice, dinner, invite):
    party = invite("Host", "Hundred").party_id
    for number in range(30):
        invite("Plus", f"One{number}", party=party)
    with as_(alice):
        guests = open_list(alice, dinner.pk)
        hits = reading.find(guests, "hundred").hits
        (shown,) = reading.parties_of(guests, hits, load_activity(alice, dinner.pk))
    assert shown.size == 31
    assert shown.more_text == f"and {31 - reading.MOST_OF_PARTY} more"
    assert len(shown.guests) == reading.MOST_OF_PARTY
    assert shown.guests[0].name == "Host Hundred"


def test_counts(alice, doris, dinner, invite):
    from seatrobot.checkin import services

    guest = invite("Ada", "Lovelace")
    invite("Grace", "Hopper", Status.HELD)
    invite("Alan", "Turing", Status.DECLINED)
    with as_(doris):
        services.check_in(
            actor=doris, event_id=dinner.pk, guest_id=guest.pk, tap=services.DoorRequest()
        )
        counts = reading.count(dinner.pk)
    assert (counts.expected, counts.arrived, counts.to_come) == (2, 1, 1)


def test_ten_thousand_characters_are_no_trouble(ada, names):
    assert names("ada" * 10_000) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [("ada", True), ("analytical", False), ("analytcal", False), ("ada analytical", False)],
)
def test_whoever_may_not_see_a_company_does_not_find_by_it(ada, alice, dinner, doris, typed, found):
    """Otherwise the door learns where guests work by trying."""
    for member, sees in ((alice, True), (doris, found)):
        with as_(member):
            guests = open_list(member, dinner.pk, Permission.CHECKIN_USE)
            by_company = member.may(GuestPermission.GUEST_VIEW, dinner.pk)
            assert bool(reading.find(guests, typed, by_company=by_company).hits) == sees


def test_the_page_of_the_door_asks_who_searches(ada, alice, dinner, doris, client_of):
    url = f"/o/{dinner.organization_id}/events/{dinner.pk}/door/search/"
    found = {
        who: "Lovelace" in client_of(member).get(url, {"q": "analytical"}).content.decode()
        for who, member in (("owner", alice), ("door", doris))
    }
    assert found == {"owner": True, "door": False}
