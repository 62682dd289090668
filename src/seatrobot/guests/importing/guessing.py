"""What the columns of a file seem to mean: by their headings, and by what stands in their cells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, pairwise

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.headings import (
    AMBIGUOUS,
    PLURAL,
    TARGETS,
    Target,
    is_special,
    of_buyer,
    of_guest,
    plain,
    target_of,
)
from seatrobot.guests.importing.layout import headings_of, is_place_heading
from seatrobot.guests.importing.mapping import MANY, MOST_PLACES, NAMING, Mapping
from seatrobot.guests.importing.values import (
    address_and_name,
    addresses_in,
    count_in,
    guess_reply,
    has_nothing,
    is_filler,
    is_plain_answer,
    speaks_of_reply,
)
from seatrobot.guests.statuses import STATUSES
from seatrobot.normalizing import fold, is_email

_SAMPLE = 50
_MOST = 0.8
_HALF = 0.5
_NUMBER_OF_ONE = re.compile(r"\w\s*[-_.:(]?\s*(?:#|\u2116|n[\u00b0\u00ba])\W*$", re.IGNORECASE)
"""A heading that ends with a sign for a number: "Attendee #" numbers them, "# Guests" counts."""


def guess(
    headings: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]] = (),
    fields: Sequence[OpenField] = (),
) -> Mapping:
    """Guess a mapping from headings and, where they say nothing, from the first rows.

    A heading under which our own lists give a field of the event means that field.
    """
    plains = [plain(heading) for heading in headings]
    own = _own_columns(headings, plains, fields)
    targets = [None if field else target_of(word) for word, field in zip(plains, own, strict=True)]
    sample = [list(cells) for _number, cells in islice(rows, _SAMPLE)]
    _prefer_guests(plains, targets)
    _check_cells(headings, plains, targets, sample)
    _settle_names(plains, targets)
    if not NAMING & set(targets):
        _fall_back_to_buyers(plains, targets)
    for index, heading in enumerate(headings):
        if targets[index] is None and own[index] is None and is_special(heading):
            targets[index] = Target.SPECIAL
    _look_at_cells(targets, own, sample)
    columns: dict[str, str] = {}
    for heading, target, field in zip(headings, targets, own, strict=True):
        meant = field.key if field else target
        is_free = meant is not None and (meant in MANY or meant not in columns.values())
        columns[heading] = str(meant) if is_free else Target.NEW
        if field is None and is_place_heading(heading):
            columns[heading] = Target.IGNORE
    return Mapping(columns)


def _own_columns(
    headings: Sequence[str], plains: Sequence[str], fields: Sequence[OpenField]
) -> list[OpenField | None]:
    """Return the column of the list that each heading means: by its name, else whatever its signs.

    A column that one heading names exactly is not that of another ("Dish_1" beside "Dish 1").
    """
    names = headings_of(fields)
    exact = {fold(name): field for name, field in zip(names, fields, strict=True)}
    own = [exact.get(fold(heading)) for heading in headings]
    named = {field.id for field in own if field}
    alike: dict[str, list[OpenField]] = defaultdict(list)
    for name, field in zip(names, fields, strict=True):
        alike[plain(name)].append(field)
    for index, word in enumerate(plains):
        found = alike.get(word, []) if word and target_of(word) is None else []
        if own[index] is None and len(found) == 1 and found[0].id not in named:
            own[index] = found[0]
            named.add(found[0].id)
    return own


def _prefer_guests(plains: Sequence[str], targets: list[Target | None]) -> None:
    """Let "Attendee e-mail" win over "E-mail", which may be that of whoever ordered."""
    for index, word in enumerate(plains):
        rest = of_guest(word)
        meant = TARGETS.get(rest) or (Target.FULL_NAME if rest in AMBIGUOUS else None)
        if meant is None or meant in MANY or targets[index] is None:
            continue
        targets[index] = meant
        for other, target in enumerate(targets):
            if target is meant and other != index and not of_guest(plains[other]):
                targets[other] = None


def _fall_back_to_buyers(plains: Sequence[str], targets: list[Target | None]) -> None:
    """Take the columns of a buyer where no others name anybody."""
    for index, word in enumerate(plains):
        rest = of_buyer(word)
        meant = TARGETS.get(rest) or (Target.FULL_NAME if rest in AMBIGUOUS else None)
        if meant and meant not in targets:
            targets[index] = meant


def _check_cells(
    headings: Sequence[str],
    plains: Sequence[str],
    targets: list[Target | None],
    sample: list[list[str]],
) -> None:
    """Give up what a heading seems to mean where its cells say otherwise."""
    for index, target in enumerate(targets):
        filled = _filled(sample, index)
        if not filled:
            continue
        if target is Target.FULL_NAME and _share(filled, _is_count) >= _MOST:
            counts = plains[index] in PLURAL and not _NUMBER_OF_ONE.search(headings[index])
            is_count = counts and not _are_numbers_of_things(filled, least=3)
            targets[index] = Target.PEOPLE if is_count else None
        elif target is Target.PEOPLE:
            if _share(filled, _is_count) < _HALF or _are_numbers_of_things(filled):
                targets[index] = None
        elif target is Target.PLUS_ONE and _are_numbers_of_things(filled):
            targets[index] = None
        elif target is Target.REPLY and _share(filled, _is_reply) < _HALF and len(filled) > 1:
            targets[index] = None if len(set(filled)) > len(filled) * _HALF else target
        elif target is Target.GROUP and _share(filled, is_plain_answer) >= _MOST:
            targets[index] = None


def _are_numbers_of_things(filled: Sequence[str], least: int = 6) -> bool:
    """Whether numbers rather number rows or tickets than count people.

    They rise from row to row, in so many rows at least, or are beyond what anybody brings.
    """
    counts = [count for count in map(count_in, filled) if count is not None]
    if len(counts) < len(filled) * _HALF:
        return False
    if sum(count > MOST_PLACES for count in counts) > len(counts) * _HALF:
        return True
    is_rising = all(before < after for before, after in pairwise(counts))
    return is_rising and len(counts) >= least


def _settle_names(plains: Sequence[str], targets: list[Target | None]) -> None:
    """Decide what "Name" means: beside "Vorname" the last name, beside "Apellidos" the first."""
    for index, word in enumerate(plains):
        if word not in AMBIGUOUS:
            continue
        has_first, has_last = Target.FIRST_NAME in targets, Target.LAST_NAME in targets
        if has_first and has_last:
            continue
        if has_first:
            targets[index] = Target.LAST_NAME
        elif has_last:
            targets[index] = Target.FIRST_NAME
        elif Target.FULL_NAME not in targets:
            targets[index] = Target.FULL_NAME
    if Target.FIRST_NAME in targets and Target.LAST_NAME in targets:
        for index, target in enumerate(targets):
            if target is Target.FULL_NAME:
                targets[index] = None


def _look_at_cells(
    targets: list[Target | None], own: Sequence[OpenField | None], sample: list[list[str]]
) -> None:
    """Recognise columns by their cells where no heading named them."""
    looks: list[tuple[Target, Callable[[str], bool], float]] = [(Target.EMAIL, _is_email, _HALF)]
    if Target.STATUS not in targets and Target.REPLY not in targets:
        looks += [(Target.STATUS, _is_status, _MOST), (Target.REPLY, speaks_of_reply, _MOST)]
    for target, fits, least in looks:
        if target in targets:
            continue
        for index, known in enumerate(targets):
            filled = _filled(sample, index)
            is_open = known is None and own[index] is None
            if is_open and filled and _share(filled, fits) >= least:
                targets[index] = target
                break
    if not (NAMING - {Target.EMAIL}) & set(targets):
        _look_for_names(targets, own, sample)


def _look_for_names(
    targets: list[Target | None], own: Sequence[OpenField | None], sample: list[list[str]]
) -> None:
    """Take the first columns of words for names: one of whole names, or two of parts of them."""
    found: list[int] = []
    for index, target in enumerate(targets):
        filled = _filled(sample, index)
        if target is None and own[index] is None and filled and _share(filled, _is_word) >= _MOST:
            found.append(index)
        is_free = Target.PHONE not in targets and target is None and filled
        if is_free and _share(filled, _is_phone) >= _MOST:
            targets[index] = Target.PHONE
    if not found:
        return
    first = _filled(sample, found[0])
    if (
        _share(first, lambda text: len(text.replace(",", " ").split()) > 1) >= _HALF
        or not found[1:]
    ):
        targets[found[0]] = Target.FULL_NAME
    else:
        targets[found[0]], targets[found[1]] = Target.FIRST_NAME, Target.LAST_NAME


def _filled(sample: list[list[str]], index: int) -> list[str]:
    return [cells[index].strip() for cells in sample if cells[index].strip()]


def _share(filled: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(map(fits, filled)) / len(filled) if filled else 0


def _is_status(text: str) -> bool:
    return text.casefold() in STATUSES


def _is_email(text: str) -> bool:
    return is_email(address_and_name(text)[0]) or bool(addresses_in(text))


def _is_reply(text: str) -> bool:
    return guess_reply(text) is not None or is_filler(text)


def _is_count(text: str) -> bool:
    return _NUMBER_FIRST.match(text) is not None or has_nothing(text)


def _is_word(text: str) -> bool:
    return not any(map(str.isdigit, text)) and "@" not in text and any(map(str.isalpha, text))


def _is_phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None


_NUMBER_FIRST = re.compile(r"[+(]?\s*\d{1,4}(?!\d)|(?:yes|ja|oui|si|tak)\b.*\d")
"""A cell that counts, however plainly: "2", "2-3", "3?", "yes, 2"."""
_PHONE = re.compile(r"[+(]?\d[\d\s()/.-]{3,}")
