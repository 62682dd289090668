"""Seats at one table, and where they are drawn."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrobot.seating.models import Shape
from seatrobot.seating.seats import arrange, nearest
from seatrobot.seating.shapes import SEAT_RADIUS, draw


@given(st.lists(st.integers(1, 5), max_size=6), st.integers(0, 6), st.data())
def test_everybody_gets_a_seat_of_their_own(sizes, spare, data):
    guests = [(group, member) for group, size in enumerate(sizes) for member in range(size)]
    seats = len(guests) + spare
    kept = {}
    if guests:
        for guest in data.draw(st.lists(st.sampled_from(guests), unique=True)):
            free = [seat for seat in range(seats) if seat not in kept]
            kept[data.draw(st.sampled_from(free))] = guest
    groups = [[g for g in guests if g[0] == number] for number in range(len(sizes))]
    found = arrange(groups, kept, seats)
    assert found.keys() == set(guests)
    assert len(set(found.values())) == len(guests)
    assert all(0 <= seat < seats for seat in found.values())
    assert all(found[guest] == seat for seat, guest in kept.items())


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
