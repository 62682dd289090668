import pytest

from seatrobot.guests.importing.names import split_name
from seatrobot.normalizing import clean_line, clean_text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Alma Adams", ("", "Alma", "Adams", "")),
        ("Rep. Sanford Bishop Jr.", ("Rep.", "Sanford", "Bishop", "Jr.")),
        ("Bishop, Sanford Jr.", ("", "Sanford", "Bishop", "Jr.")),
        ("Sanford Bishop, Jr.", ("", "Sanford", "Bishop", "Jr.")),
        ("Adams, Dr. Alma", ("Dr.", "Alma", "Adams", "")),
        ("Prof. Dr. Ludwig van Beethoven", ("Prof. Dr.", "Ludwig", "van Beethoven", "")),
        ("Maria de la Cruz", ("", "Maria", "de la Cruz", "")),
        ("Mary Jane Watson III", ("", "Mary Jane", "Watson", "III")),
        ("Van Morrison", ("", "Van", "Morrison", "")),
        ("Senator Adams", ("Senator", "", "Adams", "")),
        ("Cher", ("", "", "Cher", "")),
        ("山田 太郎", ("", "", "山田 太郎", "")),
        ("김대중", ("", "", "김대중", "")),
        ("דוד בן־גוריון", ("", "דוד", "בן־גוריון", "")),
        (",", ("", "", "", "")),
        ("Adams,", ("", "", "Adams", "")),
    ],
)
def test_a_whole_name_is_split(text, parts):
    assert split_name(text) == parts


def test_lines_are_tidied():
    assert clean_line("  Alma\u00a0 \tAdams\n") == "Alma Adams"
    assert clean_line("a\u202eb\u2066c\ufeff\x00") == "abc"
    persian = "\u0645\u06cc\u200c\u062e"
    assert clean_line(persian) == persian


def test_notes_keep_their_lines():
    assert clean_text(" a \r\n b\u2028c\t d ") == "a\nb\nc d"
