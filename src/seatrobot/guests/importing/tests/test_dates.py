"""Dates as lists write them: months first, days first, and those that nobody can tell."""

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.dates import Order, written
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.reports import Kind, Outcome
from seatrobot.guests.statuses import Status

ARRIVAL, LEAVING = UUID(int=1), UUID(int=2)
FIELDS = {
    "Arrival": OpenField(ARRIVAL, 0, "date", "person", False, {"": "Arrival"}),
    "Leaving": OpenField(LEAVING, 1, "date", "person", False, {"": "Leaving"}),
}


def compare(*rows, answers=(), headings=("Arrival",), zone=None):
    """Compare rows whose first cell is a name and whose others are dates."""
    columns = ["Name", *headings]
    targets = {name: FIELDS[name].key if name in FIELDS else Target.ARRIVED for name in headings}
    mapping = Mapping({"Name": "full_name", **targets})
    numbered = [
        (number, [f"Guest Number{number}", *row]) for number, row in enumerate(rows, start=2)
    ]
    fields = {name: FIELDS[name] for name in headings if name in FIELDS}
    return Comparison(columns, numbered, mapping, [], Status.CONFIRMED, fields, dict(answers), zone)


def answers_of(comparison, field=ARRIVAL):
    return [
        verdict.operation.record.answers.get(field, "") if verdict.operation else verdict.outcome
        for verdict in comparison.verdicts()
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026-12-31 00:00:00", date(2026, 12, 31)),
        ("2026/12/31", date(2026, 12, 31)),
        ("12/31/2026", date(2026, 12, 31)),
        ("31/12/2026", date(2026, 12, 31)),
        ("31-12-2026", date(2026, 12, 31)),
        ("31.12.2026", date(2026, 12, 31)),
        ("3.4.2026", date(2026, 4, 3)),
        ("4/4/2026", date(2026, 4, 4)),
        ("5/14/2027 7:00 PM", date(2027, 5, 14)),
        ("May 14, 2027", date(2027, 5, 14)),
        ("Fri, May 14, 2027", date(2027, 5, 14)),
        ("Mar 14, 2027", date(2027, 3, 14)),
        ("14 May 2027", date(2027, 5, 14)),
        ("14-May-2027", date(2027, 5, 14)),
        ("14th of May 2027", date(2027, 5, 14)),
        ("14. Mai 2027", date(2027, 5, 14)),
        ("Freitag, den 14. Mai 2027", date(2027, 5, 14)),
        ("1er août 2027", date(2027, 8, 1)),
        ("3 de marzo de 2027", date(2027, 3, 3)),
        ("2 sierpnia 2027", date(2027, 8, 2)),
    ],
)
def test_a_date_that_can_be_read_one_way_is_read_so(text, day):
    found = written(text)
    assert (found.is_open, found.by(None)) == (False, day)


@pytest.mark.parametrize(
    "text",
    ["13/13/2026", "2026-02-30", "31/4", "12/31/26", "soon", "2", "1/2/2026 maybe", "x" * 99],
)
def test_another_text_is_no_date(text):
    assert written(text) is None


def test_a_date_with_two_readings_is_open():
    found = written("3/4/2026 7:05 p.m.")
    assert found.is_open
    assert found.time == time(19, 5)
    assert (found.by(Order.DAY), found.by(Order.MONTH)) == (date(2026, 4, 3), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("telling", "day", "word"),
    [("12/31/2026", "2026-03-04", "month"), ("31/12/2026", "2026-04-03", "day")],
)
def test_one_date_decides_for_its_column_wherever_it_stands(telling, day, word):
    rows = [["3/4/2026"]] * 300
    found = compare(*rows, [telling])
    assert answers_of(found) == [day] * 300 + ["2026-12-31"]
    (note,) = found.report().notes
    assert note == (f"The dates of “Arrival” are read with the {word} first, because of {telling}.")


def test_another_column_of_the_file_decides_where_its_own_does_not():
    found = compare(["3/4/2026", "3/14/2026"], headings=("Arrival", "Leaving"))
    assert answers_of(found) == ["2026-03-04"]
    assert [note.split(" are ")[0] for note in found.report().notes] == [
        "The dates of “Arrival”",
        "The dates of “Leaving”",
    ]


@pytest.mark.parametrize("rows", [[["3/4/2026"]], [["3/4/2026"], ["12/31/2026"], ["31/12/2026"]]])
def test_where_nothing_decides_somebody_is_asked(rows):
    report = compare(*rows).report()
    (line,) = report.asked
    assert (line.question.kind, line.question.answer) == (Kind.DATE, "")
    assert [option.label for option in line.question.options[:2]] == [
        "The day first: April 3, 2026",
        "The month first: March 4, 2026",
    ]
    assert answers_of(compare(*rows, answers={"*:date": "month"}))[0] == "2026-03-04"
    assert answers_of(compare(*rows, answers={"2:date": "day"}))[0] == "2026-04-03"
    assert answers_of(compare(*rows, answers={"2:date": "skip"}))[0] is Outcome.LEFT_OUT


def test_no_date_is_wrong_and_a_time_that_is_left_out_is_said():
    found = compare(["soon"], ["5/14/2027 7:00 PM"], ["5/15/2027 12:00 AM"])
    assert answers_of(found) == [Outcome.WRONG, "2027-05-14", "2027-05-15"]
    first, _second = found.report().notes
    assert first == "“Arrival” keeps dates; times beside them (5/14/2027 7:00 PM) are left out."


def arrived(comparison):
    return [
        verdict.operation.arrived.at if verdict.operation else verdict.outcome
        for verdict in comparison.verdicts()
    ]


def test_a_time_of_arrival_without_a_zone_is_one_of_the_event():
    said = {"headings": ("Checked in at",), "zone": ZoneInfo("America/New_York")}
    seven = datetime(2027, 5, 14, 23, 0, tzinfo=UTC)
    rows = [["5/14/2027 7:00 PM"], ["2027-05-14 19:00:00"], ["2027-05-14T23:00:00+00:00"]]
    assert arrived(compare(*rows, **said)) == [seven] * 3
    assert arrived(compare(["5/6/2027 7:00 PM"], **said)) == [Outcome.ASKED]
    assert arrived(compare(["5/6/2027 7:00 PM"], answers={"2:date": "day"}, **said)) == [
        datetime(2027, 6, 5, 23, 0, tzinfo=UTC)
    ]
    assert arrived(compare(["5/14/2027"], **said)) == [Outcome.WRONG]
