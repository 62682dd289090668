"""The summary counts and never rounds: what is broken comes first, however little it is."""

import re
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import Promise
from seatrobot.kernel.promises.status import Cause, PromiseStatus, State
from seatrobot.practices.page.appearance import describe
from seatrobot.practices.page.rows import Row
from seatrobot.practices.page.summary import Summary, count_states

PROMISE = Promise("doors.closed", "Doors are closed.", "Open doors are counted.")
states = st.lists(st.sampled_from(State), min_size=1, max_size=60)


def summary(found):
    return str(Summary([Row(PromiseStatus(PROMISE, state), None, now()) for state in found]))


@settings(deadline=None)
@given(states)
def test_every_number_is_a_count_and_the_counts_add_up(found):
    words, counts = summary(found), Counter(found)
    assert re.search(rf"\b{counts[State.KEPT]} of {len(found)} kept\b", words)
    for state in set(State) - {State.KEPT}:
        assert re.search(rf"\b{counts[state]} {state}\b", words)
    assert "%" not in words
    assert "all" not in words.lower()


@settings(deadline=None)
@given(states)
def test_what_is_broken_comes_first(found):
    broken = Counter(found)[State.BROKEN]
    assert summary(found).startswith(f"{broken} broken") == bool(broken)
    assert count_states(found).startswith(f"{broken} broken") == bool(broken)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*Cause, State.KEPT, State.BROKEN]), min_size=1, max_size=60))
def test_the_first_lines_count_every_promise_once(found):
    """Whatever the cause: none is left out, and none is counted as examined that was not."""
    promise = replace(PROMISE, examine=lambda: None)
    statuses = [
        PromiseStatus(promise, each)
        if isinstance(each, State)
        else PromiseStatus(promise, State.UNPROVEN, cause=each)
        for each in found
    ]
    lead = Summary([Row(each, None, now()) for each in statuses]).lead
    known = sum(isinstance(each, State) for each in found)
    planned = found.count(Cause.NOT_BUILT)
    built = len(found) - planned
    if planned:
        begins = (
            f"{built} of {len(found)} promises are built; the other {planned} are planned."
            f" Examined by running code: {known} of the {built}."
        )
    else:
        begins = f"Examined by running code: {known} of {len(found)} promises."
    assert lead.startswith(begins)
    rest = lead.removeprefix(begins)
    assert sum(map(int, re.findall(r"\d+", rest))) == built - known


def test_one_in_a_thousand_is_seen():
    words = summary([State.KEPT] * 999 + [State.BROKEN])
    assert words == "1 broken · 999 of 1000 kept · 0 attested · 0 unproven"


@settings(deadline=None)
@given(st.lists(st.sampled_from([*State, None]), min_size=1, max_size=90))
def test_a_strip_counts_every_day(days):
    counts = Counter(days)
    numbers = re.findall(r"(?:kept|attested|unproven|broken|no record) (\d+)", describe(days))
    assert sum(map(int, numbers)) == (0 if counts[None] == len(days) else len(days))
