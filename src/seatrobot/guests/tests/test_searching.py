"""What is found: words without case and accents, conditions, tags with and, or and not."""

import pytest

from seatrobot.guests import searching
from seatrobot.guests.fields import OpenChoice, OpenField
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.places import (
    MOST_CONDITIONS,
    Place,
    Room,
    TooManyConditions,
    take_conditions,
)
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import MOST_WORDS, Search, TooManyWords
from seatrobot.guests.statuses import Facts, Status
from seatrobot.kernel.ids import new_id


def guest(first, last, status="confirmed", **fields):
    record = GuestRecord(first_name=first, last_name=last, **fields)
    facts = Facts().with_status(Status(status))
    return OpenGuest(
        new_id(),
        new_id(),
        None,
        None,
        *facts,
        Status(status),
        None,
        record,
        record.search_text,
        record.sort_key,
        record.name_text,
    )


STATE = OpenField(new_id(), 0, "text", "person", False, {"": "state"})
COMMITTEE = OpenField(
    new_id(),
    1,
    "choice",
    "person",
    False,
    {"": "House committee", "de": "Ausschuss"},
    [OpenChoice("c1", {"": "Ways and Means", "de": "Haushalt"})],
)


GUESTS = [
    guest("Émile", "Zola", company="L'Aurore", tags=["Press", "vip"], answers={STATE.id: "TX"}),
    guest("Alma", "Adams", email="alma@congress.example", tags=["vip"], answers={STATE.id: "NC"}),
    guest("نجيب", "محفوظ", "declined", tags=["Press"], notes="wheelchair"),
    guest("Søren", "Łukasz", "waitlisted", answers={COMMITTEE.id: "c1"}),
]


def found(text="", **search):
    listed = GuestList({guest.id: guest for guest in GUESTS}, {}, [COMMITTEE, STATE], "1")
    assert [field.label for field in listed.fields] == ["state", "House committee"]
    found = Search(text, **search).find(listed.by_name, listed.fields)
    return [guest.record.last_name for guest in found]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("emile", ["Zola"]),
        ("ZOLA émile", ["Zola"]),
        ("aurore", ["Zola"]),
        ("congress.example", ["Adams"]),
        ("محفوظ", ["محفوظ"]),
        ("soren lukasz", ["Łukasz"]),
        ("means", ["Łukasz"]),
        ("haushalt", ["Łukasz"]),
        ("ausschuss:ways", ["Łukasz"]),
        ("alma zola", []),
        ('"ways and means"', ["Łukasz"]),
        ("tag:vip", ["Adams", "Zola"]),
        ("tag:vip -tag:press", ["Adams"]),
        ("tag:vip,press", ["Adams", "Zola", "محفوظ"]),
        ("tag:vip state:TX status:confirmed", ["Zola"]),
        ('"House committee":ways', ["Łukasz"]),
        ("status:declined,waitlisted", ["Łukasz", "محفوظ"]),
        ("notes:wheel", ["محفوظ"]),
        ("email: ", ["Adams", "Zola", "Łukasz", "محفوظ"]),
        ("-tag:press -alma", ["Łukasz"]),
        ('" - : "":', ["Adams", "Zola", "Łukasz", "محفوظ"]),
    ],
)
def test_a_typed_search(text, names):
    if text in {"email: ", '" - : "":'}:
        found(text)  # half-typed: nothing breaks
    else:
        assert sorted(found(text)) == sorted(names)


@pytest.fixture
def counted(monkeypatch):
    """How many tests of all guests a search makes, by the names of their makers."""
    made: list[str] = []
    for name in ("_condition", "_has_word"):
        maker = getattr(searching, name)

        def counting(*of, maker=maker, name=name):
            made.append(name)
            return maker(*of)

        monkeypatch.setattr(searching, name, counting)
    return made


def test_a_search_makes_few_passes_over_the_list(counted):
    assert found("-name:q9 " * 50 + "tag:vip") == ["Adams", "Zola"]
    assert counted == ["_condition"] * 2


def test_tags_with_and_or_and_not():
    assert found(tags=("vip", "Press"), match="all") == ["Zola"]
    assert sorted(found(tags=("vip", "Press"), match="any")) == ["Adams", "Zola", "محفوظ"]
    assert sorted(found(without=("Press",))) == ["Adams", "Łukasz"]


def test_several_statuses_mean_any_of_them():
    assert sorted(found(statuses=frozenset({"declined", "waitlisted"}))) == ["Łukasz", "محفوظ"]


@pytest.mark.parametrize(
    "condition", ["-name:q{}", "-tag:q{}", "-company:q{}", "state:q{}", "unknown:q{}", "table:{}"]
)
def test_a_search_has_few_conditions_each_of_which_looks_at_everybody(condition):
    terms = [condition.format(number) for number in range(MOST_CONDITIONS + 1)]
    found(" ".join(terms[1:]))
    with pytest.raises(TooManyConditions):
        found(" ".join(terms))


def test_equal_conditions_are_one():
    assert sorted(found("-name:zola " * 60)) == ["Adams", "Łukasz", "محفوظ"]
    assert found("zola " * 90) == ["Zola"]


@pytest.mark.parametrize("text", ["{} ", "-{} ", "{},", '"{}" '])
def test_a_search_has_few_words_the_values_of_conditions_among_them(text):
    words = "".join(text.format(number) for number in range(MOST_WORDS + 1))
    for many in (f"name:{words}", words) if text == "{}," else (words,):
        with pytest.raises(TooManyWords):
            found(many.replace(",", " ") if many is words else many)


def test_a_search_has_few_conditions_of_tables():
    table, guest = new_id(), GUESTS[0].id
    seats = {guest: Place(table, "Table 1", 1, False, 0)}
    room = Room("room", "", {table: "Table 1"}, lambda _ids: seats, str, "")
    assert take_conditions("anna table:1 table:1", [room])[0] == "anna"
    tests = take_conditions("-table:2 table:1 table:1", [room])[1]
    assert [test(guest) for test in tests] == [True, True]
    with pytest.raises(TooManyConditions):
        take_conditions(" ".join(f"table:{n}" for n in range(MOST_CONDITIONS + 1)), [room])
