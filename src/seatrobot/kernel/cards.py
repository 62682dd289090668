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
from functools import lru_cache
from itertools import accumulate, pairwise
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
FEWEST, MOST = 12, 19
SEEN = 6, 4
"""Digits that stay at the beginning and at the end of a number that is cut."""
LONGEST_PHONE = 15
"""Digits of a phone number with its country's code (ITU-T E.164)."""


def _by_beginning() -> dict[str, dict[int, str]]:
    """Return the brand by the first four digits of a number and its length."""
    known: dict[str, dict[int, str]] = {}
    for number in range(10_000):
        start = f"{number:04}"
        for brand, pattern, lengths in BRANDS:
            if re.match(pattern, start):
                known.setdefault(start, {})
                for length in lengths:
                    known[start].setdefault(length, brand)
    for number in range(4000, 5000):
        known[str(number)][_OLD_VISA] = "visa"
    return known


_OLD_VISA = 13
_BEGINNINGS = _by_beginning()
_SEPARATORS = r"""[-\t\n\r .,:;/\\|_*'"()\[\]{}<>+~#!?&]"""
_NUMBER = re.compile(rf"\d(?:{_SEPARATORS}{{0,8}}\d){{{FEWEST - 1},}}")
_GROUP = re.compile(r"\d+")
_WORD_BEFORE = re.compile(r"[^\W_]$|@$|[A-Za-z0-9][-._/]$")
_WORD_AFTER = re.compile(r"[^\W_]|@|[-_/][A-Za-z0-9]|\.\d")
_LIST_NUMBER = re.compile(r"(?:^|[\s(])[1-9]\d?[.)]$|(?:^|[\s(])\d{1,3}-$")
_DATE = re.compile(r"\b(?:\d{1,2}[-./]\d{1,2}[-./]|\d{4}-\d{2}-)\d{2,4}[-./_]$")
_CODES = re.compile(
    r"(?:[-/|;:,. ]{1,3}(?:0[1-9]|1[0-2])[-/. ]?(?:20)?\d\d(?:[-/|;:,. ]{1,3}\d{3,4})?"
    r"|[-/|;:,. ]{1,3}\d{3,4})(?![\w@]|[-./_]\d)"
)
"""The month and year in which a card ends, and the number on its back."""
_PLUS = re.compile(r"\+[\d\s().-]{0,8}$")
_PLUS_INSIDE = re.compile(r"[^\d]\+|\+[^\d]")
_CARD_BEFORE = re.compile(
    r"(?:visa|master|mastercard|maestro|amex|discover|diners|jcb|union ?pay|card|karte|carte|carta"
    r"|tarjeta|pan|cc|cvv|kk|no|nr|num|number|nummer)[\W_]{0,3}$",
    re.IGNORECASE,
)
_STRIPE = re.compile(
    rf"[Bb](\d(?: ?\d){{{FEWEST - 1},{MOST - 1}}})\^|(?<!\d)(\d{{{FEWEST},{MOST}}})=\d{{7}}"
)
"""A number as the magnetic stripe has it, on its first or second track (ISO/IEC 7813)."""
_IN_NAMES = re.compile(r"(?<=[A-Za-z])[-_.+ ]+(?=\d)|(?<=\d)[-_.+ ]+(?=[A-Za-z])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_UUID = re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")
_FEWEST_BYTES = 2 * FEWEST
_LONG = 1 << 20
"""Bytes of a record from which on its texts are looked at without counting: it holds a file."""
_ASCII_DIGITS = b"0123456789"
_HIGH = bytes(range(0x80, 0x100))
_DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))
"""What a digit counts for the check digit when it is doubled, the digits of the result added."""


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
    parts, last = [], 0
    for start, end, _brand in find(text):
        digits = [sign for sign in text[start:end] if sign.isdigit()]
        seen = "".join(digits[: SEEN[0]]) + "…" + "".join(digits[-SEEN[1] :])
        parts += [text[last:start], seen]
        last = end
    return "".join([*parts, text[last:]]) if parts else text


def find_in_name(name: str) -> list[Found]:
    """Return the numbers of cards in the name of a file, in which signs part words and numbers."""
    return find(_IN_NAMES.sub(lambda sign: " " * len(sign[0]), name))


def numbers_in(text: str) -> set[str]:
    """Return the digits of the cards in a text."""
    return {
        "".join(sign for sign in text[start:end] if sign.isdigit())
        for start, end, _brand in find(text)
    }


def refuse(text: str, field: str = "", label: object = "") -> None:
    """Raise CardNumber when a text that would be kept has one."""
    if find(text):
        raise CardNumber(field, label)


def refuse_record(record: msgspec.Struct, encoded: bytes) -> None:
    """Raise CardNumber, with the field, when a record has one, or has it over the parts of a name.

    Other fields are not joined: a phone number and a reference often give one together.
    encoded: the same record as bytes, in which digits are counted first.
    """
    if not _may_hold(encoded):
        return
    texts = list(_texts(record, ""))
    for field, text in texts:
        refuse(text, field)
    named = [(field, text) for field, text in texts if field.endswith("name") and text]
    if len(named) > 1 and find(" ".join(text for _field, text in named)):
        raise CardNumber(named[0][0])


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
    """Return the text as ASCII where digits, spaces and signs are concerned, and their places."""
    if text.isascii():
        return text, range(len(text))
    signs, places = [], []
    for place, sign in enumerate(text):
        plain = sign if sign.isascii() else _plain_sign(sign)
        signs.append(plain)
        places += [place] * len(plain)
    return "".join(signs), places


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    """Return what a sign stands for: digits, a space, a dash, a bar for another sign, or nothing.

    Marks over, under and around a digit are nothing, as signs that nobody sees.
    """
    category = unicodedata.category(sign)
    if is_unseen(sign) or category in {"Mn", "Me"}:
        return ""
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    known = unicodedata.normalize("NFKC", sign)
    if known.isascii():
        return known
    if category in {"Zs", "Zl", "Zp"}:
        return " "
    if category == "Pd" or sign in "−·•":  # noqa: RUF001  what people type for a dash
        return "-"
    return sign if category[0] in "LN" else "|"


def _in_plain(plain: str) -> Iterator[tuple[int, int, str]]:
    """Give the cards in a text, in their order; identifiers and bank accounts are passed over."""
    plain = _IBAN.sub(_covered_if_iban, _UUID.sub(_covered, plain))
    found: list[tuple[int, int, str]] = []
    for run in _NUMBER.finditer(plain):
        found += _in_run(plain, run.start(), run.end())
    if "=" in plain or "^" in plain:
        found += _on_stripes(plain, found)
        found.sort()
    yield from found


def _covered(match: re.Match[str]) -> str:
    return "x" * len(match[0])


def _covered_if_iban(match: re.Match[str]) -> str:
    return _covered(match) if _is_iban(match[0]) else match[0]


def _on_stripes(plain: str, found: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Give the cards that stand as on a magnetic stripe and were not found otherwise."""
    known = {start for start, _end, _brand in found}
    for each in _STRIPE.finditer(plain):
        start, end = each.span(1) if each[1] else each.span(2)
        digits = plain[start:end].replace(" ", "")
        brand = _BEGINNINGS.get(digits[:4], {}).get(len(digits))
        if brand and start not in known and _is_luhn(digits):
            yield start, end, brand


def _in_run(plain: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Give the cards in a run of digits and separators, the longest from each group's beginning.

    digits: those of the run; groups begin and end where others of them do. Sums for the check digit
    are of all digits before a place, with those at even places doubled, or those at odd ones.
    """
    groups = [each.span() for each in _GROUP.finditer(plain, start, end)]
    digits = "".join([plain[first:last] for first, last in groups])
    offsets = list(accumulate((last - first for first, last in groups), initial=0))
    ends = {offset: number for number, offset in enumerate(offsets)}
    singles, doubles = list(map(int, digits)), [_DOUBLED[digit] for digit in digits]
    sums = [
        list(accumulate(_alternating(doubles, singles), initial=0)),
        list(accumulate(_alternating(singles, doubles), initial=0)),
    ]
    run = _Run(plain, groups, digits, offsets)
    free = 0
    for first, offset in enumerate(offsets[:-1]):
        if first < free:
            continue
        lengths = _BEGINNINGS.get(digits[offset : offset + 4])
        if lengths is None:
            continue
        for length in sorted(lengths, reverse=True):
            over = ends.get(offset + length)
            if over is None:
                continue
            counted = sums[(offset + length) % 2]
            if (counted[offset + length] - counted[offset]) % 10:
                continue
            if run.is_card(first, over - 1, lengths[length]):
                yield groups[first][0], groups[over - 1][1], lengths[length]
                free = over
                break


def _alternating(even: list[int], odd: list[int]) -> list[int]:
    mixed = even[:]
    mixed[1::2] = odd[1::2]
    return mixed


class _Run(NamedTuple):
    """Digits and separators of a text, and what says whether a part of them is a card."""

    plain: str
    groups: list[tuple[int, int]]
    digits: str
    offsets: list[int]

    def is_card(self, first: int, last: int, brand: str) -> bool:
        """Whether groups with the beginning, length and check digit of a card are one."""
        start, end = self.groups[first][0], self.groups[last][1]
        digits = self.digits[self.offsets[first] : self.offsets[last + 1]]
        before = self.plain[max(0, start - 24) : start]
        if len(set(digits)) < 2:  # noqa: PLR2004  one digit over and over
            return False
        is_old = len(digits) == _OLD_VISA and brand == "visa"
        if is_old and set(digits[1:]) != {"2"} and not _CARD_BEFORE.search(before):
            return False  # numbers of goods and phones are as long and begin alike
        if _PLUS_INSIDE.search(self.plain, start, end):
            return False
        return self._is_grouped(first, last) and self._is_apart(first, last, before, len(digits))

    def _is_grouped(self, first: int, last: int) -> bool:
        """Whether digits stand in groups as people write them: by four, one by one, by brand.

        Other groups are alike and with one sign between them, and nothing follows.
        """
        sizes = [end - start for start, end in self.groups[first : last + 1]]
        if len(sizes) == 1 or set(sizes) == {1} or tuple(sizes) in _GROUPINGS:
            return True
        if all(total % 4 == 0 for total in accumulate(sizes[:-1])):
            return True
        is_even = len(set(sizes[:-1])) == 1 and sizes[0] in {2, 3, 5} and sizes[-1] <= sizes[0] + 1
        if not is_even or first or last + 1 < len(self.groups):
            return False
        between = {
            self.plain[one[1] : other[0]] for one, other in pairwise(self.groups[first : last + 1])
        }
        return len(between) == 1

    def _is_apart(self, first: int, last: int, before: str, length: int) -> bool:
        """Whether it is no part of a longer word or number, unless a word for a card precedes."""
        end = self.groups[last][1]
        after = self.plain[end : end + 4]
        if _CARD_BEFORE.search(before):
            return not after[:1].isalnum()
        if length <= LONGEST_PHONE and _PLUS.search(before):
            return False
        if not (_LIST_NUMBER.search(before) or _DATE.search(before)):
            if first > 0 and before[-1:] in "-./_":
                return False
            if _WORD_BEFORE.search(before):
                return False
        if last + 1 < len(self.groups) and after[:1] in "-./_":
            return _CODES.match(self.plain, end) is not None
        return not _WORD_AFTER.match(after)


def _is_luhn(digits: str) -> bool:
    doubled = sum(_DOUBLED[digit] for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


_GROUPINGS = {(4, 6, 5), (4, 6, 4), (6, 13), (6, 10), (5, 5, 5), (3, 4, 4, 4), (4, 4, 4, 3)}


def _is_iban(text: str) -> bool:
    """Whether a text is an IBAN: its letters as numbers leave 1 when divided by 97 (ISO 13616)."""
    plain = text.replace(" ", "")
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
