"""What the door shows of guests: name, party, seat and status, and nothing else."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import nsmallest
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection
from django.http import Http404
from django.utils.translation import get_language

from seatrobot.checkin import text
from seatrobot.events.models import Activity
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.normalizing import different_words, find_near, search_text
from seatrobot.seating.models import Table, table_name

LEAST_LETTERS = 3
MOST_HITS = 20
FEW = 5
"""Where fewer guests are found, those with similar names are looked for."""
LONGEST_TEXT = 100
LATEST_COMMIT = timedelta(seconds=10)
"""How much later than its time an arrival may be seen by others."""
MOST_CHANGES = 2000
MOST_OF_PARTY = 12
"""How many of one party are shown; more would give the list away."""

_EXPECTED = sorted(status.value for status in TAKES_PLACE)
_COUNTS = """
SELECT
    (SELECT count(*) FROM guests_guest WHERE event_id = %(event)s AND status = ANY(%(expected)s)),
    (SELECT count(*) FROM guests_arrival WHERE direction = 'in' AND undone_at IS NULL
        AND activity_id = activity.id)
FROM events_activity activity WHERE event_id = %(event)s
    AND (id = %(activity)s::uuid OR (%(activity)s::uuid IS NULL AND position = 0))
"""
_CHANGES = """
SELECT guest_id, max(at) FILTER (WHERE undone_at IS NULL)
FROM guests_arrival
WHERE event_id = %(event)s AND (at >= %(since)s OR undone_at >= %(since)s) AND direction = 'in'
    AND activity_id = (SELECT id FROM events_activity WHERE event_id = %(event)s
        AND (id = %(activity)s::uuid OR (%(activity)s::uuid IS NULL AND position = 0)))
GROUP BY guest_id ORDER BY max(greatest(at, undone_at)) DESC LIMIT %(most)s
"""
_HERE = """
SELECT guest.id, arrival.at, seat.seat, seat_table.id, seat_table.number, seat_table.sealed
FROM guests_guest guest
    LEFT JOIN LATERAL (
        SELECT at FROM guests_arrival WHERE guest_id = guest.id AND activity_id = %(activity)s
            AND direction = 'in' AND undone_at IS NULL
        LIMIT 1
    ) arrival ON true
    LEFT JOIN LATERAL (
        SELECT seat, table_id FROM seating_assignment WHERE guest_id = guest.id
            AND room_id = (SELECT id FROM seating_room WHERE activity_id = %(activity)s)
        LIMIT 1
    ) seat ON true
    LEFT JOIN LATERAL (
        SELECT * FROM seating_table WHERE id = seat.table_id LIMIT 1
    ) seat_table ON true
WHERE guest.party_id = ANY(%(parties)s)
"""
"""Each guest by an index: a limit keeps PostgreSQL from going through all of them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """expected: everybody whose status takes a place. arrived: those who are in at the activity."""

    expected: int
    arrived: int

    @property
    def to_come(self) -> int:
        return self.expected - self.arrived


@dataclass(frozen=True, slots=True)
class Found:
    """hits: the best guests, at most MOST_HITS. total: how many there are.

    is_near: nobody has the words that were typed, and these have names that are nearly so.
    """

    hits: list[OpenGuest]
    total: int
    is_near: bool = False


class GuestRow(NamedTuple):
    """One guest as the door sees them. seat: table and seat, empty without one.

    apart: company and companions of somebody whose name is there twice, else empty.

    since: when they came in, empty for somebody who is not in. why: why somebody is not expected.
    """

    id: UUID
    name: str
    apart: str
    seat: str
    status: Status
    is_expected: bool
    at: str
    since: str
    why: str


class PartyRow(NamedTuple):
    """People who come together; waiting: those who are expected and not in yet."""

    id: UUID
    size: int
    arrived: int
    waiting: int
    guests: list[GuestRow]
    title: str
    arrived_text: str
    all_text: str
    more_text: str

    @property
    def unseen(self) -> int:
        return self.size - len(self.guests)


class _Here(NamedTuple):
    """Where a guest sits and since when they are in, at one activity."""

    seat: str
    at: datetime | None


_NOWHERE = _Here("", None)
_NAME_TEXT = attrgetter("name_text")
_BY_NAME = attrgetter("sort_key", "id")
_OPEN_TABLE = Table._meta.get_field("sealed").open_record


def count(event_id: UUID, activity_id: UUID | None = None) -> Counts:
    """Count an event's guests in one statement that opens nothing.

    activity_id: None for the one that every event has; Http404 if the event has no such activity.
    """
    values: dict[str, Any] = {
        "event": event_id,
        "activity": activity_id,
        "expected": _EXPECTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, values)
        counted = cursor.fetchone()
    if counted is None:
        raise Http404
    return Counts(*counted)


def changes(
    event_id: UUID, activity_id: UUID | None, since: datetime
) -> list[tuple[UUID, datetime | None]]:
    """Return who came in or was taken back since a moment: guest, and since when they are in.

    What is committed a little late is not missed: somewhat more than asked for is told.
    """
    values: dict[str, Any] = {
        "event": event_id,
        "activity": activity_id,
        "since": since - LATEST_COMMIT,
        "most": MOST_CHANGES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        return cursor.fetchall()


def letters(typed: str) -> int:
    """Return how many letters were typed; a wide one (王, 김) says as much as two narrow ones."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in unicodedata.normalize("NFC", typed)
        if character.isalnum()
    )


def find(guests: GuestList, typed: str, *, by_company: bool = True) -> Found:
    """Find guests whose name or company holds every word; beginnings of words come first.

    by_company: for whoever may see it; else names alone are searched, as what is found tells what
    was typed to be true.

    Fewer than LEAST_LETTERS letters find whole words of names alone: Bo, Ng, "j d". When few are
    found, those whose names are nearly what was typed come after them.
    """
    typed = typed[:LONGEST_TEXT]
    wanted = different_words(typed)
    if letters(typed) < LEAST_LETTERS:
        return _find_whole(guests, wanted) if letters(typed) else Found([], 0)
    if not wanted:
        return Found([], 0)
    everybody = list(guests.guests.values())
    rarest, *others = sorted(wanted, key=len, reverse=True)
    found = [guest for guest in everybody if rarest in guest.name_text]
    for word in others:
        found = [guest for guest in found if word in guest.name_text]
    if not by_company:
        found = [guest for guest in found if _is_named(guest, wanted)]
    hits = _best(found, wanted)
    if len(found) >= FEW:
        return Found(hits, len(found))
    known = {guest.id for guest in found}
    near = find_near(typed, everybody, _NAME_TEXT)
    if not by_company:
        near = find_near(typed, near, _without_company)
    similar = [guest for guest in near if guest.id not in known]
    hits += nsmallest(MOST_HITS - len(hits), similar, key=_BY_NAME)
    return Found(hits, len(found) + len(similar), is_near=not found)


def _best(found: list[OpenGuest], wanted: list[str]) -> list[OpenGuest]:
    """Return the first hits: where words are whole, where they begin, where they are inside."""
    hits: list[OpenGuest] = []
    rest = found
    for form in (" {} ", " {}", "{}"):
        shapes = [form.format(word) for word in wanted]
        these = rest
        for shape in shapes:
            these = [guest for guest in these if shape in guest.name_text]
        if not these:
            continue
        hits += nsmallest(MOST_HITS - len(hits), these, key=_BY_NAME)
        if len(hits) >= MOST_HITS:
            break
        taken = {guest.id for guest in these}
        rest = [guest for guest in rest if guest.id not in taken]
    return hits


def _find_whole(guests: GuestList, wanted: list[str]) -> Found:
    """Find guests of whose names each of the words is a whole one."""
    found = list(guests.guests.values())
    for word in wanted:
        found = [guest for guest in found if f" {word} " in guest.name_text]
    found = [guest for guest in found if set(wanted) <= _name_words(guest)]
    return Found(nsmallest(MOST_HITS, found, key=_BY_NAME), len(found))


def _is_named(guest: OpenGuest, wanted: list[str]) -> bool:
    """Return whether somebody whose `name_text` holds every word has them all without the company.

    The text without it is made for the few who may have been found by their company alone.
    """
    record = guest.record
    if not record.company:
        return True
    named = f"{record.first_name} {record.last_name}".lower()
    if named.isascii() and all(word in named for word in wanted):
        return True
    text = _without_company(guest)
    return all(word in text for word in wanted)


def _without_company(guest: OpenGuest) -> str:
    return msgspec.structs.replace(guest.record, company="").name_text


def _name_words(guest: OpenGuest) -> set[str]:
    return set(search_text(guest.record.door_names).split())


def parties_of(guests: GuestList, hits: Sequence[OpenGuest], activity: Activity) -> list[PartyRow]:
    """Return the parties of these guests for the door of an activity, in the order of the hits.

    In each party the hits come first.
    """
    parties: dict[UUID, list[OpenGuest]] = {guest.party_id: [] for guest in hits}
    for guest in hits:
        parties[guest.party_id].append(guest)
    here = _here(list(parties), activity)
    others = here.keys() - {guest.id for guest in hits}
    for guest in sorted(
        (guests.guests[guest_id] for guest_id in others if guest_id in guests.guests),
        key=lambda guest: guest.id,
    ):
        parties[guest.party_id].append(guest)
    zone = activity.event.zone
    apart = guests.told_apart(guest for party in parties.values() for guest in party)
    return [_party(guests, here, party, zone, apart) for party in parties.values()]


def _party(
    guests: GuestList,
    here: dict[UUID, _Here],
    together: list[OpenGuest],
    zone: ZoneInfo,
    apart: Mapping[UUID, str],
) -> PartyRow:
    size = len(together)
    is_in = {guest.id for guest in together if here.get(guest.id, _NOWHERE).at}
    waiting = sum(guest.takes_place and guest.id not in is_in for guest in together)
    rows = [
        _row(guests, guest, here.get(guest.id, _NOWHERE), zone, apart.get(guest.id, ""))
        for guest in together[:MOST_OF_PARTY]
    ]
    return PartyRow(
        together[0].party_id,
        size,
        len(is_in),
        waiting,
        rows,
        *(_party_texts(size, len(is_in), waiting, get_language()) if size > 1 else ("", "", "")),
        text.and_more(size - len(rows)) if size > len(rows) else "",
    )


@lru_cache(maxsize=1024)
def _party_texts(
    size: int, arrived: int, waiting: int, _language: str | None
) -> tuple[str, str, str]:
    """Return title, how many are in, and the button of a party; looked up once for a language."""
    return text.party_of(size), text.party_arrived(arrived), text.check_in_all(waiting)


def _row(guests: GuestList, guest: OpenGuest, here: _Here, zone: ZoneInfo, apart: str) -> GuestRow:
    return GuestRow(
        guest.id,
        guests.name_without_address(guest),
        apart,
        here.seat,
        guest.status,
        guest.takes_place or here.at is not None,
        here.at.isoformat() if here.at else "",
        text.clock_time(here.at, zone) if here.at else "",
        "" if guest.takes_place or here.at else str(text.NOT_EXPECTED[guest.status]),
    )


def _here(parties: Sequence[UUID], activity: Activity) -> dict[UUID, _Here]:
    """Return seat and arrival of everybody of these parties, in one statement."""
    values: dict[str, Any] = {"parties": list(parties), "activity": activity.pk}
    with connection.cursor() as cursor:
        cursor.execute(_HERE, values)
        rows = cursor.fetchall()
    names: dict[UUID, str] = {}
    found: dict[UUID, _Here] = {}
    for guest_id, at, number, table_id, table_number, sealed in rows:
        seat = ""
        if table_id is not None:
            if table_id not in names:
                record = _OPEN_TABLE(table_id, activity.organization_id, sealed)
                names[table_id] = table_name(table_number, record)
            seat = text.seat(names[table_id], number + 1)
        found[guest_id] = _Here(seat, at)
    return found
