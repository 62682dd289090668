"""Finding guests: words, and conditions such as `tag:vip -tag:press state:TX status:confirmed`.

`Search` is what is looked for, `Listing` is all that the address of a guest list says: search,
filter and order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from seatrobot.guests.fields import OpenField
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.places import (
    MOST_CONDITIONS,
    TooManyConditions,
    at_table,
    take_conditions,
)
from seatrobot.guests.records import LIMITS
from seatrobot.guests.statuses import Status
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import find_near, fold, has_phone, search_text, typed_phone, words

LONGEST_QUERY = 500
PAGE = 50
LONGEST_ID = 36
MOST_WORDS = 40
"""In one search, the values of its conditions among them."""
FEW = 5
"""Where fewer guests are found, those with similar names are offered beside them."""
_TERM = re.compile(r'(-?)(?:([^\s:"-][^\s:"]*|"[^"]+"):)?("[^"]*"?|\S+)')
_NAMES = {"mail": "email", "e-mail": "email", "organization": "company", "first": "first_name"}

Test = Callable[[OpenGuest], bool]
Term = tuple[str, str, str]
"""A minus or nothing, the name of a condition or nothing, and the value."""


class TooManyWords(Refused):
    """A search asks for more than is looked for at once."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            _("A search has at most %(most)s words; leave some out.") % {"most": MOST_WORDS}
        )


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

    def find(
        self, guests: Sequence[OpenGuest], fields: Sequence[OpenField] = ()
    ) -> list[OpenGuest]:
        """Return the guests found, in the order given; fields are found by their labels."""
        return self.with_status(self.find_in_any_status(guests, fields))

    def find_in_any_status(
        self, guests: Sequence[OpenGuest], fields: Sequence[OpenField] = ()
    ) -> list[OpenGuest]:
        """Return what would be found if every status were wanted, in the order given.

        Those who come with a guest are found by the guest's name, too. Where nobody has the words
        that were typed, those are found whose names are nearly so. Raises TooManyConditions and
        TooManyWords.
        """
        among = _keep(guests, self._tag_tests())
        if not self.text:
            return among
        found = _keep(among, self._text_tests(guests, fields))
        return found or self._near(among)

    def similar(self, guests: Sequence[OpenGuest], found: Sequence[OpenGuest]) -> list[OpenGuest]:
        """Return further guests whose names are nearly what was typed, when few were found."""
        if len(found) >= FEW:
            return []
        known = {guest.id for guest in found}
        return [guest for guest in self._near(guests) if guest.id not in known]

    def with_status(self, guests: Sequence[OpenGuest]) -> list[OpenGuest]:
        """Return those of the guests whose status is wanted."""
        if not self.statuses:
            return list(guests)
        return [guest for guest in guests if guest.status in self.statuses]

    def _text_tests(
        self, guests: Sequence[OpenGuest], fields: Sequence[OpenField]
    ) -> Iterable[Test]:
        typed = self.text[:LONGEST_QUERY]
        if phone := typed_phone(typed):
            plain = words(typed)
            yield lambda guest: plain in guest.search_text or has_phone(guest.record.phone, phone)
            return
        terms = _terms(typed)
        hosts = {guest.id: f" guest of{guest.name_text}" for guest in guests}
        searched = cache(_searched)
        for minus, name, value in terms:
            if name:
                yield _reverse(minus, _condition(fold(name), value, fields, searched))
            elif wanted := words(value):
                yield _reverse(minus, _has_word(wanted, hosts))

    def _near(self, guests: Sequence[OpenGuest]) -> list[OpenGuest]:
        """Return guests whose names are nearly what was typed, unless more than a name was."""
        typed = self.text[:LONGEST_QUERY]
        if '"' in typed or any(minus or name for minus, name, _value in _terms(typed)):
            return []
        return find_near(typed, guests, _NAME_TEXT)

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


def _keep(guests: Sequence[OpenGuest], tests: Iterable[Test]) -> list[OpenGuest]:
    found = list(guests)
    for test in tests:
        found = [guest for guest in found if test(guest)]
    return found


@dataclass(frozen=True, slots=True)
class Listing:
    """What a person asks of the guest list, as its address says it.

    sort: "name", "status", a field of the record, or a field's key; `is_descending` turns it round.
    table: the identifier of one whose guests are wanted, or "none" for guests without a table.
    """

    search: Search
    sort: str = "name"
    is_descending: bool = False
    table: str = ""

    @classmethod
    def read(cls, params: QueryDict) -> Listing:
        """Return what the parameters of an address say; what they say wrongly is left out."""
        sort = params.get("sort", "")
        return cls(
            Search(
                text=params.get("q", "")[:LONGEST_QUERY],
                statuses=frozenset(params.getlist("status")) & _STATUSES,
                tags=tuple(params.getlist("tag")),
                match="any" if params.get("match") == "any" else "all",
                without=tuple(params.getlist("without")),
            ),
            sort=sort.removeprefix("-") or "name",
            is_descending=sort.startswith("-"),
            table=params.get("table", "")[:LONGEST_ID],
        )

    def guests(self, guest_list: GuestList) -> list[OpenGuest]:
        """Return the guests found, in order."""
        return self.search.with_status(self.in_any_status(guest_list))

    def in_any_status(self, guest_list: GuestList) -> list[OpenGuest]:
        """Return what would be found if every status were wanted, in order."""
        ordered = guest_list.sorted_by(self.sort)
        text, tests = take_conditions(self.search.text, guest_list.rooms)
        if self.table and guest_list.rooms:
            tests.append(at_table(self.table, guest_list.rooms))
        search = replace(self.search, text=text) if tests else self.search
        found = search.find_in_any_status(ordered, guest_list.fields)
        found = [guest for guest in found if all(test(guest.id) for test in tests)]
        return found[::-1] if self.is_descending else found

    def query(self, **changes: str) -> str:
        """Return the address's parameters, without the page, with some exchanged."""
        return urlencode([*self._parts(changes)])

    @property
    def filters(self) -> list[str]:
        """The kinds of filter in use, for the journal; never what was looked for."""
        search = self.search
        used = {
            "text": bool(search.text),
            "status": bool(search.statuses),
            "tag": bool(search.tags or search.without),
            "table": bool(self.table),
        }
        return [name for name, is_used in used.items() if is_used]

    def _parts(self, changes: dict[str, str]) -> Iterable[tuple[str, str]]:
        search = self.search
        sort = ("-" if self.is_descending else "") + self.sort
        parts = {"q": search.text, "sort": "" if sort == "name" else sort, "table": self.table}
        parts |= changes
        yield from ((name, value) for name, value in parts.items() if value)
        yield from (("status", status) for status in sorted(search.statuses))
        yield from (("tag", tag) for tag in search.tags)
        if search.tags and search.match == "any":
            yield "match", "any"
        yield from (("without", tag) for tag in search.without)


_STATUSES = frozenset(Status)
_NAME_TEXT = attrgetter("name_text")


def _terms(text: str) -> list[Term]:
    """Return the terms of a search, equal ones once; raises for more than are looked for."""
    terms: dict[Term, None] = {}
    for match in _TERM.finditer(text):
        name = (match[2] or "").removesuffix(":").strip('"')
        terms[match[1], name, match[3].strip('"')] = None
    if sum(bool(name) for _minus, name, _value in terms) > MOST_CONDITIONS:
        raise TooManyConditions
    values = (value.split(",") if name else value.split() for _minus, name, value in terms)
    if sum(map(len, values)) > MOST_WORDS:
        raise TooManyWords
    return list(terms)


def _has_word(wanted: str, hosts: Mapping[UUID, str]) -> Test:
    """Return a test for guests who have a word, or whose host has it in the name."""

    def test(guest: OpenGuest) -> bool:
        return wanted in guest.search_text or (
            guest.host_id is not None and wanted in hosts.get(guest.host_id, "")
        )

    return test


def _reverse(minus: str, test: Test) -> Test:
    return (lambda guest: not test(guest)) if minus else test


def _condition(
    name: str, wanted: str, fields: Sequence[OpenField], searched: Callable[[str], str]
) -> Test:
    """Return a test for `name:wanted`; several values with commas between mean any of them.

    searched: `_searched`, which has done each text of this search but once.
    """
    values = [words(value) for value in wanted.split(",") if value]

    def has(text: str) -> bool:
        """Whether the text has one of the values, or with none given, is there at all."""
        if not values:
            return bool(text)
        its_text = searched(text)
        return any(value in its_text for value in values)

    if name in {"tag", "tags"}:
        plain = cache(words)
        return lambda guest: any(plain(tag) in values for tag in guest.record.tags)
    if name == "status":
        return lambda guest: guest.status in values
    field = _NAMES.get(name, name.replace(" ", "_"))
    if field == "phone" and (phone := typed_phone(wanted)):
        return lambda guest: has_phone(guest.record.phone, phone)
    if field in LIMITS:
        return lambda guest: has(getattr(guest.record, field))
    if field == "name":
        return lambda guest: has(guest.record.full_name)
    named = [
        field for field in fields if field.key == name or name in map(fold, field.labels.values())
    ]
    return lambda guest: any(
        has(field.shown(guest.record.answers.get(field.id, ""))) for field in named
    )


def _searched(text: str) -> str:
    return search_text((text,))
