"""The 537 guests of the demonstration dinner all arrive, whole."""

import csv
from pathlib import Path

from seatrobot.documents.reading import read_sheet
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.mapping import guess
from seatrobot.guests.statuses import Status

DINNER = Path(__file__).parents[3] / "demo" / "congress-dinner.csv"


def test_every_guest_arrives_with_everything_the_file_says():
    sheet = read_sheet(DINNER.read_bytes(), DINNER.name)
    mapping = guess(sheet.columns, sheet.rows)
    comparison = Comparison(sheet.columns, sheet.rows, mapping, [], Status.CONFIRMED)
    records = [create.record for create in comparison.operations()]
    with DINNER.open(newline="", encoding="utf-8") as file:
        expected = list(csv.DictReader(file))
    assert len(records) == 537
    for record, row in zip(records, expected, strict=True):
        for field in ("reference", "title", "first_name", "last_name", "suffix", "email", "phone"):
            assert getattr(record, field) == row[field]
        assert record.company == row["organization"]
        extra = {name: row[name] for name in ("party", "state", "committees") if row[name]}
        assert record.extra == extra
        assert record.tags == row["tags"].split("; ")
    assert sheet.warnings == []


def test_a_second_import_changes_nothing():
    sheet = read_sheet(DINNER.read_bytes(), DINNER.name)
    mapping = guess(sheet.columns, sheet.rows)
    first = Comparison(sheet.columns, sheet.rows, mapping, [], Status.CONFIRMED)
    existing = [(number, op.record, op.status) for number, op in enumerate(first.operations())]
    again = Comparison(sheet.columns, sheet.rows, mapping, existing, Status.OUTSTANDING)
    assert again.report().counts["unchanged"] == 537
    assert list(again.operations()) == []
