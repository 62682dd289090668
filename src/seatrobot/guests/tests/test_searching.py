"""What is found: words without case and accents, conditions, tags with and, or and not."""

import pytest

from seatrobot.guests import searching
from seatrobot.guests.fields import OpenChoice, OpenField
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.places import Room, take_conditions
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Search
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
    counted.clear()
    found(" ".join(f"-n:{number}" for number in range(80)))
    found(" ".join(f"-{number:x}" for number in range(200)))
    assert counted == ["_condition"] * 8 + ["_has_word"] * 40


def test_a_search_makes_few_passes_for_tables():
    rooms = [Room("t", "", {}, lambda _ids: {}, str, "")]
    text = " ".join(f"table:{number}" for number in range(50))
    assert len(take_conditions(text, rooms)[1]) == 8
    left, tests = take_conditions("-table:x " * 50 + "Zola", rooms)
    assert (left, len(tests)) == ("Zola", 1)


def test_tags_with_and_or_and_not():
    assert found(tags=("vip", "Press"), match="all") == ["Zola"]
    assert sorted(found(tags=("vip", "Press"), match="any")) == ["Adams", "Zola", "محفوظ"]
    assert sorted(found(without=("Press",))) == ["Adams", "Łukasz"]


def test_several_statuses_mean_any_of_them():
    assert sorted(found(statuses=frozenset({"declined", "waitlisted"}))) == ["Łukasz", "محفوظ"]
