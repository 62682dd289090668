"""Numbers in words: units, plurals, limits, and nothing outside a limit that reads like it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrobot.kernel.promises.declaring import Measure, Unit
from seatrobot.practices.page import text

DAY, HOUR = 86400, 3600


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (0.35, "0.35 seconds"),
        (61, "1 minute 1 second"),
        (HOUR, "1 hour"),
        (HOUR + 5, "1 hour"),
        (2 * HOUR + 60, "2 hours 1 minute"),
        (9 * DAY + 4 * HOUR + 59 * 60, "9 days 4 hours"),
        (DAY + 59, "1 day"),
        (-90, "minus 1 minute 30 seconds"),
    ],
)
def test_a_duration(seconds, said):
    assert text.duration(seconds) == said


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        (Unit.COUNT, 0, "0 open doors"),
        (Unit.COUNT, 1, "open doors: 1"),
        (Unit.COUNT, 1284311, "1,284,311 open doors"),
        (Unit.COUNT, 2.5, "2.5 open doors"),
        (Unit.SECONDS, 2 * DAY, "open doors 2 days"),
        (Unit.BYTES, 999, "open doors 999 bytes"),
        (Unit.BYTES, 3_460_000_000, "open doors 3.4 GB"),
    ],
)
def test_a_figure(unit, value, said):
    assert text.figure(Measure("open", "open doors", unit), value) == said


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, ""),
        ({"most": 0}, "none allowed"),
        ({"most": 5}, "limit 5"),
        ({"least": 2}, "at least 2"),
        ({"least": 0}, "not below zero"),
        ({"least": 2, "most": 2}, "must be 2"),
        ({"least": 2, "most": 5}, "limits 2 and 5"),
        ({"most": 14 * DAY, "unit": Unit.SECONDS}, "limit 14 days"),
    ],
)
def test_a_limit(limits, said):
    assert text.limit(Measure("open", "open doors", **limits)) == said


@settings(deadline=None)
@given(
    st.sampled_from(Unit),
    st.floats(0.001, 10**9) | st.integers(0, 10**12),
    st.floats(0, 10**7, exclude_min=True) | st.integers(1, 10**9),
)
def test_what_is_outside_its_limit_never_reads_like_the_limit(unit, most, more):
    measure = Measure("age", "age", unit, most=most)
    value = most + more
    if not measure.holds(value):
        assert text.in_words(measure, value) != text.limit(measure).removeprefix("limit ")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=59), "less than a minute ago"),
        (timedelta(seconds=119), "1 minute ago"),
        (timedelta(hours=25), "1 day 1 hour ago"),
        (timedelta(minutes=-5), "in the future"),
    ],
)
def test_how_long_ago(age, said):
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    assert text.ago(moment - age, moment) == said
