"""Who sits beside whom: parties first, then those whom a rule keeps together."""

from hypothesis import given
from hypothesis import strategies as st

from seatrobot.seating.neighbours import seat
from seatrobot.seating.seats import arrange


def singles(names):
    return [[name] for name in names]


def beside(found, a, b, seats=10):
    return (found[a] - found[b]) % seats in (1, seats - 1)


def test_a_rule_makes_neighbours():
    found = seat(singles("abcdef"), [{"a", "d"}, {"b", "f"}], {}, 10)
    assert beside(found, "a", "d")
    assert beside(found, "b", "f")


def test_a_chain_of_rules_sits_as_a_chain():
    found = seat(singles("abcd"), [{"b", "d"}, {"d", "a"}, {"a", "c"}], {}, 10)
    assert [beside(found, *pair) for pair in ("bd", "da", "ac")] == [True] * 3


def test_two_parties_meet_where_the_rule_says():
    found = seat([["x"], ["a", "b"], ["c", "d"]], [{"a", "d"}], {}, 10)
    assert [beside(found, *pair) for pair in ("ab", "cd", "ad")] == [True] * 3


def test_no_party_is_parted_for_a_rule():
    """Locked guests leave gaps of two and of three seats: one for each party."""
    kept = {2: "x", 6: "y"}
    found = seat([["c", "d", "e"], ["a", "b"], ["x"], ["y"]], [{"b", "c"}], kept, 7)
    assert {found["a"], found["b"]} == {0, 1}
    assert {found["c"], found["d"], found["e"]} == {3, 4, 5}


def test_who_stays_draws_the_other_near():
    found = seat(singles("abc"), [{"c", "b"}], {6: "b"}, 10)
    assert found["b"] == 6
    assert beside(found, "b", "c")


def test_a_rule_about_guests_of_other_tables_changes_nothing():
    parties = [["a", "b"], ["c"]]
    assert seat(parties, [{"a", "elsewhere"}], {}, 4) == arrange(parties, {}, 4)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=5),
    st.lists(st.frozensets(st.integers(0, 12), min_size=2, max_size=4), max_size=4),
    st.integers(0, 3),
)
def test_everybody_has_a_seat_of_their_own_and_parties_stay_whole(sizes, together, spare):
    people = iter(range(sum(sizes)))
    parties = [[next(people) for _ in range(size)] for size in sizes]
    seats = sum(sizes) + spare
    found = seat(parties, together, {}, seats)
    assert len(set(found.values())) == len(found) == sum(sizes)
    for party in parties:
        places = {found[guest] for guest in party}
        gaps = sum((place + 1) % seats not in places for place in places)
        assert gaps <= 1
