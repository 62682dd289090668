"""Finding guests: words, and conditions such as `tag:vip -tag:press state:TX status:confirmed`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from seatrobot.guests.opened import OpenGuest
from seatrobot.guests.records import LIMITS, fold

LONGEST_QUERY = 500
_TERM = re.compile(r'(-?)(?:([^\s:"-][^\s:"]*|"[^"]+"):)?("[^"]*"?|\S+)')
_NAMES = {"mail": "email", "e-mail": "email", "organization": "company", "first": "first_name"}

Test = Callable[[OpenGuest], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; a guest is found when every part agrees.

    text: as typed. statuses: any of these, all if empty. tags: any or all of these (`match`).
    without: none of these tags.
    """

    text: str = ""
    statuses: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    match: str = "all"
    without: tuple[str, ...] = ()

    def find(self, guests: Sequence[OpenGuest]) -> list[OpenGuest]:
        """Return the guests found, in the order given."""
        return self.with_status(self.find_in_any_status(guests))

    def find_in_any_status(self, guests: Sequence[OpenGuest]) -> list[OpenGuest]:
        """Return what would be found if every status were wanted, in the order given."""
        return _keep(guests, [*self.text_tests(), *self._tag_tests()])

    def with_status(self, guests: Sequence[OpenGuest]) -> list[OpenGuest]:
        """Return those of the guests whose status is wanted."""
        if not self.statuses:
            return list(guests)
        return [guest for guest in guests if guest.status in self.statuses]

    def text_tests(self) -> list[Test]:
        return [_test(*match.groups()) for match in _TERM.finditer(self.text[:LONGEST_QUERY])]

    def _tag_tests(self) -> Iterable[Test]:
        if self.tags and self.match == "any":
            wanted = frozenset(self.tags)
            yield lambda guest: not wanted.isdisjoint(guest.record.tags)
        elif self.tags:
            needed = frozenset(self.tags)
            yield lambda guest: needed.issubset(guest.record.tags)
        if self.without:
            unwanted = frozenset(self.without)
            yield lambda guest: unwanted.isdisjoint(guest.record.tags)


def _keep(guests: Sequence[OpenGuest], tests: list[Test]) -> list[OpenGuest]:
    found = list(guests)
    for test in tests:
        found = [guest for guest in found if test(guest)]
    return found


def _test(minus: str, name: str | None, value: str) -> Test:
    wanted = fold(value.strip('"'))
    if name is None:
        return _reverse(minus, lambda guest: wanted in guest.search_text)
    return _reverse(minus, _condition(fold(name.strip('"')), wanted))


def _reverse(minus: str, test: Test) -> Test:
    return (lambda guest: not test(guest)) if minus else test


def _condition(name: str, wanted: str) -> Test:
    """Return a test for `name:wanted`; several values with commas between mean any of them."""
    values = [value for value in wanted.split(",") if value]
    if name in {"tag", "tags"}:
        return lambda guest: any(fold(tag) in values for tag in guest.record.tags)
    if name == "status":
        return lambda guest: guest.status in values
    field = _NAMES.get(name, name.replace(" ", "_"))
    if field in LIMITS:
        return lambda guest: _has(getattr(guest.record, field), values)
    if field == "name":
        return lambda guest: _has(guest.record.full_name, values)
    return _column(name, values)


def _column(name: str, values: list[str]) -> Test:
    def test(guest: OpenGuest) -> bool:
        return any(
            fold(column) == name and _has(text, values)
            for column, text in guest.record.extra.items()
        )

    return test


def _has(text: str, values: list[str]) -> bool:
    """Whether the text has one of the values, or with none given, is there at all."""
    if not values:
        return bool(text)
    folded = fold(text)
    return any(value in folded for value in values)
