# ruff: noqa: RUF001  texts in their own scripts, and as they look when they were decoded wrongly
"""Texts that were decoded wrongly are found in any encoding, and texts that are right stay."""

import gettext
from pathlib import Path

import django
import pytest

from seatrobot.documents.misdecoding import is_suspect, repaired
from seatrobot.documents.reading import Choice, read_sheet

NAMES = [
    "Jürgen Müller",
    "François Noël",
    "Ångström Øystein",
    "Łukasz Żak",
    "Çelik Güneş",
    "Petr Dvořák",
    "Peña Núñez",
    "João São",
    "Þór Æsa",
    "Straße 12",
    "O’Neil",
    "“Bo” Li",
    "Élodie Àlp",
    "Đorđe Šimůnek",
    "Năstase Țepeș",
    "Иванов",
    "Елена Ёлкина",
    "Παπαδόπουλος",
    "Renée",
    "Ødegård",
]
ENCODINGS = ["windows-1252", "latin-1", "mac-roman", "cp850", "cp437", "windows-1250"]


def decoded_wrongly(text, encoding):
    """Return a text as programs show it that take UTF-8 for something else."""
    letters = []
    for byte in text.encode():
        try:
            letters.append(bytes([byte]).decode(encoding))
        except UnicodeDecodeError:
            letters.append(chr(byte))
    return "".join(letters)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "windows-1251", "windows-1254"])
@pytest.mark.parametrize("name", NAMES)
def test_what_was_decoded_wrongly_is_undone(name, encoding):
    wrong = decoded_wrongly(name, encoding)
    assert is_suspect(wrong)
    assert repaired(wrong) == name


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("JÃ¼rgen", "Jürgen"),
        ("FranÃ§ois", "François"),
        ("Oâ€™Neil", "O’Neil"),
        ("JÃƒÂ¼rgen", "Jürgen"),  # twice
        ("Jürgen FranÃ§ois", "Jürgen François"),  # half of it is right
        ("OndÅ™ej", "Ondřej"),
        ("Ä°brahim", "İbrahim"),
        ("caf\u00c3\u00a0 10Â°", "cafà 10°"),
    ],
)
def test_a_part_that_was_decoded_wrongly_is_undone(wrong, right):
    assert repaired(wrong) == right


@pytest.mark.parametrize(
    "text",
    [
        *NAMES,
        *map(str.upper, NAMES),
        "RENÉ’S",
        "“CAFÉ”",
        "CAFÉ™",
        "“‘René’”",
        "RĂŞINARI",
        "RÂŞNOV",
        "«Été»",
        "ÎLE-DE-FRANCE",
        "Ä–B",
        "10 °C",
        "Рёбра Рій",
        "田中 김",
    ],
)
def test_a_text_that_is_right_stays(text):
    assert repaired(text) == text


def test_no_word_of_thirty_languages_is_taken_for_one_that_was_decoded_wrongly():
    locales = Path(django.__file__).parent / "conf" / "locale"
    words = set()
    for catalogue in locales.glob("*/LC_MESSAGES/django.mo"):
        with catalogue.open("rb") as file:
            texts = gettext.GNUTranslations(file)._catalog.values()
        words |= {word for text in texts for word in text.split() if not word.isascii()}
    assert len(words) > 10_000
    wrong = {word for word in words | set(map(str.upper, words)) if repaired(word) != word}
    assert wrong == set()


TABLE = "Name,Straße\nJürgen Beispiel,1\nBo Li,2\nFrançois Exemple,3\n"


def test_a_list_says_what_was_decoded_wrongly_and_repairs_it_only_when_told():
    data = decoded_wrongly(TABLE, "windows-1252").encode()
    sheet = read_sheet(data, "x.csv")
    assert [cells[0] for _row, cells in sheet.rows] == [
        "JÃ¼rgen Beispiel",
        "Bo Li",
        "FranÃ§ois Exemple",
    ]
    assert sheet.misread == ("StraÃŸe", "Straße")
    assert sheet.warnings[0].startswith("3 rows (1, 2, 4) have texts that were decoded wrongly")
    mended = read_sheet(data, "x.csv", Choice(repair=True))
    assert mended.columns == ["Name", "Straße"]
    assert [cells[0] for _row, cells in mended.rows] == [
        "Jürgen Beispiel",
        "Bo Li",
        "François Exemple",
    ]
    assert "are repaired: “StraÃŸe” is read as “Straße”" in mended.warnings[0]
    right = read_sheet(TABLE.encode(), "x.csv", Choice(repair=True))
    assert (right.misread, right.warnings) == (None, [])
