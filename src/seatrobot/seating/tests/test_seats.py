"""Seats at one table: who sits beside whom, and where they are drawn."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrobot.seating.geometry import SEAT_RADIUS, draw
from seatrobot.seating.models import Shape
from seatrobot.seating.seats import arrange, arrange_together, nearest


@given(st.lists(st.integers(1, 5), max_size=6), st.integers(0, 6), st.data())
def test_everybody_gets_a_seat_of_their_own(sizes, spare, data):
    guests = [(group, member) for group, size in enumerate(sizes) for member in range(size)]
    seats = len(guests) + spare
    fixed = {}
    if guests:
        for guest in data.draw(st.lists(st.sampled_from(guests), unique=True)):
            free = [seat for seat in range(seats) if seat not in fixed]
            fixed[data.draw(st.sampled_from(free))] = guest
    groups = [[g for g in guests if g[0] == number] for number in range(len(sizes))]
    found = arrange(groups, fixed, seats)
    assert found.keys() == set(guests)
    assert len(set(found.values())) == len(guests)
    assert all(0 <= seat < seats for seat in found.values())
    assert all(found[guest] == seat for seat, guest in fixed.items())


def test_a_group_fills_the_gap_that_fits_it_best():
    found = arrange([["a", "b"]], {0: "x", 3: "y", 9: "z"}, 10)
    assert sorted(found[guest] for guest in "ab") == [1, 2]


def test_a_group_sits_around_the_one_who_stays():
    found = arrange([["stays", "a", "b"]], {5: "stays"}, 10)
    assert found["stays"] == 5
    assert max(found.values()) - min(found.values()) == 2


def test_more_guests_than_seats_is_an_error():
    with pytest.raises(ValueError, match="more guests than seats"):
        arrange([["a", "b"]], {}, 1)


def test_the_last_seat_is_beside_the_first():
    assert nearest([4, 9], {0}, 10) == 9


@given(st.sampled_from(Shape.values), st.integers(1, 60))
def test_every_shape_has_its_seats_and_none_overlaps(shape, seats):
    places = draw(shape, seats).seats
    assert len(places) == seats
    for index, a in enumerate(places):
        assert all(math.dist(a, b) > 2 * SEAT_RADIUS - 0.01 for b in places[:index])


def singles(names):
    return [[name] for name in names]


def beside(found, a, b, seats=10):
    return (found[a] - found[b]) % seats in (1, seats - 1)


def test_a_rule_makes_neighbours():
    found = arrange_together(singles("abcdef"), [{"a", "d"}, {"b", "f"}], {}, 10)
    assert beside(found, "a", "d")
    assert beside(found, "b", "f")


def test_a_chain_of_rules_sits_as_a_chain():
    found = arrange_together(singles("abcd"), [{"b", "d"}, {"d", "a"}, {"a", "c"}], {}, 10)
    assert [beside(found, *pair) for pair in ("bd", "da", "ac")] == [True] * 3


def test_two_parties_meet_where_the_rule_says():
    found = arrange_together([["x"], ["a", "b"], ["c", "d"]], [{"a", "d"}], {}, 10)
    assert [beside(found, *pair) for pair in ("ab", "cd", "ad")] == [True] * 3


def test_no_party_is_parted_for_a_rule():
    """Locked guests leave gaps of two and of three seats: one for each party."""
    fixed = {2: "x", 6: "y"}
    found = arrange_together([["c", "d", "e"], ["a", "b"], ["x"], ["y"]], [{"b", "c"}], fixed, 7)
    assert {found["a"], found["b"]} == {0, 1}
    assert {found["c"], found["d"], found["e"]} == {3, 4, 5}


def test_who_stays_draws_the_other_near():
    found = arrange_together(singles("abc"), [{"c", "b"}], {6: "b"}, 10)
    assert found["b"] == 6
    assert beside(found, "b", "c")


def test_a_rule_about_guests_of_other_tables_changes_nothing():
    parties = [["a", "b"], ["c"]]
    assert arrange_together(parties, [{"a", "elsewhere"}], {}, 4) == arrange(parties, {}, 4)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.lists(st.frozensets(st.integers(0, 12), min_size=2, max_size=4), max_size=4),
    st.integers(0, 3),
)
def test_everybody_has_a_seat_of_their_own_and_parties_stay_whole(sizes, together, spare):
    people = iter(range(sum(sizes)))
    parties = [[next(people) for _ in range(size)] for size in sizes]
    seats = sum(sizes) + spare
    found = arrange_together(parties, together, {}, seats)
    assert len(set(found.values())) == len(found) == sum(sizes)
    for party in parties:
        places = {found[guest] for guest in party}
        gaps = sum((place + 1) % seats not in places for place in places)
        assert gaps <= 1
