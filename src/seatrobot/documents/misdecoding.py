# ruff: noqa: RUF001, RUF002  signs as they look where they were decoded wrongly
"""Texts that were decoded wrongly before they came: "JÃ¼rgen" for "Jürgen", "â€™" for "’".

Such a text was UTF-8 and was read in an encoding with one byte for each letter. It is found by
undoing that: letters that stand for bytes of that encoding which are UTF-8 again, and there a
letter or sign that lists of people have. Where all that is not ASCII can be undone, and that is
more than one sign, nothing else is asked; else each place must look unlike a word that is right.
Nothing is repaired unless a person says so.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache, partial
from typing import NamedTuple

_FIRST_BEYOND_ASCII = 0x80
_CONTINUES = range(0x80, 0xC0)
_LEADS = {2: range(0xC2, 0xE0), 3: range(0xE0, 0xF0), 4: range(0xF0, 0xF5)}
_QUOTES = frozenset("’‘“”–—…™›»«‹®\u00a0")
"""Signs that stand beside a letter in texts that are right: RENÉ’S, “CAFÉ”, CAFÉ™."""
_NEVER_RIGHT = ("Ã", "â€", "√", "ƒ", "≈", "¬", "├", "┼", "─", "┬", "ÔÇ", "ΓÇ")
"""What letters that were decoded wrongly begin with, and words that are right never hold."""
_MOST_TURNS = 3
_ODD = [
    "IPA",
    "MODIFIER",
    "PRIVATE",
    "REPLACEMENT",
    "COMBINING",
    "NKO",
    "SYRIAC",
    "THAANA",
    "CLICK",
    "ARMENIAN",
    "SYLLABICS",
]
_GOOD_SIGNS = frozenset("’‘“”„–—…•€™©®°·«»‹›¡¿§£´º¹²³½¼¾\u00a0\ufeff✓✔★♥❤→")


def _table(codec: str, *, fills: bool = False) -> dict[str, int]:
    """Return letter -> byte of an encoding. fills: what it does not define stands for itself."""
    found = {}
    for byte in range(_FIRST_BEYOND_ASCII, 256):
        try:
            found[bytes([byte]).decode(codec)] = byte
        except UnicodeDecodeError:
            if fills:
                found[chr(byte)] = byte
    return found


def _pattern(table: dict[str, int]) -> re.Pattern[str]:
    """Return what matches letters that stand for one sign of UTF-8."""

    def among(bytes_: range) -> str:
        letters = "".join(letter for letter, byte in table.items() if byte in bytes_)
        return f"[{re.escape(letters)}]"

    rest = among(_CONTINUES)
    return re.compile(
        "|".join(f"{among(lead)}{rest * (size - 1)}" for size, lead in _LEADS.items())
    )


_LATIN = {chr(byte): byte for byte in range(_FIRST_BEYOND_ASCII, 256)}


class _Codec(NamedTuple):
    """An encoding: which byte each letter is, and what matches the letters of one sign."""

    bytes_of: dict[str, int]
    pattern: re.Pattern[str]
    is_cyrillic: bool = False

    def sign(self, letters: str) -> str:
        """Return the sign that letters stand for, "" for none that a list of people has."""
        try:
            sign = bytes(self.bytes_of[letter] for letter in letters).decode("utf-8")
        except UnicodeDecodeError:
            return ""
        return sign if _is_likely(sign) else ""


def _codec(table: dict[str, int], *, is_cyrillic: bool = False) -> _Codec:
    return _Codec(table, _pattern(table), is_cyrillic)


_CODECS = [
    _codec(_LATIN | _table("windows-1252", fills=True)),
    _codec(_LATIN | _table("windows-1254", fills=True)),
    _codec(_table("windows-1250", fills=True)),
    _codec(_table("mac-roman")),
    _codec(_table("cp850")),
    _codec(_table("cp437")),
    _codec(_table("windows-1251", fills=True), is_cyrillic=True),
]


_SUSPECT = re.compile("|".join(codec.pattern.pattern for codec in _CODECS))


def is_suspect(text: str) -> bool:
    """Whether a text may hold something to repair; quick, so that every row can be asked."""
    return not text.isascii() and _SUSPECT.search(text) is not None


@lru_cache(maxsize=8192)
def repaired(text: str) -> str:
    """Return a text as it was before it was decoded wrongly; one that is right stays."""
    for _turn in range(_MOST_TURNS):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    if text.isascii():
        return text
    for codec in _CODECS:
        if whole := _whole(text, codec):
            return whole
    for codec in _CODECS:
        mended = codec.pattern.sub(partial(_part, codec), text)
        if mended != text:
            return mended
    return text


def _whole(text: str, codec: _Codec) -> str:
    """Return a text of which all that is not ASCII can be undone, in two places or more."""
    places = codec.pattern.findall(text)
    if len(places) < 2 + codec.is_cyrillic or not codec.pattern.sub("", text).isascii():
        return ""
    signs = [codec.sign(letters) for letters in places]
    if not all(signs):
        return ""
    following = iter(signs)
    return codec.pattern.sub(lambda _found: next(following), text)


def _part(codec: _Codec, found: re.Match[str]) -> str:
    """Return what the letters of one place stand for, or themselves where they may be right."""
    letters = found[0]
    sign = codec.sign(letters)
    if not sign:
        return letters
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    if codec.is_cyrillic:  # a word has letters of one script
        is_mixed = any(beside.isascii() and beside.isalpha() for beside in (before, after))
        is_latin = "LATIN" in unicodedata.name(sign, "") or not sign.isalpha()
        return sign if is_mixed and is_latin else letters
    return letters if _may_be_right(letters, before, after) else sign


def _is_likely(sign: str) -> bool:
    if sign in _GOOD_SIGNS:
        return True
    name = unicodedata.name(sign, "")
    return sign.isalpha() and bool(name) and not any(word in name for word in _ODD)


def _may_be_right(letters: str, before: str, after: str) -> bool:
    """Whether letters may stand so in a word that is right: RENÉ’S, “CAFÉ”, RÂŞNOV."""
    if letters.startswith(_NEVER_RIGHT):
        return False
    lead, rest = letters[0], letters[1:]
    if lead == "Â":
        return rest.isalpha()
    if lead.isupper() and before.islower():
        return False
    if lead in _QUOTES or all(letter in _QUOTES for letter in rest):
        return True
    if all(letter.isalpha() for letter in letters):
        return lead.isupper() == rest[-1].isupper() and not (lead.isupper() and after.islower())
    return False
