"""The 537 guests of the demonstration dinner all arrive, whole."""

import csv
from pathlib import Path
from uuid import uuid4

from seatrobot.documents.reading import read_sheet
from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.reports import ExistingGuest
from seatrobot.guests.statuses import Status

DINNER = Path(__file__).parents[3] / "demo" / "congress-dinner.csv"


def compare(existing=(), default=Status.CONFIRMED, fields=None):
    sheet = read_sheet(DINNER.read_bytes(), DINNER.name)
    mapping = guess(sheet.columns, sheet.rows)
    fields = fields or {
        name: OpenField(uuid4(), 0, "text", "person", False, {"": name})
        for name in mapping.new_columns
    }
    return sheet, fields, Comparison(sheet.columns, sheet.rows, mapping, existing, default, fields)


def test_every_guest_arrives_with_everything_the_file_says():
    sheet, fields, comparison = compare()
    records = [verdict.operation.record for verdict in comparison.verdicts()]
    with DINNER.open(newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    assert len(records) == 537
    for record, row in zip(records, expected, strict=True):
        for field in ("reference", "title", "first_name", "last_name", "suffix", "email", "phone"):
            assert getattr(record, field) == row[field]
        assert record.company == row["organization"]
        own = {fields[name].id: row[name] for name in ("party", "state", "committees") if row[name]}
        assert record.answers == own
        assert record.tags == row["tags"].split("; ")
    assert sheet.warnings == []


def test_a_second_import_changes_nothing():
    _sheet, fields, first = compare()
    existing = [
        ExistingGuest(uuid4(), verdict.operation.record, verdict.operation.facts, False, uuid4())
        for verdict in first.verdicts()
    ]
    _sheet, _fields, again = compare(existing, Status.OUTSTANDING, fields)
    assert again.report().counts["unchanged"] == 537
    assert not any(verdict.operation for verdict in again.verdicts())
