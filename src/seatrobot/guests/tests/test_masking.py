"""The guest list with masks: nothing is found, ordered or counted by what they hide."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from seatrobot.conftest import as_
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.searching import Search
from seatrobot.kernel.vault.masking import MASK
from seatrobot.normalizing import natural


@pytest.fixture
def people(add, field):
    state, day = field("State"), field("Born", position=1, type="date")
    return [
        add(
            name,
            email=f"{name.partition(' ')[0].lower()}@congress.example",
            phone="+1 202 555 0101",
            company="Library",
            notes="Sits with the Speaker",
            tags=["vip", name.lower()],
            answers={state.pk: place, day.pk: "1946-05-27"},
        )
        for name, place in (("Alma Adams", "NC"), ("Zoe Lofgren", "CA"), ("Bella Abzug", "NY"))
    ]


def texts_of(record):
    """Return the texts of a record."""
    return str(msgspec.structs.replace(record, answers={}))


def seen(alice, dinner, *, masks):
    with as_(alice) as access:
        access.masks = masks
        return open_list(alice, dinner.pk)


def test_no_value_is_left_in_the_list(alice, dinner, people):
    shown = seen(alice, dinner, masks=True)
    for guest in shown.guests.values():
        known = texts_of(guest.record)
        text = " ".join((known, guest.search_text, guest.name_text, guest.sort_key)).lower()
        for value in ("alma", "lofgren", "abzug", "congress", "555", "library", "vip", "speaker"):
            assert value not in text
        assert set(guest.record.answers.values()) == {MASK}
    assert {guest.record.last_name for guest in shown.by_name} == {
        f"{MASK} {guest.pk.hex[-4:]}" for guest in people
    }


def test_a_list_with_masks_and_one_without_are_two(transactional_db, alice, dinner, people):
    """The one is not kept in the other's place, whichever was opened first."""
    for masks in (False, True, False, True):
        names = {guest.record.first_name for guest in seen(alice, dinner, masks=masks).by_name}
        assert names == ({""} if masks else {"Alma", "Zoe", "Bella"})


@pytest.mark.parametrize(
    "typed",
    [
        *("alma", "adams", "lofgrem", "congress.example", "2025550101", "library", "speaker"),
        *("vip", "tag:vip", "state:NC", "company:library", "email:alma", "born:1946-05-27"),
        *("-tag:vip state:NC", "first:alma"),
    ],
)
def test_a_search_tells_nothing_of_what_is_masked(alice, dinner, people, typed):
    shown = seen(alice, dinner, masks=True)
    search = Search(text=typed)
    assert search.find(shown.by_name, shown.fields) == []
    assert search.similar(shown.by_name, []) == []
    tagged = replace(search, text="", tags=("vip",))
    assert tagged.find(shown.by_name, shown.fields) == []


def test_nobody_is_left_out_by_a_word_that_is_masked(alice, dinner, people):
    """`-tag:vip` finds everybody, as if nobody had the tag."""
    shown = seen(alice, dinner, masks=True)
    assert len(Search(text="-tag:vip").find(shown.by_name, shown.fields)) == len(people)
    assert len(Search(without=("vip",)).find(shown.by_name, shown.fields)) == len(people)


def test_the_order_tells_nothing_of_what_is_masked(alice, dinner, people, field):
    shown = seen(alice, dinner, masks=True)
    by_row = sorted((natural(guest.pk.hex[-4:]), guest.pk) for guest in people)
    assert [guest.id for guest in shown.by_name] == [pk for _digits, pk in by_row]
    for column in ("first_name", "email", "company", *(each.key for each in shown.fields)):
        assert shown.sorted_by(column) == shown.by_name, column
    assert shown.tags == [(MASK, len(people))]


def test_a_masked_guest_is_found_by_the_digits_that_are_shown(alice, dinner, people):
    shown = seen(alice, dinner, masks=True)
    one = people[1]
    found = Search(text=one.pk.hex[-4:]).find(shown.by_name, shown.fields)
    assert one.pk in [guest.id for guest in found]
