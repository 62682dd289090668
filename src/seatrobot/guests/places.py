"""Where guests sit, as the guest list shows it; the package that seats them says so.

seating stands above guests and names the class that answers here in its `feature.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel import features
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import fold

NOWHERE = "none"
"""In place of a table: guests without one."""
MOST_CONDITIONS = 8
"""In one search; each looks at every guest."""
_TERM = re.compile(r'(?<!\S)(-?)table:("[^"]*"?|\S*)', re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


class TooManyConditions(Refused):
    """A search asks for more than is looked for at once."""

    status = 422

    def __init__(self) -> None:
        super().__init__(
            _("A search has at most %(most)s conditions such as tag:vip; leave some out.")
            % {"most": MOST_CONDITIONS}
        )


class Place(NamedTuple):
    """One seat. seat: as it is shown, from 1. order: of the table among the others."""

    table_id: UUID
    table: str
    seat: int
    is_locked: bool
    order: int


@dataclass
class Room:
    """The tables of one activity, and who sits there.

    key: how the list is sorted by it. title: of the activity, empty where there is one alone.
    tables: names by identifier, in order. read: returns the places of these guests, of all for
    None. url_of: where a guest is shown and, by whoever may_change, given another seat; plan: the
    floor plan.
    """

    key: str
    title: str
    tables: Mapping[UUID, str]
    read: Callable[[Collection[UUID] | None], dict[UUID, Place]]
    url_of: Callable[[UUID], str]
    plan: str
    may_change: bool = False
    _all: dict[UUID, Place] | None = field(default=None, repr=False)

    @property
    def places(self) -> dict[UUID, Place]:
        """Return where everybody sits; read at first use."""
        if self._all is None:
            self._all = self.read(None)
        return self._all

    def of(self, guest_ids: Collection[UUID]) -> dict[UUID, Place]:
        """Return where some guests sit."""
        return self._all if self._all is not None else self.read(guest_ids)


class Seating:
    """Override what you know; the default knows no room."""

    def rooms(self, principal: Principal, event_id: UUID) -> Iterable[Room]:  # noqa: ARG002
        return ()

    def forget(self, event_id: UUID, guest_ids: Collection[UUID]) -> None:
        """Forget guests who are removed for good, wherever no foreign key does it."""


def forget(event_id: UUID, guest_ids: Collection[UUID]) -> None:
    """Have the seating forget guests who are removed for good."""
    for part in features.extensions(Seating):
        part.forget(event_id, guest_ids)


def rooms_of(principal: Principal, event_id: UUID) -> tuple[Room, ...]:
    """Return the rooms with tables of an event, for somebody who may see the seating."""
    parts = features.extensions(Seating)
    return tuple(room for part in parts for room in part.rooms(principal, event_id))


def take_conditions(text: str, rooms: Sequence[Room]) -> tuple[str, list[Callable[[UUID], bool]]]:
    """Return a search without its conditions `table:…`, and these as tests of a guest.

    Raises TooManyConditions.
    """
    if not rooms:
        return text, []
    terms = dict.fromkeys(match.groups() for match in _TERM.finditer(text))
    if len(terms) > MOST_CONDITIONS:
        raise TooManyConditions
    return _TERM.sub("", text).strip(), [_test(minus, value, rooms) for minus, value in terms]


def at_table(table: str, rooms: Sequence[Room]) -> Callable[[UUID], bool]:
    """Return a test for who sits at a table by its identifier, or at none (NOWHERE)."""
    if table == NOWHERE:
        return lambda guest: not any(guest in room.places for room in rooms)
    return lambda guest: any(
        guest in room.places and str(room.places[guest].table_id) == table for room in rooms
    )


def _test(minus: str, value: str, rooms: Sequence[Room]) -> Callable[[UUID], bool]:
    wanted = {word for word in fold(value.strip('"')).split(",") if word}

    @cache
    def is_wanted(table: str) -> bool:
        plain = fold(table)
        return any(_matches(plain, word) for word in wanted)

    def sits(guest: UUID) -> bool:
        tables = [room.places[guest].table for room in rooms if guest in room.places]
        if not wanted:
            return bool(tables)
        if NOWHERE in wanted and not tables:
            return True
        return any(map(is_wanted, tables))

    return (lambda guest: not sits(guest)) if minus else sits


def _matches(table: str, word: str) -> bool:
    """Whether a table is meant: 1 means "Table 1", and neither "Table 11" nor "Table 21"."""
    if word.isdigit():
        return word in _NUMBER.findall(table)
    return word in table
