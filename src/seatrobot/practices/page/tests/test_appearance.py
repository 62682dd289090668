"""A strip draws each day in its place, in few elements."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrobot.kernel.promises.status import State
from seatrobot.practices.page import appearance


def drawn(svg):
    """Return the states of the days as a strip draws them."""
    days = {}
    for state, path in re.findall(r'class="day-(\w+)" d="(.*?)"', svg):
        for x, width in re.findall(r"M(\d+) [\d.]+h(\d+)", path):
            for place in range(int(x) // 3, (int(x) + int(width)) // 3):
                days[place] = state
    return [days[place] for place in sorted(days)]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*State, None]), min_size=1, max_size=90))
def test_each_day_is_where_it_belongs(days):
    svg = appearance.picture(days, appearance.describe(days))
    assert drawn(svg) == [str(state or "none") for state in days]
    assert svg.count("<path") <= 5


def test_a_strip_says_what_it_shows():
    days = [State.KEPT] * 88 + [State.UNPROVEN] * 2
    assert 'aria-label="90 days: kept 88, unproven 2"' in appearance.picture(
        days, appearance.describe(days)
    )
    assert appearance.describe([None] * 90) == "No record yet"


def test_the_states_of_a_picture_differ_without_colour():
    shapes = {re.sub(r"day-\w+", "", appearance.legend_bar(state)) for state in State}
    assert len(shapes) == len(State)
