"""Finding guests at the door by three letters: of a name, in any order, or of a company."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord, fold

LEAST_LETTERS = 3
MOST_HITS = 20
LONGEST_TEXT = 100

_sealed = Guest._meta.get_field("sealed")
_APOSTROPHES = str.maketrans("", "", "'`\u00b4\u2018\u2019\u02bc.")


@dataclass(frozen=True, slots=True)
class Found:
    """hits: the best guests, at most MOST_HITS. total: how many there are."""

    hits: list[UUID]
    total: int


NOBODY = Found([], 0)


def letters(text: str) -> int:
    """Return how many letters were typed; a wide one (王, 김) says as much as two narrow ones."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in unicodedata.normalize("NFC", text)
        if character.isalnum()
    )


def find(event_id: UUID, organization_id: UUID, text: str) -> Found:
    """Find guests whose name or company holds every word; beginnings of words come first."""
    words = _plain(text[:LONGEST_TEXT]).split()
    if letters(text) < LEAST_LETTERS or not words:
        return NOBODY
    ranked = []
    rows = Guest.objects.filter(event_id=event_id).values_list("pk", "sealed")
    for guest_id, sealed in rows:
        record = _sealed.open_record(guest_id, organization_id, sealed)
        searched = _searched(record)
        if all(word in searched for word in words):
            begins = all(f" {word}" in searched for word in words)
            ranked.append((not begins, fold(record.sort_name), guest_id))
    ranked.sort()
    return Found([guest_id for *_, guest_id in ranked[:MOST_HITS]], len(ranked))


def _searched(record: GuestRecord) -> str:
    names = [record.first_name, record.last_name, record.suffix, record.company]
    if not record.last_name.isascii():  # 王明 is written without a space
        names.append(record.last_name + record.first_name)
    return f" {_plain(' '.join(names))}"


def _plain(text: str) -> str:
    """Fold, and let neither apostrophes nor hyphens stand between what is typed and the name."""
    folded = fold(text).translate(_APOSTROPHES)
    return "".join(character if character.isalnum() else " " for character in folded)
