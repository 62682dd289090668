"""Tables out: CSV and Excel files that open well, and that no spreadsheet will evaluate."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from seatrobot.documents.formulas import protect, protect_apostrophe, starts_formula

# Not allowed in XML 1.0, so not in a workbook.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# A workbook writes signs as _xHHHH_; a text that looks so has its first underscore escaped.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
_SAMPLE = 100
_NARROWEST, _WIDEST = 8, 50


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write CSV after RFC 4180, UTF-8 with a byte order mark so that Excel knows the encoding."""
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, "utf-8-sig", errors="replace", newline="") as text:
        writer = csv.writer(text)
        for cells in chain([columns], rows):
            writer.writerow([protect(cell) if cell else cell for cell in cells])
        text.flush()
        return buffer.getvalue()


def write_xlsx(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> bytes:
    """Write a workbook of one sheet; every cell is text, the heading bold and always in view."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", _legal(title))[:31] or None)
    remaining = iter(rows)
    sample = list(islice(remaining, _SAMPLE))
    sheet.freeze_panes = "A2"
    for index, name in enumerate(columns):
        longest = max(len(cells[index]) for cells in chain([columns], sample))
        width = min(max(longest + 2, len(name) + 2, _NARROWEST), _WIDEST)
        sheet.column_dimensions[get_column_letter(index + 1)].width = width
    sheet.append([_heading(sheet, name) for name in columns])
    for cells in chain(sample, remaining):
        sheet.append([_cell(sheet, cell) if cell else None for cell in cells])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _legal(text: str) -> str:
    """Text without what XML cannot carry; line breaks as XML has them."""
    text = _ESCAPE.sub("_x005F_", text) if "_x" in text else text
    if text.isprintable():
        return text
    return _ILLEGAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _heading(sheet: object, name: str) -> Cell:
    cell = _text_cell(sheet, name)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: object, text: str) -> str | Cell:
    legal = protect_apostrophe(_legal(text))
    if starts_formula(legal) or legal in _ERRORS:
        return _text_cell(sheet, text)
    return legal


def _text_cell(sheet: object, text: str) -> Cell:
    """Return a cell that is text whatever it looks like; Excel keeps it so when it is edited."""
    cell = WriteOnlyCell(sheet, "")
    cell.value = protect_apostrophe(_legal(text))
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
