"""Every wish that is not fulfilled says why."""

from seatrobot.seating.robot import (
    Apart,
    AtTable,
    Fixed,
    Guest,
    Near,
    NotAtTable,
    Problem,
    Reason,
    Table,
    Together,
    propose,
)

from .cases import ids, people, room


def only_unmet(problem):
    (unmet,) = propose(problem, 2.0).unmet
    return unmet


def test_too_large_for_any_table():
    unmet = only_unmet(Problem(people(6), room(3, 3), (Together(id="r", guests=ids(0, 1, 2, 3)),)))
    assert unmet.reason is Reason.PARTY_TOO_LARGE
    assert (unmet.needed, unmet.available, unmet.cost) == (4, 3, 1)


def test_a_party_too_large_for_the_table_wished():
    guests = tuple(Guest(f"g{i}", "p") for i in range(3))
    wish = AtTable(id="r", guests=ids(0), tables=frozenset({"t0"}))
    unmet = only_unmet(Problem(guests, room(2, 3), (wish,)))
    assert (unmet.reason, unmet.parties) == (Reason.PARTY_TOO_LARGE, ("p",))


def test_no_room_beside_locked_guests():
    locks = (Fixed("g0", "t0"), Fixed("g1", "t0"))
    wish = AtTable(id="r", guests=ids(2, 3), tables=frozenset({"t0"}))
    unmet = only_unmet(Problem(people(4), room(3, 3), (wish,), locks))
    assert (unmet.reason, unmet.needed, unmet.available) == (Reason.NO_ROOM, 2, 1)
    assert unmet.locked == ("g0", "g1")


def test_contradicts_a_hard_rule():
    hard = Apart(id="hard", strength="must", guests=ids(0, 1))
    unmet = only_unmet(Problem(people(4), room(2, 2), (hard, Together(id="r", guests=ids(0, 1)))))
    assert (unmet.reason, unmet.rules) == (Reason.CONTRADICTS_RULE, ("hard",))


def test_contradicts_a_party():
    guests = (Guest("g0", "p"), Guest("g1", "p"), Guest("g2"))
    unmet = only_unmet(Problem(guests, room(2, 2), (Apart(id="r", guests=ids(0, 1)),)))
    assert (unmet.reason, unmet.parties) == (Reason.CONTRADICTS_RULE, ("p",))


def test_contradicts_locks():
    locks = (Fixed("g0", "t0"), Fixed("g1", "t1"))
    wish = Together(id="r", guests=ids(0, 1))
    unmet = only_unmet(Problem(people(3), room(2, 2), (wish,), locks))
    assert (unmet.reason, unmet.locked) == (Reason.CONTRADICTS_RULE, ("g0", "g1"))


def test_contradicts_the_lock_of_a_guest_at_an_unwished_table():
    wish = NotAtTable(id="r", guests=ids(0), tables=frozenset({"t0"}))
    unmet = only_unmet(Problem(people(2), room(1, 1), (wish,), (Fixed("g0", "t0"),)))
    assert (unmet.reason, unmet.locked) == (Reason.CONTRADICTS_RULE, ("g0",))


def test_too_few_tables():
    unmet = only_unmet(Problem(people(3), room(2, 2), (Apart(id="r", guests=ids(0, 1, 2)),)))
    assert (unmet.reason, unmet.needed, unmet.available) == (Reason.TOO_FEW_TABLES, 3, 2)


def test_another_wish_weighs_more():
    dear = Together(id="dear", weight=9, guests=ids(0, 1))
    cheap = Together(id="cheap", weight=2, guests=ids(0, 2))
    unmet = only_unmet(Problem(people(4), room(2, 2), (dear, cheap)))
    assert (unmet.rule, unmet.reason, unmet.rules) == ("cheap", Reason.COSTS_MORE, ("dear",))
    assert unmet.proven


def test_locked_far_from_each_other():
    tables = tuple(Table(f"t{i}", 1, 2.0 * i, 0.0) for i in range(6))
    locks = (Fixed("g0", "t0"), Fixed("g1", "t5"))
    unmet = only_unmet(Problem(people(2), tables, (Near(id="r", guests=ids(0, 1)),), locks))
    assert (unmet.reason, unmet.locked) == (Reason.CONTRADICTS_RULE, ("g0", "g1"))
