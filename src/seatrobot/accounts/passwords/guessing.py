"""Whether a password is one that guessers try early, told without a network.

Nobody guesses letter by letter: lists of common passwords are tried first, then what people make of
them to satisfy a length: twice the same, a row of the keyboard behind it, a year, a name. So a
password is cut into such parts, and refused when very few of them make all of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator

FEWEST_PARTS = 3
"""A password that two parts make up is refused; repeating them adds nothing."""
SHORTEST_WORD = 3
SHORTEST_RUN = 3
LONGEST_NUMBER = 8
LONGEST_UNIT = 8
"""Repeating so few characters makes no password, whatever they are."""
LONGEST_CHECKED = 64
LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
WALKS = (*ROWS, *(row[::-1] for row in ROWS))
CONTEXT = ("seatrobot", "seat", "robot")


def is_easy(password: str, about: Iterable[str] = ()) -> bool:
    """Return whether a guesser who knows `about` (names, addresses) would try this early."""
    folded = unicodedata.normalize("NFKC", password).casefold()[:LONGEST_CHECKED]
    own = words_of(about)
    texts = {folded, folded.translate(LOOKALIKES)}
    if any(len(_unit(text)) <= min(LONGEST_UNIT, len(text) // 2) for text in texts):
        return True
    texts |= {_unit(text) for text in texts}
    return any(_parts(text, own) < FEWEST_PARTS for text in texts)


def words_of(about: Iterable[str]) -> frozenset[str]:
    """Return the words in names and addresses, and the product's own."""
    texts = [unicodedata.normalize("NFKC", text).casefold() for text in about]
    words = {word for text in texts for word in re.split(r"[\W_]+", text)}
    joined = {re.sub(r"[\W_]+", "", text) for text in texts}
    return frozenset({word for word in words | joined if len(word) >= SHORTEST_WORD} | {*CONTEXT})


def _unit(text: str) -> str:
    """Return the shortest beginning of which the whole text is a repetition."""
    place = (text + text).find(text, 1)
    return text[:place] if text else text


def _parts(text: str, own: frozenset[str]) -> int:
    """Return the fewest parts that make up the text; own words, runs and signs count nothing."""
    never = len(text) + FEWEST_PARTS
    fewest = [0, *([never] * len(text))]
    for end in range(1, len(text) + 1):
        fewest[end] = min(
            (
                fewest[start] + cost
                for start in range(end)
                if (cost := _cost(text[start:end], own)) is not None
            ),
            default=never,
        )
    return fewest[-1]


def _cost(part: str, own: frozenset[str]) -> int | None:
    if part in own or _is_run(part) or (len(part) == 1 and not part.isalnum()):
        return 0
    is_number = part.isdecimal() and len(part) <= LONGEST_NUMBER
    is_word = len(part) >= SHORTEST_WORD and part in _common()
    return 1 if is_number or is_word else None


def _is_run(part: str) -> bool:
    if len(part) < SHORTEST_RUN:
        return False
    return len(set(part)) == 1 or any(part in row for row in WALKS)


@cache
def _common() -> frozenset[str]:
    """Return Django's 20,000 common passwords (by Royce Williams, from breaches)."""
    return frozenset(CommonPasswordValidator().passwords)
