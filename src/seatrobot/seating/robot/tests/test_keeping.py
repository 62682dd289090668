"""Those who sit stay: nobody moves unasked, at most as many as were asked for, nobody is lost."""

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrobot.seating.robot import (
    Apart,
    Fixed,
    Guest,
    Mix,
    Problem,
    Together,
    propose,
    standing,
    verify,
)

from .cases import dinner, ids, people, room, those_of
from .strategies import problems

RELAXED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


@st.composite
def seated_problems(draw):
    """Problems in which some sit anywhere, also against the rules, and some of them are locked."""
    problem = draw(problems())
    free = {table.id: table.seats for table in problem.tables}
    seated = []
    for guest in problem.guests:
        table = draw(st.sampled_from([None, *free]))
        if table and free[table]:
            free[table] -= 1
            seated.append(Fixed(guest.id, table))
    locked = draw(st.lists(st.sampled_from(seated), unique=True, max_size=2)) if seated else []
    return replace(problem, seated=tuple(seated), fixed=tuple(locked))


@settings(max_examples=150, **RELAXED)
@given(seated_problems(), st.integers(0, 3))
def test_no_more_move_than_were_asked_for_and_nothing_new_is_broken(problem, most):
    plan = propose(replace(problem, most_moves=most), 0.5)
    before, after = {seat.guest: seat.table for seat in problem.seated}, plan.assignments
    assert sum(after.get(guest) != table for guest, table in before.items()) <= most
    assert before.keys() <= after.keys()
    assert all(after[lock.guest] == lock.table for lock in problem.fixed)
    taken = Counter(after.values())
    assert all(taken[table.id] <= table.seats for table in problem.tables)
    assert broken(problem, after) <= broken(problem, before)
    assert {guest for left in plan.left for guest in left.guests} == set(plan.unseated)
    stood, stands = standing(problem, before), standing(problem, after)
    assert (stands.broken, stands.score) == (stands.broken & stood.broken, plan.score)


def broken(problem, seating):
    """What a seating breaks, by somebody who knows nothing of the search."""
    loose = replace(those_of(problem, seating), fixed=())
    return {
        sentence
        for sentence in verify.violations(loose, seating)
        if sentence.startswith(("Rule", "Party"))
    }


def seats(plan):
    return tuple(Fixed(guest, table) for guest, table in plan.assignments.items())


def test_one_late_guest_of_the_dinner_moves_nobody():
    rules = (Mix(id="party", trait="party"), Mix(id="state", trait="state"))
    problem = dinner(rules)
    plan = propose(problem, 3.0)
    late = replace(problem, guests=(*problem.guests, Guest("late", None, {})), seated=seats(plan))
    found = propose(replace(late, most_moves=0), 3.0)
    assert found.assignments.keys() == {*plan.assignments, "late"}
    assert {**found.assignments, **plan.assignments} == found.assignments


def test_a_must_broken_by_hand_is_mended_only_where_moves_are_allowed():
    rules = (Apart(id="r", strength="must", guests=ids(0, 1)),)
    sitting = tuple(Fixed(f"g{i}", "t0" if i < 3 else "t1") for i in range(6))
    problem = Problem(people(6), room(3, 3), rules, seated=sitting)
    stays = propose(replace(problem, most_moves=0), 1.0)
    assert stays.assignments == {seat.guest: seat.table for seat in sitting}
    alone = propose(replace(problem, most_moves=1), 1.0)  # the tables are full: it takes a swap
    assert alone.assignments == stays.assignments
    swapped = propose(replace(problem, most_moves=2), 1.0)
    assert verify.violations(problem, swapped.assignments) == []


def test_few_moves_make_room_for_a_party():
    guests = (*people(4), Guest("a", "new"), Guest("b", "new"))
    sitting = tuple(Fixed(f"g{i}", f"t{i // 2}") for i in range(4))
    problem = Problem(guests, room(3, 3), seated=sitting)
    stuck = propose(replace(problem, most_moves=0), 1.0)
    assert set(stuck.unseated) == {"a", "b"}
    [left] = stuck.left
    assert (left.needed, left.available, left.free) == (2, 1, 2)
    assert propose(replace(problem, most_moves=1), 1.0).unseated == ()


def test_who_comes_late_joins_the_party_where_it_sits_or_waits():
    guests = (*(Guest(f"g{i}", "p") for i in range(3)), *(Guest(name) for name in "xy"))
    sitting = (Fixed("g0", "t0"), Fixed("g1", "t0"), Fixed("x", "t0"))
    problem = Problem(guests, room(4, 4), seated=sitting, most_moves=0)
    assert propose(problem, 1.0).assignments["g2"] == "t0"
    full = replace(problem, seated=(*sitting, Fixed("y", "t0")))
    [left] = propose(full, 1.0).left
    assert (left.guests, left.tables, left.available) == (("g2",), ("t0",), 0)


def test_what_few_moves_could_not_do_for_a_wish_is_said():
    wish = Together(id="w", guests=ids(0, 3))
    sitting = tuple(Fixed(f"g{i}", f"t{i // 2}") for i in range(4))
    plan = propose(Problem(people(4), room(2, 2), (wish,), seated=sitting, most_moves=0), 1.0)
    [unmet] = plan.unmet
    assert (unmet.reason, unmet.available) == ("few_moves", 0)


def test_with_too_few_seats_as_many_sit_as_can():
    guests = (*people(3), *(Guest(f"p{i}", "p") for i in range(3)))
    plan = propose(Problem(guests, room(3, 2)), 1.0)
    assert len(plan.unseated) == 1
    assert plan.left[0].free == 0
    rivals = (Apart(id="r", strength="must", guests=ids(0, 1, 2)),)
    assert len(propose(Problem(guests, room(2, 3), rivals), 1.0).unseated) == 2
