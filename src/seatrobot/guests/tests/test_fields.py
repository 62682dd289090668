"""A field of the record is complete: named, limited, imported, exported and on the form."""

import pytest

from seatrobot.documents.reading import read_sheet
from seatrobot.documents.writing import write_csv
from seatrobot.guests.directory import Directory
from seatrobot.guests.forms import GuestForm
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.layout import Listed, lay_out
from seatrobot.guests.importing.mapping import guess
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import Status

FIELDS = [name for name in GuestRecord.__struct_fields__ if name not in {"tags", "extra"}]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_complete(name):
    assert name in LABELS
    assert name in LIMITS
    assert Target(name)
    assert name in GuestForm(directory=Directory({}), record=GuestRecord()).fields


def test_every_field_goes_out_and_comes_in():
    values = dict.fromkeys(FIELDS, "x") | {"email": "x@dinner.example"}
    record = GuestRecord(**values)
    columns, rows = lay_out([Listed(record, Status.HELD)])
    sheet = read_sheet(write_csv(columns, rows), "guests.csv")
    mapping = guess(sheet.columns, sheet.rows)
    (create,) = Comparison(sheet.columns, sheet.rows, mapping, [], Status.HELD).operations()
    assert create.record == record
