import io

import pytest
from pypdf import PdfReader

from seatrobot.documents.fonts import unprintable
from seatrobot.documents.pdf import (
    Occasion,
    Seated,
    SeatedTable,
    list_by_name,
    list_by_table,
    place_cards,
    table_cards,
)

DINNER = Occasion("Congressional Dinner", "13 June 2026", "Union Station", "Printed 11 June 2026")
MARKUP = '#panic("x") *b* $y$ <a> @ref \\ //'


def guest(number, name=None, **fields):
    name = name or f"Guest{number} Adams"
    return Seated(name, name, table=f"Table {number // 10 + 1}", seat=str(number % 10), **fields)


GUESTS = [guest(number, title="Senator") for number in range(25)]
TABLES = [SeatedTable(f"Table {n + 1}", GUESTS[n * 10 : n * 10 + 10]) for n in range(3)]
MAKERS = [
    (table_cards, TABLES),
    (place_cards, GUESTS),
    (list_by_table, TABLES),
    (list_by_name, GUESTS),
]


def pages(pdf):
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize(("make", "content"), MAKERS)
def test_every_guest_is_on_every_document(make, content):
    text = "\n".join(pages(make(DINNER, content)))
    for seated in GUESTS:
        assert seated.name in text


@pytest.mark.parametrize(("make", "content"), MAKERS)
@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_paper(make, content, paper, size):
    box = PdfReader(io.BytesIO(make(DINNER, content, paper))).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


@pytest.mark.parametrize(("make", "content"), MAKERS)
def test_nothing_is_a_document_too(make, content):
    assert make(DINNER, []).startswith(b"%PDF")


def test_one_page_per_table():
    texts = pages(table_cards(DINNER, TABLES))
    assert len(texts) == 3
    assert "Guest10 Adams" in texts[1]
    assert "Guest9 Adams" not in texts[1]


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_ten_cards_to_a_page(paper):
    texts = pages(place_cards(DINNER, GUESTS, paper))
    assert [text.count("Adams") for text in texts] == [10, 10, 5]
    assert "Table 1" in texts[0]
    assert "Seat 3" in texts[0]


def test_lists_have_running_headers_and_page_numbers():
    many = [guest(number) for number in range(300)]
    texts = pages(list_by_name(DINNER, many))
    assert len(texts) > 2
    for number, text in enumerate(texts, start=1):
        assert "CONGRESSIONAL DINNER" in text
        assert "Printed 11 June 2026" in text
        assert f"{number} / {len(texts)}" in text
    assert "300 guests" in texts[0]


@pytest.mark.parametrize("make", [place_cards, list_by_name])
def test_a_name_is_never_markup(make):
    assert MARKUP in "\n".join(pages(make(DINNER, [guest(1, MARKUP)])))


@pytest.mark.parametrize("name", ["W" * 200, "Karl-Theodor Maria " * 10, "\u0301" * 50, "", " "])
@pytest.mark.parametrize("make", [place_cards, list_by_name])
def test_no_name_breaks_the_page(make, name):
    assert len(pages(make(DINNER, [guest(1, name)]))) == 1


def test_an_endless_name_wraps():
    (text,) = pages(place_cards(DINNER, [guest(1, "W" * 200)]))
    lines = [line.count("W") for line in text.splitlines()]
    assert sum(lines) == 200
    assert max(lines) < 50


@pytest.mark.parametrize(
    "name", ["דוד בן־גוריון", "فاطمة الزهراء", "Nguyễn Thị Ánh", "毛泽东", "김대중", "Владимир"]
)
def test_names_of_every_script_are_set(name):
    for make in (place_cards, list_by_name):
        assert make(DINNER, [guest(1, name)]).startswith(b"%PDF")


def test_tables_with_a_name_of_their_own():
    (text,) = pages(table_cards(DINNER, [SeatedTable("Friends of the Museum", GUESTS[:2])]))
    assert text.count("Friends of the Museum") == 2


def test_the_index_has_each_letter_once_in_the_order_of_the_list():
    names = [
        "Łukasz, Jan",
        "Lee, Ann",
        "Æbel, Bo",
        "Abel, Al",
        "Đoković, N.",
        "Drew, X",
        "10 Q",
        "+",
    ]
    names += ["\u02bbOkina, K", "O, Sandra", "O'Brien, C", "Guest of Bo Li", "ﬁsher, F", "Fox, M"]
    text = "\n".join(pages(list_by_name(DINNER, [guest(0, name) for name in reversed(names)])))
    lines = text.split("\n")
    letters = [line for line in lines if len(line) == 1 and (line.isupper() or line == "#")]
    assert letters == ["#", "A", "D", "F", "G", "L", "O"]
    assert text.index("Lee") < text.index("kasz")
    assert text.index("O, Sandra") < text.index("Brien")


def test_signs_that_no_font_has_are_told():
    nowhere = "\u0378"  # a code point that is not assigned
    fine = [
        "Ann",
        "Jos\u00e9 Mu\u00f1oz",
        "Nguy\u1ec5n",
        "\u0391\u03b8\u03b7\u03bd\u03ac",
        "a\u0301",
    ]
    assert unprintable([*fine, f"Ann{nowhere}", f"{nowhere}a\u0301"]) == [
        f"Ann{nowhere}",
        f"{nowhere}a\u0301",
    ]
    assert unprintable(fine) == []
