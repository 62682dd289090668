"""Written as CSV or XLSX, read, mapped and compared: the same guests come back."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrobot.documents.reading import read_sheet
from seatrobot.documents.writing import write_csv, write_xlsx
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.headings import TARGETS, plain
from seatrobot.guests.importing.layout import Listed, lay_out
from seatrobot.guests.importing.mapping import guess
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.normalizing import clean_line, clean_text

TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("=+-@'\"\t;,|\n\r\u05d0\u0627\u00e9\u0301\uff1d"),
    ),
    max_size=12,
)
TRAPS = st.sampled_from(["_x0041_", "'=1", "''@a", "#N/A", "=1+1", "-2", "TRUE", "1.0", "'"])
LINE = TEXT.map(clean_line) | TRAPS
NAME = LINE.filter(bool)
TAG = LINE.filter(lambda tag: tag and not set(tag) & set(";,|"))
EXTRA = LINE.filter(lambda name: name and plain(name) not in TARGETS and "@" not in name)
RECORD = st.builds(
    GuestRecord,
    title=LINE,
    first_name=LINE,
    last_name=NAME,
    suffix=LINE,
    phone=LINE,
    company=LINE,
    notes=TEXT.map(clean_text),
    tags=st.lists(TAG, max_size=3, unique=True),
    extra=st.dictionaries(st.sampled_from(["party", "state", "Größe", "=cmd"]), NAME, max_size=3),
)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records=st.lists(st.tuples(RECORD, st.sampled_from(Status)), min_size=1, max_size=5))
def test_what_is_written_is_read_again(kind, records):
    for number, (record, _status) in enumerate(records):
        record.reference = f"R{number}"
        record.email = f"guest{number}@dinner.example" if number % 2 else ""
    columns, rows = lay_out([Listed(record, status) for record, status in records])
    data = write_csv(columns, rows) if kind == "csv" else write_xlsx(columns, rows, "Guests")
    sheet = read_sheet(data, f"guests.{kind}")
    mapping = guess(sheet.columns, sheet.rows)
    assert mapping.problems(sheet.columns) == []
    made = list(Comparison(sheet.columns, sheet.rows, mapping, [], Status.OUTSTANDING).operations())
    assert [(create.record, create.status) for create in made] == records
    assert [create.row for create in made] == list(range(2, len(records) + 2))
