# ruff: noqa: RUF001  names in their own scripts
import codecs
import tracemalloc

import pytest

from seatrobot.documents.csv_reading import MOST_SEPARATORS
from seatrobot.documents.reading import MAX_BYTES, Choice, UnreadableSheet, read_sheet
from seatrobot.documents.sheet import MAX_COLUMNS, MAX_ROWS
from seatrobot.documents.surveying import survey


def read(data, filename="guests.csv"):
    sheet = read_sheet(data.encode() if isinstance(data, str) else data, filename)
    return sheet, list(sheet.rows)


def refusal(data, filename="guests.csv"):
    with pytest.raises(UnreadableSheet) as refused:
        read(data, filename)
    return str(refused.value)


def test_rows_are_numbered_as_a_spreadsheet_does():
    sheet, rows = read('name,note\nAlice,"two\nlines"\n\n,,\nBob,x\n')
    assert sheet.columns == ["name", "note"]
    assert rows == [(2, ["Alice", "two\nlines"]), (5, ["Bob", "x"])]
    assert (sheet.row_count, sheet.kind, sheet.separator) == (2, "csv", ",")
    assert list(sheet.rows) == rows


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator):
    lines = [["name", "committees"], ["Adams, Alma", "A; B"], ["Baker", "C | D, E"]]
    text = "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    sheet, rows = read(text)
    assert sheet.separator == separator
    assert [cells for _number, cells in rows] == lines[1:]


def test_separators_inside_cells_do_not_mislead():
    sheet, _rows = read("name;tags;email\nAdams, Alma;a, b;x\nBaker, Bo;c, d;y\n")
    assert sheet.columns == ["name", "tags", "email"]


def test_one_column_is_a_table_too():
    assert read("name\nAlice\nBob")[1] == [(2, ["Alice"]), (3, ["Bob"])]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            'Anna Adler <anna@n.example>, Bob <bob@n.example>; "Cox, Carl" <carl@n.example>',
            ["Anna Adler <anna@n.example>", "Bob <bob@n.example>", '"Cox, Carl" <carl@n.example>'],
        ),
        ("To: a@n.example,b@n.example;", ["a@n.example", "b@n.example"]),
        (
            '"a@n.example" <a@n.example>; B <b@n.example>;\r\nC <c@n.example>\r\n',
            ['"a@n.example" <a@n.example>', "B <b@n.example>", "C <c@n.example>"],
        ),
        ("<a@n.example>\t; <b@n.example>", ["<a@n.example>", "<b@n.example>"]),
    ],
)
def test_each_recipient_that_a_mail_program_copies_is_a_row(text, people):
    sheet, rows = read(text, "guests.txt")
    assert [cells for _number, cells in rows] == [[person] for person in people]
    assert sheet.row_count == len(people)
    assert any("recipients" in warning for warning in sheet.warnings)


@pytest.mark.parametrize(
    "text",
    [
        "Ann,ann@n.example\nBob,bob@n.example",
        "a@n.example,a@home.example\nb@n.example,b@home.example",
        "name,mail\nAnn,Ann <ann@n.example>",
        'Ann <a@n.example>, "Bob <b@n.example>, C <c@n.example>"',
    ],
)
def test_a_table_with_addresses_stays_a_table(text):
    sheet, _rows = read(text)
    assert len(sheet.columns) > 1


def test_excels_separator_line():
    sheet, rows = read("sep=;\r\nname;city\r\nAlice;A,B\r\n")
    assert sheet.columns == ["name", "city"]
    assert rows == [(2, ["Alice", "A,B"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_recognised(encoding):
    sheet, rows = read("name,city\nZoë,Łódź 毛\n".encode(encoding))
    assert rows == [(2, ["Zoë", "Łódź 毛"])]
    assert sheet.columns[0] == "name"
    assert sheet.warnings == []


def test_utf_16_big_endian():
    data = codecs.BOM_UTF16_BE + "name,city\nZoë,Łódź\n".encode("utf-16-be")
    assert read(data)[1] == [(2, ["Zoë", "Łódź"])]


def test_western_european_is_read_with_a_warning():
    sheet, rows = read("name,city\nZoë,“Köln”\n".encode("windows-1252"))
    assert rows == [(2, ["Zoë", "“Köln”"])]
    assert sheet.encoding == "windows-1252"
    assert "Windows-1252" in sheet.warnings[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n , ,\n", "The file is empty."),
        (b"name,city\n", "column headings but no rows"),
        (b"name\nAli\0ce\n", "NUL bytes"),
        (codecs.BOM_UTF16_LE + b"n\0a\0m\0e\0", "no rows"),
        (codecs.BOM_UTF16_LE + b"n\0a\0x", "UTF-16 text, but it is damaged"),
        (b"\x01\x02\x03\x04" * 100, "This is not a table"),
        (b'name,city\nAlice,"open\nBob,x\n', "Row 2: a quotation mark is opened and never"),
        (b'name\nx\n"' + b"a" * 200_000, "Row 3: a cell has more than 131072 characters"),
        (b"x" * 300 + b",name\na,b\n", "Row 1 should hold the column headings"),
        (b"%PDF-1.7 ...", "The format of “guests.csv” is PDF; accepted are CSV files and Excel"),
        (b"\x89PNG\r\n\x1a\n", "is PNG; accepted"),
        (b"\xff\xd8\xff\xe0", "is JPEG; accepted"),
        (b"<!DOCTYPE html><p>", "is HTML; accepted"),
        (b"\xef\xbb\xbf \n<Table><tr><td>name</td></tr>", "is HTML; accepted"),
        (b"<meta charset=utf-8><table>", "is HTML; accepted"),
        (b'<?xml version="1.0"?><html xmlns="x"/>', "is HTML; accepted"),
        (b'<?xml version="1.0"?><Workbook/>', "is XML; accepted"),
        ("\ufeff<html>".encode("utf-16"), "is HTML; accepted"),
        (b"BEGIN:VCARD\r\nFN:Alice\r\n", "is vCard; accepted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is old Excel (.xls); accepted"),
    ],
)
def test_each_unreadable_file_gets_one_sentence(data, sentence):
    assert sentence in refusal(data)


def test_limits():
    assert "at most 50 MB" in refusal(b"x" * (MAX_BYTES + 1))
    assert f"more than {MAX_ROWS} rows" in refusal("name\n" + "a\n" * (MAX_ROWS + 1))
    wide = ",".join(f"c{number}" for number in range(MAX_COLUMNS + 1))
    assert f"at most {MAX_COLUMNS} are allowed" in refusal(f"{wide}\n{wide}\n")
    assert "more than 5000000 cells" in refusal(wide[:750] + "\n" + "a,b\n" * 60_000)


def test_ragged_rows_lose_nothing():
    sheet, rows = read("name,city\nAlice\nBob,B,extra\nCharlie,C,,\n")
    assert sheet.columns == ["name", "city", "Column 3"]
    assert [cells for _number, cells in rows] == [
        ["Alice", "", ""],
        ["Bob", "B", "extra"],
        ["Charlie", "C", ""],
    ]
    assert "the first is row 3" in sheet.warnings[0]


def test_headings_twice_or_missing():
    sheet, rows = read("name,,Name,,\nAlice,x,A,,\n")
    assert sheet.columns == ["name", "Column 2", "Name (2)"]
    assert rows == [(2, ["Alice", "x", "A"])]
    assert sheet.warnings == ["The heading “Name” occurs again in column 3, here “Name (2)”."]


def test_no_headings_at_all():
    sheet, rows = read("Alice,alice@dinner.example\nBob,bob@dinner.example\n")
    assert sheet.columns == ["Column 1", "Column 2"]
    assert len(rows) == 2
    assert "row 1 holds an e-mail address" in sheet.warnings[0]


def test_a_title_above_the_table_is_skipped():
    sheet, rows = read("Guest list 2026,,\n\nname,city,x\nAlice,A,1\n")
    assert sheet.columns == ["name", "city", "x"]
    assert rows == [(4, ["Alice", "A", "1"])]
    assert "begins in row 3" in sheet.warnings[0]


def test_a_long_file_is_never_held_as_rows():
    data = b"name,city\n" + b"Alice Adams,Berlin\n" * 100_000
    tracemalloc.start()
    sheet = read_sheet(data, "guests.csv")
    assert sum(1 for _row in sheet.rows) == 100_000
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def knows(text):
    return text.lower() in {"first name", "last name", "e-mail", "name", "vorname", "imię"}


NAMES = {
    "windows-1252": "Zoë,Müller\nÅsa,Öberg\nJosé,Peña\nFrançois,Lefèvre",
    "mac-roman": "Zoë,Müller\nÅsa,Öberg\nJosé,Peña\nFrançois,Lefèvre",
    "cp850": "Jörg,Müller\nJosé,Peña\nFrançois,Lefèvre",
    "windows-1250": "Łucja,Wzięła-Żółta\nJiří,Dvořák\nKrisztián,Szűcs",
    "windows-1251": "Иван,Петров\nМария,Сидорова",
    "koi8-r": "Иван,Петров\nМария,Сидорова",
    "cp866": "Иван,Петров\nМария,Сидорова",
    "windows-1253": "Γιώργος,Παπαδόπουλος\nΜαρία,Νικολάου",
    "windows-1254": "Ayşe,Yıldız\nÇağrı,Şahin",
    "windows-1255": "דוד,כהן\nשרה,לוי",
    "windows-1256": "محمد,علي\nفاطمة,حسن",
    "gb18030": "王,小明\n李,建国\n张,伟",
    "shift_jis": "田中,はなこ\n佐藤,タロウ",
    "euc-jp": "田中,はなこ\n佐藤,タロウ",
    "euc-kr": "김,민수\n이,영희",
    "big5": "陳,大文\n林,志明\n王,小華",
}


@pytest.mark.parametrize("encoding", NAMES)
def test_the_encoding_is_guessed_by_the_letters_of_names(encoding):
    text = f"first name,last name\n{NAMES[encoding]}\n"
    sheet = read_sheet(text.encode(encoding), "guests.csv", knows=knows)
    read = [",".join(cells) for _number, cells in sheet.rows]
    assert read == NAMES[encoding].split("\n")
    assert sheet.encoding == encoding
    assert "choose another encoding" in sheet.warnings[0]


def test_the_encoding_can_be_chosen():
    data = "name\nЕлена\n".encode("windows-1251")
    sheet = read_sheet(data, "guests.csv", Choice(encoding="koi8-r"))
    assert list(sheet.rows) == [(2, [data[5:10].decode("koi8-r")])]
    assert sheet.warnings == []
    wrong = read_sheet(data, "guests.csv", Choice(encoding="utf-8-sig"))
    assert wrong.encoding == "windows-1251"
    assert "another encoding was taken" in wrong.warnings[0]


@pytest.mark.parametrize(
    ("text", "has_heading", "rows"),
    [
        ("first name,last name\nA,B\n", True, 1),
        ("Mara;Testfeld;+49 30 1\nOle;Beispiel;+49 30 2\n", False, 2),
        ("Mara;Testfeld\nOle;Beispiel\n", False, 2),
        ("Smith, Anna\nBrown, Bo\n", False, 2),
        ("Wer;Wann\nMara;2027-01-20\nOle;2027-01-21\n", True, 2),
        ("Wer;Kontakt\nMara;m@example.org\nOle;o@example.org\n", True, 2),
    ],
)
def test_whether_the_first_row_is_a_guest(text, has_heading, rows):
    sheet = read_sheet(text.encode(), "guests.csv", knows=knows)
    assert (sheet.has_heading, sheet.row_count) == (has_heading, rows)
    assert sheet.head[0][0] == 1
    other = read_sheet(text.encode(), "x.csv", Choice(has_heading=not has_heading), knows)
    assert (other.has_heading, other.row_count) == (
        not has_heading,
        rows + (1 if has_heading else -1),
    )


def test_the_row_of_headings_is_found_below_a_title_of_several_cells():
    text = "Dinner,20 January,Berlin\n\nVorname,Last name,E-mail\nA,B,a@b.example\n"
    sheet = read_sheet(text.encode(), "guests.csv", knows=knows)
    assert sheet.columns == ["Vorname", "Last name", "E-mail"]
    assert "begins in row 3" in sheet.warnings[0]


@pytest.mark.parametrize("end", [b"\x1a", b"\x1a\r\n", b"\r\n\x1a\0\0\0"])
def test_the_end_mark_of_dos_is_no_row(end):
    assert list(read_sheet(b"name\r\nA\r\n" + end, "x.csv").rows) == [(2, ["A"])]


def test_text_formulas_are_unpacked_and_our_own_protection_is_not():
    data = b'name,phone\nA,"=""0049301"""\nB,"\'=""x"""\n'
    assert [cells[1] for _n, cells in read_sheet(data, "x.csv").rows] == ["0049301", '="x"']


def test_what_was_lost_before_is_said():
    data = b'name,phone\nA,4.91512E+12\nB,"4,9E+11"\nC,#N/A\nD,12E34\n'
    warnings = read_sheet(data, "x.csv").warnings
    assert "2 rows (2, 3) have numbers such as 4.91512E+12" in warnings[0]
    assert "1 row (4) has an error of a spreadsheet" in warnings[1]


def test_a_row_of_too_many_cells_is_refused_before_they_are_made():
    wide = "x" + "," * (MOST_SEPARATORS - 1)
    assert read(f"name,note\n{wide}\n{wide}\n")[0].row_count == 2
    assert "more than 20000 cells" in refusal(f"name,note\n{wide},,\n")
    spread = '"\n",' * (MOST_SEPARATORS + 1)
    assert "more than 20000 cells" in refusal(f"name,note\n{spread}\n")


def test_a_heading_that_is_too_wide_is_refused_before_the_rows_are_walked():
    def source():
        yield 1, ["name", *[""] * MAX_COLUMNS, "x"]
        for number in range(2, 1000):
            assert number < 200
            yield number, ["A"]

    with pytest.raises(UnreadableSheet, match="202 columns"):
        survey(source, "csv", choice=Choice(), knows=None, warnings=[])


@pytest.mark.parametrize(
    ("heading", "columns"),
    [
        ("Meal,Meal", ["Meal", "Meal (2)"]),
        ("Meal,meal,MEAL", ["Meal", "meal (2)", "MEAL (3)"]),
        ("Meal,Meal,Meal (2)", ["Meal", "Meal (3)", "Meal (2)"]),
        ("Meal (2),Meal,Meal", ["Meal (2)", "Meal", "Meal (3)"]),
        ("Column 2,,Meal", ["Column 2", "Column 2 (2)", "Meal"]),
        (",Column 1,Meal", ["Column 1 (2)", "Column 1", "Meal"]),
    ],
)
def test_columns_of_one_heading_are_all_kept_and_told_apart(heading, columns):
    cells = ["a", "b", "c"][: len(columns)]
    sheet = read_sheet(f"{heading}\n{','.join(cells)}\n".encode(), "x.csv")
    assert sheet.columns == columns
    assert list(sheet.rows) == [(2, cells)]
