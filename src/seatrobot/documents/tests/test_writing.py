import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from seatrobot.documents.formulas import protect, protect_apostrophe, restore
from seatrobot.documents.reading import read_sheet
from seatrobot.documents.writing import write_csv, write_xlsx

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1", "'=1", "''@"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_csv_cells_are_text_to_a_spreadsheet(text):
    data = write_csv(["a"], [[text]]).decode("utf-8-sig")
    assert data.removeprefix("a\r\n").lstrip('"').startswith("'")


@pytest.mark.parametrize("text", [*DANGEROUS, "#N/A", "2026-06-13", "1.0"])
def test_xlsx_cells_are_text_whatever_they_look_like(text):
    cell = load_workbook(io.BytesIO(write_xlsx(["a"], [[text]], "x"))).active["A2"]
    assert cell.data_type in {"s", "inlineStr"}


@given(st.text(st.sampled_from("'=+-@\t\r\n＝x"), max_size=6))  # noqa: RUF001 - the sign is meant
def test_protection_can_always_be_undone(text):
    assert restore(protect(text)) == text
    assert restore(protect_apostrophe(text)) == text


def test_an_apostrophe_of_a_name_stays():
    assert restore("'t Hooft") == "'t Hooft"
    assert protect("O'Neil") == "O'Neil"


def test_csv_is_rfc_4180_with_a_mark_for_excel():
    data = write_csv(["a", "b"], [['x"y', "1,2"], ["", "line\nbreak"]])
    assert data == b'\xef\xbb\xbfa,b\r\n"x""y","1,2"\r\n,"line\nbreak"\r\n'


def test_xlsx_leaves_out_what_xml_cannot_carry():
    data = write_xlsx(["a"], [["x\x00\x07y\ufffe\r\nz"]], "Guests: [A/B]?" * 5)
    assert list(read_sheet(data, "x.xlsx").rows) == [(2, ["xy\nz"])]


def test_headings_are_harmless_too():
    sheet = read_sheet(write_xlsx(["=a", "'b"], [["1", "2"]], ""), "x.xlsx")
    assert sheet.columns == ["=a", "'b"]
    assert read_sheet(write_csv(["=a", "'b"], [["1", "2"]]), "x.csv").columns == ["=a", "'b"]


def test_the_heading_stays_in_view():
    sheet = load_workbook(io.BytesIO(write_xlsx(["a"], [["1"]], "Guests"))).active
    assert (sheet.title, sheet.freeze_panes, sheet["A1"].font.bold) == ("Guests", "A2", True)
