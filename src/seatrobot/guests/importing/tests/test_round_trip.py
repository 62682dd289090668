"""Written as CSV or XLSX, read, mapped and compared: the same guests come back."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrobot.documents.reading import read_sheet
from seatrobot.documents.writing import write_csv, write_xlsx
from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.layout import Listed, export_columns, headings_of
from seatrobot.guests.importing.reports import ExistingGuest, Outcome
from seatrobot.guests.importing.values import has_nothing, is_filler, is_name_filler
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import CONFIRMED, HELD, REPLIES, Delivery, Facts, Money, Status
from seatrobot.normalizing import clean_line, clean_text

TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("=+-@'\"\t;,|\n\r\u05d0\u0627\u00e9\u0301\uff1d"),
    ),
    max_size=12,
)
TRAPS = st.sampled_from(["_x0041_", "'=1", "''@a", "#N/A", "=1+1", "-2", "TRUE", "1.0", "'"])

ANY = TEXT.map(clean_line) | TRAPS
LINE = ANY.filter(lambda text: not is_filler(text))
NAME = ANY.filter(lambda text: any(map(str.isalpha, text)) and not is_name_filler(text))
TAG = NAME.filter(lambda tag: not (set(tag) & set(";,|") or is_filler(tag)))
COLUMNS = [
    OpenField(UUID(int=number), number, "text", "person", False, {"": label})
    for number, label in enumerate(["party", "state", "Größe", "=cmd", "state", "Company"], start=1)
]
RECORD = st.builds(
    GuestRecord,
    title=LINE,
    first_name=NAME,
    last_name=NAME,
    suffix=LINE,
    phone=LINE,
    company=LINE,
    notes=TEXT.map(clean_text).filter(lambda text: not has_nothing(text)),
    tags=st.lists(TAG, max_size=3, unique=True),
    answers=st.dictionaries(st.sampled_from([field.id for field in COLUMNS]), NAME, max_size=3),
)
FACTS = st.builds(
    lambda word, delivery, money: Facts(delivery=delivery, money=money).with_reply(word),
    st.sampled_from(sorted(REPLIES)),
    st.sampled_from([None, Delivery.BOUNCED]),
    st.sampled_from([None, Money.REFUNDED]),
)
ARRIVED = st.none() | st.just(datetime(2027, 1, 20, 23, 30, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(guests=st.lists(st.tuples(RECORD, FACTS, ARRIVED), min_size=1, max_size=5))
def test_what_is_written_is_read_again(kind, guests):
    """All five facts come back, also those that one word does not sum up.

    As in every export of ours, each row has its identifier: a guest may be called "Guest of A".
    """
    identifiers = [UUID(int=number + 1, version=4) for number in range(len(guests))]
    for number, (record, _facts, _arrived) in enumerate(guests):
        record.reference = f"R{number}"
        record.email = f"guest{number}@dinner.example" if number % 2 else ""
    listed = [
        Listed(*guest, identifier=str(identifier))
        for guest, identifier in zip(guests, identifiers, strict=True)
    ]
    columns, rows = export_columns(listed, COLUMNS)
    data = write_csv(columns, rows) if kind == "csv" else write_xlsx(columns, rows, "Guests")
    sheet = read_sheet(data, f"guests.{kind}")
    mapping = guess(sheet.columns, sheet.rows, COLUMNS)
    assert mapping.problems(sheet.columns, COLUMNS) == []
    assert mapping.new_columns == []
    fields = dict(zip(headings_of(COLUMNS), COLUMNS, strict=True))

    def compare(existing):
        return Comparison(sheet.columns, sheet.rows, mapping, existing, Status.OUTSTANDING, fields)

    made = [verdict.operation for verdict in compare([]).verdicts()]
    assert [(one.record, one.facts, one.arrived and one.arrived.at) for one in made] == guests
    assert [create.row for create in made] == list(range(2, len(guests) + 2))
    existing = [
        ExistingGuest(identifier, record, facts, arrived is not None, uuid4())
        for identifier, (record, facts, arrived) in zip(identifiers, guests, strict=True)
    ]
    again = compare(existing).report()
    assert again.counts[Outcome.UNCHANGED] == len(guests)


@pytest.mark.parametrize(
    "name", ["Gast", "N.N.", "Guest of Bo Li", "Tisch 1", "Total", "Tom, Lea, Mia"]
)
def test_whoever_was_on_a_list_of_ours_comes_back_by_that_name(name):
    guests = [Listed(GuestRecord(last_name=name), CONFIRMED, identifier=str(uuid4()))]
    columns, rows = export_columns(guests)
    sheet = read_sheet(write_csv(columns, rows), "guests.csv")
    mapping = guess(sheet.columns, sheet.rows)
    (verdict,) = Comparison(sheet.columns, sheet.rows, mapping, [], Status.CONFIRMED).verdicts()
    assert (verdict.operation.record, verdict.operation.facts) == (guests[0].record, CONFIRMED)


def test_a_held_place_comes_back():
    listed = Listed(GuestRecord(reference="R1"), HELD)
    columns, rows = export_columns([listed])
    sheet = read_sheet(write_csv(columns, rows), "guests.csv")
    mapping = guess(sheet.columns, sheet.rows)
    comparison = Comparison(sheet.columns, sheet.rows, mapping, [], Status.CONFIRMED)
    (verdict,) = comparison.verdicts()
    assert verdict.operation.facts == HELD


SPELLINGS = st.lists(
    st.text(st.sampled_from("aAéÉß(2) "), min_size=1, max_size=5)
    .map(clean_line)
    .filter(bool)
    .map(lambda text: text if text[0].isalpha() else f"a{text}")
    | st.sampled_from(["Phone", "PHONE", "Meal", "meal", "Seatrobot ID", "Meal (2)"]),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(labels=SPELLINGS)
def test_columns_of_any_spelling_come_back_as_themselves(labels):
    fields = [
        OpenField(UUID(int=number), number, "text", "person", False, {"": label})
        for number, label in enumerate(labels, start=1)
    ]
    answers = {field.id: str(field.position) for field in fields}
    listed = Listed(GuestRecord(last_name="Li", answers=answers), Facts(), identifier="x")
    sheet = read_sheet(write_csv(*export_columns([listed], fields)), "guests.csv")
    mapping = guess(sheet.columns, sheet.rows, fields)
    assert mapping.new_columns == []
    by_heading = {
        heading: field
        for heading, target in mapping.columns.items()
        for field in fields
        if field.key == target
    }
    found = Comparison(sheet.columns, sheet.rows, mapping, [], Status.CONFIRMED, by_heading)
    (verdict,) = found.verdicts()
    assert verdict.operation.record.answers == answers
