"""Hard rules that contradict each other are named, as few as needed, and nobody is seated."""

import pytest

from seatrobot.seating.robot import (
    Apart,
    AtTable,
    Contradiction,
    Fixed,
    Guest,
    NotAtTable,
    Problem,
    Together,
    propose,
)

from .cases import ids, people, room


def refused(problem):
    with pytest.raises(Contradiction) as caught:
        propose(problem, 3.0)
    assert caught.value.minimal
    return caught.value


def test_a_party_larger_than_any_table():
    guests = tuple(Guest(f"g{i}", "big" if i < 4 else "small") for i in range(6))
    contradiction = refused(Problem(guests, room(3, 3)))
    assert contradiction.parties == ("big",)
    assert str(contradiction) == "These cannot all hold: parties big."


def test_two_rules_among_many():
    rules = (
        *(Apart(id=f"x{i}", strength="must", guests=ids(i, i + 1)) for i in range(2, 8)),
        Together(id="with", strength="must", guests=ids(0, 1)),
        Apart(id="without", strength="must", guests=ids(0, 1)),
    )
    contradiction = refused(Problem(people(10), room(5, 5), rules))
    assert sorted(contradiction.rules) == ["with", "without"]


def test_a_locked_pair_that_must_be_apart():
    rule = Apart(id="r", strength="must", guests=ids(0, 1))
    locks = (Fixed("g0", "t0"), Fixed("g1", "t0"), Fixed("g2", "t1"))
    contradiction = refused(Problem(people(4), room(2, 2), (rule,), locks))
    assert (contradiction.rules, set(contradiction.locked)) == (("r",), {"g0", "g1"})
    assert contradiction.tables == ("t0",)


def test_more_locked_guests_than_seats_at_a_table():
    locks = tuple(Fixed(f"g{i}", "t0") for i in range(3))
    contradiction = refused(Problem(people(4), room(2, 2), fixed=locks))
    assert set(contradiction.locked) == {"g0", "g1", "g2"}


def test_a_party_locked_to_two_tables():
    guests = (Guest("a", "p"), Guest("b", "p"), Guest("c"))
    locks = (Fixed("a", "t0"), Fixed("b", "t1"))
    contradiction = refused(Problem(guests, room(2, 2), fixed=locks))
    assert (contradiction.parties, set(contradiction.locked)) == (("p",), {"a", "b"})


def test_a_lock_against_a_rule_about_the_table():
    rule = NotAtTable(id="r", strength="must", guests=ids(0), tables=frozenset({"t0"}))
    contradiction = refused(Problem(people(2), room(1, 1), (rule,), (Fixed("g0", "t0"),)))
    assert (contradiction.rules, contradiction.locked) == (("r",), ("g0",))


def test_more_rivals_than_tables():
    rule = Apart(id="r", strength="must", guests=ids(0, 1, 2))
    assert refused(Problem(people(3), room(5, 5), (rule,))).rules == ("r",)


def test_couples_that_do_not_fill_odd_tables():
    """243 couples need 486 seats; 54 tables of 9 have as many, but hold only 216 couples."""
    guests = tuple(Guest(f"g{i}", f"p{i // 2}") for i in range(486))
    with pytest.raises(Contradiction) as caught:
        propose(Problem(guests, room(*[9] * 54)), 3.0)
    assert len(caught.value.parties) >= 217


def test_too_many_at_one_table_by_rule():
    rules = tuple(
        AtTable(id=f"r{i}", strength="must", guests=ids(i), tables=frozenset({"t0"}))
        for i in range(4)
    )
    assert len(refused(Problem(people(6), room(2, 6), rules)).rules) == 3


def test_parties_that_waste_seats():
    """Tables of 10 hold one party of 7 or two of 4: four of each need six tables, not five."""
    guests = tuple(Guest(f"g{p}.{i}", f"p{p}") for p in range(8) for i in range(7 if p % 2 else 4))
    assert len(refused(Problem(guests, room(*[10] * 5))).parties) == 7
