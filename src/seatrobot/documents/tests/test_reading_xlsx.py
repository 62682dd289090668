import datetime as dt
import io
import zipfile
import zlib

import pytest
from openpyxl import Workbook

from seatrobot.documents import workbooks
from seatrobot.documents.reading import UnreadableSheet, read_sheet

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(rows, *more_sheets):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title in more_sheets:
        book.create_sheet(title)
    return saved(book)


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(name, content, data=None):
    """Return a workbook whose part of this name has this content."""
    buffer = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(data or workbook([["name", "x"], ["Alice", 1]])))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            if part != name:
                target.writestr(part, source.read(part))
        target.writestr(name, content)
    return buffer.getvalue()


def with_cells(cells):
    xml = f'<?xml version="1.0"?><worksheet {SPACE}><sheetData>{cells}</sheetData></worksheet>'
    return with_part("xl/worksheets/sheet1.xml", xml)


def refusal(data, filename="guests.xlsx"):
    with pytest.raises(UnreadableSheet) as refused:
        read_sheet(data, filename)
    return str(refused.value)


def test_cells_become_the_text_a_person_sees():
    values = [
        (2022251510.0, "2022251510"),
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
        (True, "TRUE"),
        (dt.date(2026, 6, 13), "2026-06-13"),
        (dt.datetime.fromisoformat("2026-06-13"), "2026-06-13"),
        (dt.datetime.fromisoformat("2026-06-13 19:30"), "2026-06-13 19:30:00"),
        (dt.time(19, 30), "19:30:00"),
        ("+1 202", "+1 202"),
        (None, ""),
        (1e20, "100000000000000000000"),
    ]
    names = [f"c{index}" for index in range(len(values))]
    sheet = read_sheet(workbook([names, [value for value, _text in values]]), "x.xlsx")
    assert list(sheet.rows) == [(2, [text for _value, text in values])]
    assert sheet.kind == "xlsx"


def test_rows_keep_their_numbers_wherever_the_table_stands():
    book = Workbook()
    book.active["C3"], book.active["D3"] = "name", "city"
    book.active["C6"] = "Alice"
    sheet = read_sheet(saved(book), "x.xlsx")
    assert sheet.columns == ["name", "city"]
    assert list(sheet.rows) == [(6, ["Alice", ""])]


def test_the_first_visible_sheet_is_read_and_named():
    book = Workbook()
    book.active.title = "hidden"
    book.active.sheet_state = "hidden"
    for title in ("Guests", "Other"):
        book.create_sheet(title).append(["name"])
        book[title].append([title])
    sheet = read_sheet(saved(book), "x.xlsx")
    assert list(sheet.rows) == [(2, ["Guests"])]
    assert sheet.warnings == ["The workbook has 2 sheets; only the first, “Guests”, was read."]


def test_an_empty_sheet():
    assert refusal(workbook([])) == "The file is empty."


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="300000"><c r="A300000"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="190000"><c r="CZ190000"><v>1</v></c></row>',
        "<row><c><v>1</v></c></row>" * 200_002,
        '<x:row xmlns:x="a"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_a_table_beyond_the_limits_never_reaches_the_parser(cells):
    assert refusal(with_cells(cells)).startswith("A sheet of the workbook ")


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A99999999999"><v>1</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="-1"><c><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>77</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></row>',
    ],
)
def test_a_table_that_makes_no_sense_is_damaged(cells):
    assert "is damaged" in refusal(with_cells(cells))


def test_a_zip_bomb_is_refused_by_what_it_declares():
    bomb = with_part("xl/sharedStrings.xml", b" " * (workbooks.MAX_UNPACKED + 1))
    assert len(bomb) < 1_000_000
    assert "unpacks to more than 256 MB" in refusal(bomb)


def test_a_zip_bomb_that_lies_is_refused():
    honest = with_part("xl/sharedStrings.xml", b"<a>" + b" " * 2_000_000 + b"</a>")
    declared, claimed = (2_000_007).to_bytes(4, "little"), (9).to_bytes(4, "little")
    assert honest.count(declared) == 2
    assert "is damaged" in refusal(honest.replace(declared, claimed))


def test_a_lie_with_a_matching_checksum_reaches_the_parser_only_as_it_declares():
    text = b"<a>" + b" " * 4 + b"</a>"
    honest = with_part("xl/extra.xml", text + b" " * 2_000_000)
    swaps = [
        ((len(text) + 2_000_000).to_bytes(4, "little"), len(text).to_bytes(4, "little")),
        (
            zlib.crc32(text + b" " * 2_000_000).to_bytes(4, "little"),
            zlib.crc32(text).to_bytes(4, "little"),
        ),
    ]
    for old, new in swaps:
        assert honest.count(old) == 2
        honest = honest.replace(old, new)
    with zipfile.ZipFile(workbooks.repack(honest)) as fresh:
        assert fresh.read("xl/extra.xml") == text


def test_entities_are_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    assert "is damaged" in refusal(with_part("xl/sharedStrings.xml", bomb))


def test_too_many_parts(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_PARTS", 3)
    assert "is damaged" in refusal(workbook([["a"], ["b"]]))


def test_truncated_and_empty_archives():
    assert "is damaged" in refusal(workbook([["a"], ["b"]])[:-100])
    assert "is damaged" in refusal(b"PK\x03\x04")


def test_a_password():
    data = bytearray(workbook([["a"], ["b"]]))
    start = data.find(b"PK\x01\x02")
    while start != -1:
        data[start + 8] |= 1
        start = data.find(b"PK\x01\x02", start + 1)
    assert "protected by a password" in refusal(bytes(data))
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert "protected by a password" in refusal(ole)


def test_other_archives():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    assert "not an Excel workbook" in refusal(buffer.getvalue(), "list.ods")
