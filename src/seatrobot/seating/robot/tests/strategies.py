"""Random small problems, possible and impossible ones."""

from hypothesis import strategies as st

from seatrobot.seating.robot import (
    Apart,
    AtTable,
    Fixed,
    Guest,
    Mix,
    Near,
    NotAtTable,
    Problem,
    Table,
    Together,
)


@st.composite
def _rule(draw, number, guests, tables):
    kind = draw(st.sampled_from([Together, Apart, AtTable, NotAtTable, Mix, Near]))
    common = {"id": f"r{number}", "weight": draw(st.integers(1, 9))}
    if kind is Mix:
        return Mix(**common, trait="state")
    common["guests"] = draw(st.frozensets(st.sampled_from(guests), min_size=1, max_size=4))
    if kind is Near:
        return Near(**common)
    common["strength"] = draw(st.sampled_from(["must", "wish"]))
    if kind in (AtTable, NotAtTable):
        common["tables"] = draw(st.frozensets(st.sampled_from(tables), min_size=1, max_size=2))
    return kind(**common)


@st.composite
def problems(draw, max_guests=7):
    """Up to `max_guests` guests at up to 3 tables with parties, rules and locks."""
    count = draw(st.integers(1, max_guests))
    guests = tuple(
        Guest(
            f"g{i}",
            draw(st.sampled_from([None, None, "p", "q"])),
            {"state": draw(st.frozensets(st.sampled_from("ABC"), max_size=2))},
        )
        for i in range(count)
    )
    seats = draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
    tables = tuple(Table(f"t{i}", n, 2.0 * i, 0.0) for i, n in enumerate(seats))
    names, places = [g.id for g in guests], [t.id for t in tables]
    rules = tuple(draw(_rule(i, names, places)) for i in range(draw(st.integers(0, 4))))
    locked = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    fixed = tuple(Fixed(name, draw(st.sampled_from(places))) for name in locked)
    return Problem(guests, tables, rules, fixed, draw(st.frozensets(st.just("q"))))
