"""A whole name in one cell, split into title, first name, last name and suffix."""

import re
import unicodedata
from typing import NamedTuple

from seatrobot.normalizing import fold

TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof professor rep representative sen senator hon honorable honourable
    the sir dame lord lady rev reverend fr father sr sister rabbi imam bishop judge justice
    ambassador amb president governor gov mayor minister gen general col colonel maj major capt
    captain lt sgt herr frau m mme madame mlle monsieur senor senora sra srta don dona signor
    signora sig dott dhr mevr ing mag dipl-ing
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
SUFFIXES = frozenset(
    ["jr", "sr", "ii", "iii", "iv", "v", "phd", "md", "esq", "esquire", "mba", "dds", "jd", "rn"]
)
PARTICLES = frozenset(
    """
    van von der den de del della di da do dos das du la le los las ter ten zu zum zur af av bin
    ibn bint al el san santa saint st mac ap o
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_UNSPLIT = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Name(NamedTuple):
    """The parts of a name; what is not there is empty."""

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    suffix: str = ""


def split_name(text: str) -> Name:
    """Split "Rep. Ludwig van Beethoven Jr." or "Beethoven, Ludwig van"; nothing gets lost.

    A single word, and a name in Chinese, Japanese or Korean script (whose order differs), is kept
    whole as the last name.
    """
    if _UNSPLIT.search(unicodedata.normalize("NFC", text)):
        return Name(last_name=text)
    if "," in text:
        return _split_at_comma(text)
    words = text.split()
    title = _take_titles(words)
    suffix = _take_suffixes(words)
    start = _start_of_last_name(words)
    return Name(title, " ".join(words[:start]), " ".join(words[start:]), suffix)


def _split_at_comma(text: str) -> Name:
    """Split "Bishop, Sanford Jr." and "Sanford Bishop, Jr."."""
    head, *tail = [part.strip() for part in text.split(",") if part.strip()] or [""]
    if not tail:
        return split_name(head)
    if all(_plain(word) in SUFFIXES for part in tail for word in part.split()):
        return split_name(head)._replace(suffix=", ".join(tail))
    last = head.split()
    title = _take_titles(last) if len(last) > 1 else ""
    given = " ".join(tail).split()
    suffix = _take_suffixes(given)
    inner = _take_titles(given) if len(given) > 1 else ""
    whole = " ".join(filter(None, (title, inner)))
    return Name(whole, " ".join(given), " ".join(last), suffix)


def _take_titles(words: list[str]) -> str:
    taken = []
    while len(words) > 1 and _plain(words[0]) in TITLES:
        taken.append(words.pop(0))
    return " ".join(taken)


def _take_suffixes(words: list[str]) -> str:
    taken: list[str] = []
    while len(words) > 1 and _plain(words[-1]) in SUFFIXES:
        taken.insert(0, words.pop())
    return " ".join(taken)


def _start_of_last_name(words: list[str]) -> int:
    """Return where the last name begins: its last word, and the small words that lead to it."""
    start = max(len(words) - 1, 0)
    while start > 1 and _plain(words[start - 1]) in PARTICLES:
        start -= 1
    return start


def _plain(word: str) -> str:
    return fold(word).replace(".", "").rstrip(",")
