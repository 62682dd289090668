"""Numbers of payment cards: found in text, refused where text is kept, cut where it is logged.

A number counts as one of a card when it begins and is as long as those of a brand, its check digit
is right (ISO/IEC 7812-1, Luhn), and its digits are written together or in groups as cards have
them. Digits of any script count, and signs that nobody sees between them do not. A number of a bank
account (IBAN) is none, nor what is part of a longer word or number, such as a UUID or a phone
number with its plus sign.

No number is ever in a sentence of ours: `scrubbed` leaves the first six and the last four digits,
as PCI DSS 3.4.1 allows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec
from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import is_unseen

BRANDS = [
    ("visa", r"4", (16, 18, 19)),
    ("mastercard", r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    ("american express", r"3[47]", (15,)),
    ("discover", r"6011|62212[6-9]|64[4-9]|65", (16, 17, 18, 19)),
    ("diners club", r"30[0-5]|3095|36|3[89]", (14, 16, 17, 18, 19)),
    ("jcb", r"35(?:2[89]|[3-8])", (16, 17, 18, 19)),
    ("jcb", r"2131|1800", (15,)),
    ("unionpay", r"62|81", (16, 17, 18, 19)),
    ("maestro", r"50(?:00|1[89]|20|38)|5[6-9]|63|67", (16, 17, 18, 19)),
    ("maestro", r"50(?:18|20|38)|6304|6759|676[1-3]", (12, 13, 14, 15)),
    ("mir", r"220[0-4]", (16, 17, 18, 19)),
    ("rupay", r"508[5-9]|60(?:69|7|8)|82", (16,)),
    ("verve", r"506[01]|650[0-2]", (16, 18, 19)),
    ("troy", r"9792", (16,)),
    ("elo", r"50(?:6[67]|9)|6362|6363|6516|6550", (16,)),
]
"""Name, beginnings and lengths, of ranges in public use."""
_BRANDS = [(brand, re.compile(start), lengths) for brand, start, lengths in BRANDS]
FEWEST, MOST = 12, 19
SEEN = 6, 4
"""Digits that stay at the beginning and at the end of a number that is cut."""

_SEPARATORS = r"[ \t\n\r.\-/_,;:|*'()]"
_NUMBER = re.compile(rf"\d(?:{_SEPARATORS}{{0,4}}\d){{{FEWEST - 1},}}")
_WORD_BEFORE = re.compile(r"[\w+@=]$|[A-Za-z0-9][-._/]$|\+[\d\s().-]{0,8}$")
_CARD_BEFORE = re.compile(
    r"(?:visa|master|mastercard|maestro|amex|discover|diners|jcb|union ?pay|card|karte|carte|carta"
    r"|tarjeta|pan|cc|cvv|kk|no|nr|num|number|nummer)[\W_]{0,3}$",
    re.IGNORECASE,
)
_WORD_AFTER = re.compile(r"\w|[@=]|[-_/][A-Za-z0-9]|\.\d")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_OLD_VISA = re.compile(r"4\d{12}")
_FEWEST_BYTES = 2 * FEWEST
_LONG = 1 << 20
"""Bytes of a record from which on its texts are looked at without counting: it holds a file."""
_ASCII_DIGITS = b"0123456789"
_HIGH = bytes(range(0x80, 0x100))


class Found(NamedTuple):
    """Where a number begins and ends in a text, and whose it would be."""

    start: int
    end: int
    brand: str


class CardNumber(Refused):
    """A text that would be kept holds the number of a payment card."""

    status = 422

    def __init__(self, field: str = "", label: object = "") -> None:
        if name := str(label) or field.replace("_", " ").capitalize():
            sentence = _(
                "“%(field)s” has what looks like the number of a payment card. Such numbers are not"
                " kept here: leave it out."
            ) % {"field": name}
        else:
            sentence = _(
                "This has what looks like the number of a payment card. Such numbers are not kept"
                " here: leave it out."
            )
        super().__init__(sentence, field=field)


def find(text: str) -> list[Found]:
    """Return the numbers of cards in a text, in their order."""
    if len(text) < FEWEST or not _has_digits(text):
        return []
    plain, places = _plain(text)
    return [
        Found(places[start], places[end - 1] + 1, brand) for start, end, brand in _in_plain(plain)
    ]


def scrubbed(text: str) -> str:
    """Return a text whose numbers of cards are cut to their first six and last four digits."""
    for start, end, _brand in reversed(find(text)):
        digits = [sign for sign in text[start:end] if sign.isdigit()]
        seen = "".join(digits[: SEEN[0]]) + "…" + "".join(digits[-SEEN[1] :])
        text = text[:start] + seen + text[end:]
    return text


def refuse(text: str, field: str = "", label: object = "") -> None:
    """Raise CardNumber when a text that would be kept has one."""
    if find(text):
        raise CardNumber(field, label)


def refuse_record(record: msgspec.Struct, encoded: bytes) -> None:
    """Raise CardNumber, with the field, when a record has one, or has it over several fields.

    encoded: the same record as bytes, in which digits are counted first.
    """
    if not _may_hold(encoded):
        return
    texts = list(_texts(record, ""))
    for field, text in texts:
        refuse(text, field)
    if len(texts) > 1 and find(" ".join(text for _field, text in texts if len(text) <= MOST)):
        raise CardNumber


def cut_record(record: Any) -> Any:
    """Return a record, or part of one, with the numbers of cards in its texts cut."""
    if isinstance(record, str):
        return scrubbed(record)
    if isinstance(record, msgspec.Struct):
        values = {name: getattr(record, name) for name in record.__struct_fields__}
        return type(record)(**{name: cut_record(value) for name, value in values.items()})
    if isinstance(record, dict):
        return {cut_record(key): cut_record(value) for key, value in record.items()}
    if isinstance(record, (list, tuple, set, frozenset)):
        return type(record)(cut_record(value) for value in record)
    return record


def count(record: Any) -> int:
    """Return how many numbers of cards the texts of a record hold."""
    return sum(len(find(text)) for _field, text in _texts(record, ""))


def _may_hold(encoded: bytes) -> bool:
    """Whether bytes have enough digits, or enough bytes that may be digits of other scripts."""
    if len(encoded) > _LONG:
        return True
    digits = len(encoded) - len(encoded.translate(None, _ASCII_DIGITS))
    high = len(encoded) - len(encoded.translate(None, _HIGH))
    return 2 * digits + high >= _FEWEST_BYTES


def _texts(value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Give every text of a record with the name of its field."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name), name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key, field)
            yield from _texts(inner, field or str(key))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from _texts(inner, field)


def _has_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= FEWEST


def _plain(text: str) -> tuple[str, list[int] | range]:
    """Return the text with digits, spaces and dashes of any script as ASCII, and their places."""
    if text.isascii():
        return text, range(len(text))
    signs, places = [], []
    for place, sign in enumerate(text):
        if not sign.isascii():
            if is_unseen(sign):
                continue
            category = unicodedata.category(sign)
            digit = unicodedata.digit(sign, None)
            if digit is not None:
                sign = str(digit)  # noqa: PLW2901  the same sign in ASCII
            elif category in {"Zs", "Zl", "Zp"}:
                sign = " "  # noqa: PLW2901
            elif category == "Pd" or sign in "−·•":  # noqa: RUF001  what people type for a dash
                sign = "-"  # noqa: PLW2901
        signs.append(sign)
        places.append(place)
    return "".join(signs), places


def _in_plain(plain: str) -> Iterator[tuple[int, int, str]]:
    accounts = [each.span() for each in _IBAN.finditer(plain) if _is_iban(each.group())]
    for run in _NUMBER.finditer(plain):
        found = _in_run(plain, run.start(), run.end())
        for start, end, brand in found:
            if not any(first <= start < last for first, last in accounts):
                yield start, end, brand


def _in_run(plain: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Give the cards in a run of digits and separators, the longest from each group's beginning."""
    groups = [
        (each.start() + start, each.end() + start) for each in _GROUP.finditer(plain[start:end])
    ]
    first = 0
    while first < len(groups):
        last = _card_from(plain, groups, first)
        if last is None:
            first += 1
            continue
        yield groups[first][0], groups[last[0]][1], last[1]
        first = last[0] + 1


_GROUP = re.compile(r"\d+")


def _card_from(plain: str, groups: list[tuple[int, int]], first: int) -> tuple[int, str] | None:
    """Return the last group of a card that begins with a group, and its brand."""
    begins = groups[first][0]
    best, digits, sizes = None, "", []
    for last in range(first, len(groups)):
        start, end = groups[last]
        digits += plain[start:end]
        sizes.append(end - start)
        if len(digits) > MOST:
            break
        if len(digits) >= FEWEST and (brand := _brand(digits, plain[max(0, begins - 20) : begins])):
            is_apart = _is_apart(plain, begins, end, is_inside=(first > 0, last + 1 < len(groups)))
            if _is_grouped(sizes) and is_apart:
                best = last, brand
    return best


def _is_apart(plain: str, start: int, end: int, is_inside: tuple[bool, bool]) -> bool:
    """Whether a number is no part of a longer word or number, unless a word for a card precedes."""
    before, after = plain[max(0, start - 20) : start], plain[end : end + 2]
    if _CARD_BEFORE.search(before):
        return not after[:1].isalnum()
    if (is_inside[0] and before[-1:] in "-./_") or (is_inside[1] and after[:1] in "-./_"):
        return False
    return not _WORD_BEFORE.search(before) and not _WORD_AFTER.match(after)


def _brand(digits: str, before: str) -> str:
    """Return whose number it would be, "" for none."""
    if len(set(digits)) < 2 or not _is_luhn(digits):  # noqa: PLR2004  one digit over and over
        return ""
    for brand, start, lengths in _BRANDS:
        if len(digits) in lengths and start.match(digits):
            return brand
    if _OLD_VISA.fullmatch(digits) and (set(digits[1:]) == {"2"} or _CARD_BEFORE.search(before)):
        return "visa"  # numbers of goods and phones are as long and begin alike
    return ""


def _is_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2  # noqa: PLR2004  two digits are added up
        total += value
    return total % 10 == 0


_GROUPINGS = {(4, 6, 5), (4, 6, 4), (6, 13), (6, 10), (5, 5, 5), (3, 4, 4, 4), (4, 4, 4, 3)}


def _is_grouped(sizes: list[int]) -> bool:
    """Whether digits stand in groups as on a card: together, by four, one by one, or by brand."""
    if len(sizes) == 1 or set(sizes) == {1} or tuple(sizes) in _GROUPINGS:
        return True
    return all(total % 4 == 0 for total in accumulate(sizes[:-1]))


def _is_iban(text: str) -> bool:
    """Whether a text is an IBAN: its letters as numbers leave 1 when divided by 97 (ISO 13616)."""
    plain = text.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
