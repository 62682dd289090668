"""Finding guests at the door by three letters: of a name, in any order, or of a company."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from seatrobot.guests.directory import Directory
from seatrobot.guests.opened import OpenGuest
from seatrobot.normalizing import fold

LEAST_LETTERS = 3
MOST_HITS = 20
LONGEST_TEXT = 100

_APOSTROPHES = (0x27, 0x60, 0xB4, 0x2018, 0x2019, 0x2BC, 0x2E)
_GAPS = (0x0A, 0x22, 0x28, 0x29, 0x2C, 0x2D, 0x2F, 0x3B, 0x5BE, 0x2010, 0x2013)
_BETWEEN = dict.fromkeys(_APOSTROPHES, "") | dict.fromkeys(_GAPS, " ")
"""Neither apostrophes nor hyphens stand between what is typed and the name."""


@dataclass(frozen=True, slots=True)
class Found:
    """hits: the best guests, at most MOST_HITS. total: how many there are."""

    hits: list[OpenGuest]
    total: int


def letters(text: str) -> int:
    """Return how many letters were typed; a wide one (王, 김) says as much as two narrow ones."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in unicodedata.normalize("NFC", text)
        if character.isalnum()
    )


def find(directory: Directory, text: str) -> Found:
    """Find guests whose name or company holds every word; beginnings of words come first."""
    words = fold(text[:LONGEST_TEXT]).translate(_BETWEEN).split()
    if letters(text) < LEAST_LETTERS:
        return Found([], 0)
    beginnings: list[OpenGuest] = []
    insides: list[OpenGuest] = []
    for guest in directory.by_name:
        searched = _searched(guest)
        if all(word in searched for word in words):
            begins = all(f" {word}" in searched for word in words)
            (beginnings if begins else insides).append(guest)
    found = beginnings + insides
    return Found(found[:MOST_HITS], len(found))


def _searched(guest: OpenGuest) -> str:
    record = guest.record
    name = guest.sort_key if record.last_name or record.first_name else ""
    if not name.isascii():  # 王明 is written without a space
        name += f" {fold(record.last_name + record.first_name)}"
    company = fold(record.company) if record.company else ""
    return f" {name} {company}".translate(_BETWEEN)
