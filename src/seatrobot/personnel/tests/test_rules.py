"""Until when signatures and completions count, over all orders of editions and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from seatrobot.personnel.reminding import stage
from seatrobot.personnel.rules import GRACE, Due, Passed, Stated, signature_due, training_due

START = datetime(2027, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def editions(*days: float, **terms) -> list[Stated]:
    return [Stated(place, day(each), **terms) for place, each in enumerate(days, 1)]


def test_nobody_has_signed_what_they_have_not():
    assert signature_due(editions(0), [], day(1)) == Due(holds=False)
    assert signature_due([], [], day(1)) == Due(holds=False)
    assert signature_due(editions(0), [1], day(1)) == Due(holds=True)


def test_a_new_edition_gives_14_days_and_not_a_second_more():
    both = editions(0, 100)
    assert signature_due(both, [1], day(100)) == Due(True, day(114))
    assert signature_due(both, [1], day(114) - timedelta(seconds=1)).holds
    assert not signature_due(both, [1], day(114)).holds
    assert signature_due(both, [1, 2], day(200)) == Due(holds=True)
    assert signature_due(both, [2], day(200)) == Due(holds=True)


def test_editions_that_follow_quickly_put_nothing_off():
    many = editions(0, 100, 110, 120, 130)
    assert signature_due(many, [1], day(113)) == Due(True, day(114))
    assert not signature_due(many, [1], day(131)).holds
    assert signature_due(many, [3], day(131)) == Due(True, day(134))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.sets(st.integers(1, 6)))
def test_whatever_happens_nobody_is_late_by_more_than_the_grace(days, signed):
    all_ = editions(*sorted(days))
    signed = {each for each in signed if each <= len(all_)}
    last = max(signed, default=0)
    due = signature_due(all_, signed, day(401) + GRACE)
    assert due.holds == (last == len(all_))


def test_a_completion_counts_its_days():
    one = editions(0, valid_days=365)
    assert training_due(one, [], day(1)) == Due(holds=False)
    assert training_due(one, [Passed(1, day(10))], day(11)) == Due(True, day(375))
    assert not training_due(one, [Passed(1, day(10))], day(375)).holds
    again = [Passed(1, day(10)), Passed(1, day(300))]
    assert training_due(one, again, day(376)) == Due(True, day(665))


def test_a_new_edition_says_what_it_means():
    keeps = [*editions(0, valid_days=365), Stated(2, day(50), 365, None)]
    cuts = [*editions(0, valid_days=365), Stated(2, day(50), 365, 30)]
    done = [Passed(1, day(10))]
    assert training_due(keeps, done, day(51)) == Due(True, day(375))
    assert training_due(cuts, done, day(51)) == Due(True, day(80))
    assert not training_due(cuts, done, day(81)).holds
    third = [*cuts, Stated(3, day(60), 365, None)]
    assert training_due(third, done, day(61)) == Due(True, day(80))
    assert training_due(third, [*done, Passed(3, day(62))], day(90)) == Due(True, day(427))


def test_what_is_dated_in_the_future_counts_for_nothing_yet():
    one = editions(0, valid_days=365)
    assert not training_due(one, [Passed(1, day(20))], day(11)).holds
    assert not training_due(one, [Passed(2, day(10))], day(11)).holds


def test_the_stages_of_reminding():
    assert [stage(day(100), day(at)) for at in (69, 70, 92, 93, 99, 100, 130)] == [
        *(None, 30, 30),
        *(7, 7, 0, 0),
    ]
