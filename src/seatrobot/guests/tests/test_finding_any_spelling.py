"""However a name, a number or a number of a telephone is written, list and door find the guest."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from seatrobot import normalizing
from seatrobot.checkin import reading
from seatrobot.conftest import as_
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Search
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import CONFIRMED, Status
from seatrobot.kernel.ids import new_id
from seatrobot.normalizing import (
    clean_line,
    clean_text,
    find_near,
    index_letter,
    natural,
    normalized_name,
    search_text,
    sort_key,
    words,
)

APOSTROPHES = "'\u2018\u2019\u02bb\u02b9\u02bc\u02be\u02bf\u2032\u05f3`\u00b4\u201b\uff07\ua78c"
DOTS = ".\u00b7\u2027\u22c5\u2219"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u058a\u05be\u2043\ufe63\uff0d\u2e3a"
INVISIBLE = "\u200b\u200c\u200d\u00ad\u2060\ufeff\u200e\u200f\u061c\u034f\u180e\u2063\u3164\ufe0f"
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz")
NAMES = st.text(LETTERS, min_size=5, max_size=9)


def guest(first: str = "", last: str = "", **more: str) -> OpenGuest:
    record = GuestRecord(first_name=clean_line(first), last_name=clean_line(last), **more)
    return OpenGuest(
        new_id(),
        new_id(),
        None,
        None,
        *CONFIRMED,
        Status.CONFIRMED,
        None,
        record,
        record.search_text,
        record.sort_key,
        record.name_text,
    )


def listed(*guests: OpenGuest) -> GuestList:
    return GuestList({guest.id: guest for guest in guests}, {}, [], "1")


OTHERS = [guest("Zuzu", "Zyx"), guest("Wim", "Quux"), guest("Zz", "Qq", phone="+1 555 000 111")]


def is_found(person: OpenGuest, typed: str, *, at_the_door: bool = True) -> bool:
    everybody = listed(*OTHERS, person)
    by_list = Search(typed).find(everybody.by_name) == [person]
    by_door = not at_the_door or reading.find(everybody, typed).hits == [person]
    return by_list and by_door


@pytest.mark.parametrize("sign", APOSTROPHES)
def test_any_apostrophe_is_as_good_as_another_or_none(sign):
    for written, typed in itertools.product((f"O{sign}Brien", "OBrien"), repeat=2):
        assert is_found(guest("Conan", written), typed), (written, typed)
    assert words(f"O{sign}Brien") == "obrien"  # and not only as a typing error
    assert is_found(guest("Conan", f"O{sign}Brien"), "o'brien")
    assert is_found(guest("Conan", "O'Brien"), f"o{sign}brien")
    assert is_found(guest("Kea\u02bbli", f"Ka{sign}muster"), "keali kamuster")


@pytest.mark.parametrize("sign", DOTS)
def test_dots_make_no_difference(sign):
    assert words(f"Gal{sign}la") == "galla"
    assert is_found(guest("Marcel", f"Gal{sign}la"), "galla")
    assert is_found(guest("Marcel", "Galla"), f"gal{sign}la")


@pytest.mark.parametrize("sign", DASHES)
def test_any_dash_is_a_space(sign):
    assert words(f"Smith{sign}Jones") == "smith jones"
    for typed in ("smith jones", f"smith{sign}jones", "smith-jones", "jones smith", "smithjones"):
        assert is_found(guest("Ann", f"Smith{sign}Jones"), typed), typed
    assert is_found(guest("Ann", "Smith Jones"), f"smith{sign}jones")


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Guðrún Þórsdóttir", "gudrun thorsdottir"),
        ("Guðrún Þórsdóttir", "guthrun"),
        ("Əliyeva", "aliyeva"),
        ("Əliyeva", "eliyeva"),
        ("Łukasz Wałęsa", "lukasz walesa"),
        ("Søren Kierkegård", "soren kierkegard"),
        ("Søren Kierkegård", "soeren kierkegaard"),
        ("Ægir Œuvre", "aegir oeuvre"),
        ("Weiß", "weiss"),
        ("WEISS", "weiß"),
        ("Y\u0131ld\u0131z İnci", "yildiz inci"),
        ("Đặng Đoković", "dang dokovic"),
        ("Ħal Għajn", "hal ghajn"),
        ("Ŋuŋ Ŧate", "ngung tate"),
        ("Ɓala Ɗan Ƙasa", "bala dan kasa"),
        ("Ĺudovít", "ludovit"),
        ("ﬁlip", "filip"),
        ("\uff37\uff49\uff44\uff45", "wide"),
        ("Schumer, Charles", "charles schumer"),
        ("Charles Schumer", "schumer, charles"),
        ("Charles “Chuck” Schumer", "chuck schumer"),
        ("Anna (Anni) Test", "anni test"),
    ],
)
def test_letters_are_found_as_a_plain_keyboard_types_them(written, typed):
    first, _, last = written.rpartition(" ")
    assert all(word in guest(first, last).name_text for word in words(typed).split())
    assert is_found(guest(first, last), typed)


UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}


@given(st.lists(st.sampled_from([*"bcdfglmnrst", *UMLAUTS]), min_size=3, max_size=10))
@example(["j", "ä", "g", "e", "r", "m", "ü", "l", "l", "e", "r"])
def test_umlauts_are_found_spelled_out_plain_and_as_they_are(signs):
    as_it_is = "".join(signs)
    plain = "".join(unicodedata.normalize("NFD", sign)[0] for sign in signs)
    spelled = "".join(UMLAUTS.get(sign, sign) for sign in signs)
    for written, typed in itertools.product((as_it_is, spelled, as_it_is.upper()), repeat=2):
        assert words(typed) in search_text([written]), (written, typed)
        assert normalized_name(written) == normalized_name(typed)
    assert words(plain) in search_text([as_it_is])
    assert is_found(guest("Jo", "Jägermueller"), "jaegermüller")


@given(st.text(st.sampled_from(INVISIBLE), max_size=4), NAMES, st.integers(0, 9))
def test_invisible_signs_are_cleaned_out_of_latin_names(hidden, name, place):
    written = name[:place] + hidden + name[place:]
    assert clean_line(written) == name
    assert clean_text(f"{written}\n{written}") == f"{name}\n{name}"
    assert words(written) == name


@given(st.text(st.sampled_from([*INVISIBLE, " ", "\u2800", "\U000e0041", "\U000e0101"])))
def test_only_invisible_signs_are_nothing(hidden):
    assert clean_line(hidden) == ""
    assert clean_text(hidden) == ""


def test_every_format_sign_of_unicode_is_cleaned_or_seen():
    seen = {"ARABIC", "SYRIAC", "KAITHI"}  # signs of numbers and abbreviations, which have a form
    for code in range(0x110000):
        sign = chr(code)
        if unicodedata.category(sign) == "Cf" and clean_line(f"a{sign}b") != "ab":
            assert unicodedata.name(sign).split()[0] in seen, hex(code)


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخو\u0627\u0647م",
        "ක\u0dca\u200dෂ",
        "\u200fמשה",
        "👨\u200d👩\u200d👧",
        "❤\ufe0f",
        "葛\U000e0100城",
        "🏴\U000e0067\U000e0062\U000e007f",
    ],
)
def test_signs_that_change_what_is_seen_stay(text):
    assert clean_line(text) == text


def one_error(word: str) -> list[str]:
    """Return what comes of one letter more, one less, another one, or two that changed places."""
    found = [word[:i] + word[i + 1 :] for i in range(len(word))]
    found += [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    for letter in "qxz":
        found += [word[:i] + letter + word[i:] for i in range(len(word) + 1)]
        found += [word[:i] + letter + word[i + 1 :] for i in range(len(word))]
    return found


@given(NAMES)
@example("maria")
def test_one_typing_error_is_forgiven_and_two_are_not(name):
    text = search_text(["Ada", name])
    for typed in one_error(name):
        assert find_near(typed, [text], str) == [text], typed
    assert find_near(f"q{name[2:]}z7", [search_text(["Ada", f"12{name[2:]}34"])], str) == []


@pytest.mark.parametrize("typed", ["shumer", "schumr", "schumre", "sxhumer", "charles shumer"])
def test_list_and_door_forgive_one_typing_error(typed):
    assert is_found(guest("Charles", "Schumer"), typed)


@pytest.mark.parametrize("typed", ["ana", "kate", "-shumer", '"shumer"', "tag:shumer"])
def test_short_words_and_conditions_are_taken_as_they_are(typed):
    everybody = listed(*OTHERS, guest("Anna Kat", "Schumer"))
    assert Search(typed).similar(everybody.by_name, []) == []


def test_similar_names_are_offered_beside_a_few_exact_ones():
    schmidt, schmitt = guest("Ann", "Schmidt"), guest("Ben", "Schmitt")
    everybody = listed(schmidt, schmitt)
    found = Search("schmitt").find(everybody.by_name)
    assert found == [schmitt]
    assert Search("schmitt").similar(everybody.by_name, found) == [schmidt]


@st.composite
def spellings(draw: st.DrawFn) -> list[str]:
    """Return one telephone number as people write it: with the country, from inside it."""
    country, area = draw(st.sampled_from(["49", "1", "353", "44"])), draw(st.sampled_from("2789"))
    rest = draw(st.text(st.sampled_from("0123456789"), min_size=5, max_size=8))
    a, b = rest[:3], rest[3:]
    return [
        f"+{country} ({area}) {a}{b}",
        f"00{country}{area}{a}{b}",
        f"+{country} (0){area} {a}-{b}",
        f"00 {country} {area} {a}\u2013{b}",
        f"0{area} {a} {b}",
        f"(0{area}) {a}.{b}",
        f"0{area}/{a}{b}",
        f"+{country}\u00a0{area}\u202f{a}\u2011{b}",
    ]


@given(spellings())
@example(["+49 (30) 12", "004930 12", "030 12"])
def test_a_telephone_number_is_found_in_any_spelling(numbers):
    for written, typed in itertools.product(numbers, repeat=2):
        assert is_found(guest("Ada", "Byron", phone=written), typed, at_the_door=False), (
            written,
            typed,
        )
        shorter = typed[:-1] if len(normalizing.digits_of(typed)[0]) > 6 else typed
        assert normalizing.has_phone(written, shorter)


def test_another_number_is_not_found():
    ada = guest("Ada", "Byron", phone="+49 30 12345")
    for typed in ("+49 30 12346", "030 54321", "+44 30 99999", "0301 2345678"):
        assert not is_found(ada, typed, at_the_door=False)


def test_the_door_does_not_search_telephone_numbers():
    everybody = listed(*OTHERS, guest("Ada", "Byron", phone="+49 30 12345"))
    assert reading.find(everybody, "3012345").hits == []


def test_whoever_comes_with_a_guest_is_found_by_the_guests_name():
    from msgspec.structs import replace

    host, other = guest("Robert", "Aderholt"), guest("Bob", "Somebody")
    named = replace(guest("Caroline", "Aderman"), host_id=host.id)
    held = replace(guest(), host_id=host.id)
    everybody = listed(host, other, named, held)

    def found(typed: str) -> set[OpenGuest]:
        return {g.id for g in Search(typed).find(everybody.by_name)}

    assert found("aderholt") == {host.id, named.id, held.id}
    assert found("guest of robert") == {named.id, held.id}
    assert found("robert aderman") == {named.id}
    assert found("caroline") == {named.id}


@given(st.lists(st.sampled_from([*"aäbcdđeéßþłl\u02bb'1 2-中мאΣ😀~"]), max_size=4).map("".join))
def test_no_name_breaks_the_order(name):
    key = sort_key(name)
    assert (key == "") == (words(name) == "")
    assert index_letter(name) == "#" or index_letter(name).isalpha()


SORTED = [
    *("+Plus", "2 Guests", "10 Guests", "😀 Smile"),
    *("Abel", "Ægir", "Afro", "d'Angelo", "Đoković", "Drew", "Ełk", "ﬁlip", "Lee", "Łukasz"),
    *("Lumen", "O", "O'Brien", "Oeser", "\u02bbOkina", "Öz", "Thor", "Þórsdóttir", "Żuk"),
]


@given(st.permutations(SORTED))
def test_the_index_has_each_letter_once_in_the_order_of_the_list(names):
    ordered = sorted(names, key=lambda name: (sort_key(name), name))
    letters = [letter for letter, _group in itertools.groupby(map(index_letter, ordered))]
    assert letters == ["#", "A", "D", "E", "F", "L", "O", "T", "Z"]


def test_last_names_of_two_words_come_after_those_of_one():
    order = [("Van", "Zoe"), ("Van Dyke", "Ann"), ("Vandal", "Al")]
    assert sorted(order, key=lambda name: sort_key(*name)) == order


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_numbers_in_words_are_counted(numbers):
    texts = [f"table {number}" for number in numbers]
    assert sorted(texts, key=natural) == [f"table {number}" for number in sorted(numbers)]


def test_the_list_offers_similar_names_beside_a_few(client_of, alice, dinner):
    with as_(alice):
        for first, last in (("Ann", "Schmidt"), ("Ben", "Schmitt")):
            editing.add(
                actor=alice, event=dinner, record=GuestRecord(first_name=first, last_name=last)
            )
    url = reverse("guests:list", args=[dinner.organization_id, dinner.pk])
    page = client_of(alice).get(url, {"q": "schmitt"}).content.decode()
    table, _, similar = page.partition("Similar names:")
    assert "Ben Schmitt" in table
    assert "Ann Schmidt" not in table
    assert "Ann Schmidt" in similar
    assert "Similar names:" not in client_of(alice).get(url, {"q": "ann"}).content.decode()


@pytest.mark.parametrize(("first", "last"), [("J", "D"), ("J.", "D."), ("Ö", "Ü")])
def test_names_of_one_letter_are_found_by_both_letters_together(first, last):
    """At a door people type initials without a blank."""
    found, other = guest(first, last), guest("Jane", "Doe")
    typed = f"{first}{last}".replace(".", "").lower()
    for text in (typed, f"{typed[0]} {typed[1]}"):
        assert Search(text=text).find([found, other])[0] is found
    if typed == "jd":
        assert reading.find(listed(found, other), "jd").hits == [found]
