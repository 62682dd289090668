"""A day of long ago is what the journal says of it, whatever its rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises import services
from seatrobot.kernel.promises.declaring import Measure, Measurement, Promise
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.practices.checks import past
from seatrobot.practices.checks.transparency import open_entry

pytestmark = pytest.mark.django_db(transaction=True)
OPEN = [0, 0, 0, 1, 0, 0, 0]
FIRST_BROKEN = "(SELECT min(number) FROM promises_evidence WHERE within = false)"
REWRITES = {
    "the broken one, and its day": (
        (
            f"DELETE FROM promises_evidence WHERE number = {FIRST_BROKEN};"
            " UPDATE promises_day SET broken = false"
        ),
        (1, 1),
    ),
    "kept until later": ("UPDATE promises_day SET kept_at = kept_at + interval '1 h'", (1, 0)),
    "no gap": ("UPDATE promises_day SET longest_gap = 9", (1, 0)),
    "the whole day": ("DELETE FROM promises_evidence; DELETE FROM promises_day", (1, 4)),
    "the first": (
        "DELETE FROM promises_evidence WHERE number = (SELECT min(number) FROM promises_evidence)",
        (0, 1),
    ),
    "one that thinning leaves out": (
        (
            "DELETE FROM promises_evidence WHERE number ="
            " (SELECT min(number) + 1 FROM promises_evidence)"
        ),
        (0, 0),
    ),
}


@pytest.fixture
def day():
    """A day on which a promise was kept, broken, and kept again."""
    doors = iter(OPEN)
    promise = Promise(
        "doors.closed",
        "Doors are closed.",
        "Open doors are counted.",
        [Measure("open", "open doors", most=0)],
        examine=lambda: Measurement({"open": next(doors)}),
    )
    evidence = [services.examine(promise, inline) for _ in OPEN]
    return evidence[0].at.date()


def compared(day, later):
    with examining() as examiner, acting(services.ACTOR):
        found = past.compare(examiner, now() + later, day, open_entry)
    return len(found.days), len(found.gone)


def test_a_day_as_it_was(day):
    assert compared(day, timedelta()) == (0, 0)
    assert compared(day, timedelta(days=20)) == (0, 0)


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_day_of_long_ago_that_was_rewritten(rewrite, day, superuser_connection):
    statement, wanted = REWRITES[rewrite]
    superuser_connection.execute(statement)
    assert compared(day, timedelta(days=20)) == wanted


def test_in_the_last_week_all_evidence_must_be_there(day, superuser_connection):
    superuser_connection.execute(REWRITES["one that thinning leaves out"][0])
    assert compared(day, timedelta()) == (0, 1)


def test_every_day_has_its_turn_within_a_day():
    begun = now()
    turns = [past.days_of_this_turn(begun + number * past.EVERY) for number in range(31)]
    days = {(begun.date() - day).days for turn in turns for day in turn}
    assert set(range(2, past.DAYS - 2)) <= days
