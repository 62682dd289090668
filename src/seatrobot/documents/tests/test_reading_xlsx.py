import datetime as dt
import io
import re
import zipfile
import zlib

import pytest
from openpyxl import Workbook

from seatrobot.documents import workbooks, xlsx_reading
from seatrobot.documents.reading import Choice, UnreadableSheet, read_sheet

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
    assert sheet.warnings == ["The workbook has 2 sheets; “Guests” is read."]
    assert (sheet.name, sheet.names) == ("Guests", ["Guests", "Other"])
    chosen = read_sheet(saved(book), "x.xlsx", Choice(sheet="Other"))
    assert list(chosen.rows) == [(2, ["Other"])]
    gone = read_sheet(saved(book), "x.xlsx", Choice(sheet="hidden"))
    assert "no sheet “hidden”" in gone.warnings[0]


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
def test_a_table_beyond_the_limits_is_refused(cells):
    assert refusal(with_cells(cells)).startswith("The sheet “Sheet” ")


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


def test_a_lie_with_a_matching_checksum_is_read_only_as_far_as_it_declares():
    item = b"<sst><si><t>name</t></si><si><t>Alice</t></si></sst>"
    honest = with_part("xl/sharedStrings.xml", item + b" " * 2_000_000)
    swaps = [
        ((len(item) + 2_000_000).to_bytes(4, "little"), len(item).to_bytes(4, "little")),
        (
            zlib.crc32(item + b" " * 2_000_000).to_bytes(4, "little"),
            zlib.crc32(item).to_bytes(4, "little"),
        ),
    ]
    for old, new in swaps:
        assert honest.count(old) == 2
        honest = honest.replace(old, new)
    assert workbooks.Book(honest).texts == ["name", "Alice"]


def test_entities_are_refused():
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    assert "is damaged" in refusal(with_part("xl/sharedStrings.xml", bomb))


def test_too_many_parts(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_PARTS", 3)
    assert "is damaged" in refusal(workbook([["a"], ["b"]]))


RELATION = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def with_workbook(inside):
    return with_part("xl/workbook.xml", f"<workbook {SPACE} {RELATION}>{inside}</workbook>")


@pytest.mark.parametrize("state", ["visible", "hidden"])
def test_many_sheets_of_one_part_are_damaged(state):
    names = (f'<sheet name="S{n}" state="{state}" r:id="rId1"/>' for n in range(2))
    assert "damaged" in refusal(with_workbook(f"<sheets>{''.join(names)}</sheets>"))


def test_too_many_sheets(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_SHEETS", 2)
    assert "damaged" in refusal(workbook([["name"]], "a", "b"))


def test_only_the_beginning_of_a_sheet_is_compared_with_others(monkeypatch):
    """Neither many sheets nor a long one make a workbook cost more than the sheet that is read."""
    read: list[int] = []
    parse = workbooks.Book.walk

    def walk(self, path, *handlers, limits=workbooks.FEW):
        if "worksheets" in path:
            read.append(limits.size)
        parse(self, path, *handlers, limits=limits)

    monkeypatch.setattr(workbooks.Book, "walk", walk)
    sheets = [f"s{number}" for number in range(60)]
    read_sheet(workbook([["name", "x"], ["Alice", 1]], *sheets), "x.xlsx")
    assert len(read) == 51
    assert [most for most in read if most > 1024 * 1024] == [workbooks.MAX_UNPACKED]


MEGABYTES = 8 * 1024 * 1024


@pytest.mark.parametrize(
    "long",
    [f"<!--{MEGABYTES * 'x'}-->", f'<row x="{MEGABYTES * "A"}"/>', f"<?x {MEGABYTES * 'x'}?>"],
)
def test_what_expat_would_read_again_and_again_is_damaged(long):
    assert "damaged" in refusal(with_cells(long))


def test_long_texts_are_no_such_thing():
    long = MEGABYTES * "x"
    cells = f'<row><c t="inlineStr"><is><t>{long}</t></is></c></row>'
    assert "8388608 characters" in refusal(with_cells(cells))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/styles.xml", "<s><cellXfs>" + 250_001 * '<xf numFmtId="14"/>' + "</cellXfs></s>"),
        ("xl/workbook.xml", "<w>" + 250_000 * "<a/>" + "</w>"),
        ("xl/worksheets/sheet1.xml", "<w><cols>" + 500_001 * "<col/>" + "</cols></w>"),
    ],
)
def test_more_elements_than_a_part_has(name, content):
    assert re.search("more than|damaged", refusal(with_part(name, content)))


@pytest.mark.parametrize("number", ["²", "9" * 5000])
def test_what_is_no_number_is_passed_over(number):
    view = f'<bookViews><workbookView activeTab="{number}"/></bookViews>'
    sheets = '<sheets><sheet name="S" r:id="rId1"/></sheets>'
    assert read_sheet(with_workbook(view + sheets), "x.xlsx").columns == ["name", "x"]
    style = f'<styleSheet {SPACE}><cellXfs><xf numFmtId="{number}"/></cellXfs></styleSheet>'
    assert read_sheet(with_part("xl/styles.xml", style), "x.xlsx").columns == ["name", "x"]


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


KNOWN = {"first name", "last name", "e-mail", "household", "vorname", "nachname"}


def knows(text):
    return text.lower() in KNOWN


def styled(value, style, **more):
    book = Workbook()
    book.active.append(["name", "x"])
    book.active.append(["Alice", value])
    book.active["B2"].number_format = style
    return read_sheet(saved(book), "x.xlsx")


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (123, "00000", "00123"),
        (49301234, "+#", "+49301234"),
        (49301234, "\\+0", "+49301234"),
        (301234, '"0049 "0', "0049 301234"),
        (2025550143, "(000) 000-0000", "(202) 555-0143"),
        (2025550143, "[<=9999999]###-####;(###) ###-####", "202555-0143"),
        (123456789, "00 00 00", "12345 67 89"),
        (1234, "#,##0", "1234"),
        (12, '0 "Personen"', "12"),
        (0.25, "0%", "25%"),
        (-5, "0;-0", "-5"),
        (7, "General", "7"),
        (1.5, "0.00", "1.5"),
        (46000, "dd.mm.yyyy", "2025-12-09"),
        (0.5, "hh:mm", "12:00:00"),
        (1.5, "[h]:mm", "1 day, 12:00:00"),
    ],
)
def test_numbers_are_read_as_their_format_shows_them(value, style, text):
    ((_number, cells),) = styled(value, style).rows
    if style.startswith("[<="):
        assert cells[1].replace("-", "") == "2025550143"
    elif style == "[h]:mm":
        assert cells[1] in {text, "1.5"}
    else:
        assert cells[1] == text


def test_the_sheet_that_fits_is_proposed():
    book = Workbook()
    for line in range(30):
        book.active.append([f"Rule {line}", "is", "long"])
    book.create_sheet("Lists").append(["Fish", "Meat", "Vegan"])
    for row in (["Liste", "2027"], ["Vorname", "Nachname", "e-mail"], ["A", "B", "a@b.example"]):
        if "Gäste" not in book.sheetnames:
            book.create_sheet("Gäste")
        book["Gäste"].append(row)
    sheet = read_sheet(saved(book), "x.xlsx", knows=knows)
    assert (sheet.name, sheet.columns) == ("Gäste", ["Vorname", "Nachname", "e-mail"])
    assert "begins in row 2" in sheet.warnings[1]


def test_merged_cells_give_their_value_to_each_row():
    book = Workbook()
    for row in (["name", "table"], ["A", "One"], ["B"], ["C"], ["D", "Two"]):
        book.active.append(row)
    book.active.merge_cells("B2:B4")
    sheet = read_sheet(saved(book), "x.xlsx")
    assert [cells[1] for _n, cells in sheet.rows] == ["One", "One", "One", "Two"]
    assert "merged cells (B2:B4)" in sheet.warnings[0]


def test_hidden_rows_are_counted_and_can_be_left_out():
    book = Workbook()
    for row in (["name"], ["A"], ["B"], ["C"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    sheet = read_sheet(saved(book), "x.xlsx")
    assert (sheet.hidden, sheet.row_count) == (1, 3)
    assert "1 row is hidden" in sheet.warnings[0]
    sheet = read_sheet(saved(book), "x.xlsx", Choice(leave_hidden=True))
    assert list(sheet.rows) == [(2, ["A"]), (4, ["C"])]
    assert (sheet.hidden, sheet.warnings) == (1, [])


def test_cells_that_hold_nothing_are_named():
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1"><v>1</v></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>A</t></is></c>'
        '<c r="B2"><f>1+1</f></c><c r="C2" t="e"><f>NA()</f><v>#N/A</v></c>'
        '<c r="D2" t="str"><f>""</f><v></v></c><c r="E2"><v>4915112345678901234</v></c></row>'
    )
    warnings = read_sheet(with_cells(cells), "x.xlsx").warnings
    assert "The cell B2 holds a formula without a value" in warnings[0]
    assert "(#N/A C2)" in warnings[1]
    assert "The number in E2 has more than 15 digits" in warnings[2]


def test_limits_are_those_of_the_sheet_that_is_read():
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    other = f"<worksheet {SPACE}><sheetData>{far}</sheetData></worksheet>"
    data = with_part("xl/worksheets/sheet2.xml", other, workbook([["name"], ["A"]], "Lists"))
    assert list(read_sheet(data, "x.xlsx").rows) == [(2, ["A"])]
    with pytest.raises(UnreadableSheet, match="The sheet “Lists” reaches down to row 1048576"):
        read_sheet(data, "x.xlsx", Choice(sheet="Lists"))


def test_a_workbook_whose_parts_have_other_names():
    source = zipfile.ZipFile(io.BytesIO(workbook([["name"], ["A"]])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for part in source.namelist():
            name = part.replace("workbook.xml", "Book1.xml").replace("xl/", "Content/")
            text = source.read(part).decode()
            text = text.replace("xl/workbook.xml", "Content/Book1.xml")
            target.writestr(name, text.replace("/xl/", "/Content/"))
    assert list(read_sheet(buffer.getvalue(), "x.xlsx").rows) == [(2, ["A"])]


def test_readings_above_a_name_are_no_part_of_it():
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>田</t></r><r><t>中</t></r>'
        '<rPh sb="0" eb="2"><t>タナカ</t></rPh></is></c></row>'
    )
    assert list(read_sheet(with_cells(cells), "x.xlsx").rows) == [(2, ["田中"])]


def test_a_directory_of_the_archive_that_is_too_long_is_not_read():
    entries = workbooks._DIRECTORY_ENTRY * (workbooks.MAX_PARTS + 1)
    with pytest.raises(UnreadableSheet, match="is damaged"):
        workbooks.Book(entries + workbook([["name"], ["A"]]))


def test_a_part_that_is_packed_better_than_any_list_is_refused():
    xml = "<sst>" + "<si><t>a</t></si>" * (workbooks.ANY_RATIO // 10) + "</sst>"
    assert "is damaged" in refusal(with_part("xl/sharedStrings.xml", xml))


def test_a_format_is_no_longer_than_excel_lets_it_be():
    code = "0" + "[" * 300_000
    styles = (
        f'<a><numFmt numFmtId="170" formatCode="{code}"/><cellXfs><xf numFmtId="170"/>'
        '<xf numFmtId="170"/></cellXfs></a>'
    )
    first, second = workbooks.Book(with_part("xl/styles.xml", styles)).formats
    assert first is second
    assert max(map(len, first.sections)) <= 255


def test_merged_cells_that_overlap_fill_each_row_once():
    cells = "".join(
        f'<row><c t="inlineStr"><is><t>{name}</t></is></c><c><v>{number}</v></c></row>'
        for number, name in enumerate(["name", "A", "B", "C", "D"], start=1)
    )
    cells = cells.replace("<c><v>3</v></c>", "").replace("<c><v>5</v></c>", "")
    merged = '<mergeCell ref="B2:B3"/><mergeCell ref="B2:B5"/><mergeCell ref="B4:B5"/>'
    sheet = read_sheet(with_cells(f"{cells}{merged}"), "x.xlsx")
    assert [cells[1] for _number, cells in sheet.rows] == ["2", "2", "4", "4"]
    table = xlsx_reading._Table(
        workbooks.Book(with_cells(cells + merged)),
        workbooks.Part("Sheet", "xl/worksheets/sheet1.xml"),
    )
    table.read()
    table.fill_merged()
    assert [span.place for span in table.filled] == ["B2:B3", "B4:B5"]
