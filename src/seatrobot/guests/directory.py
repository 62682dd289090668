"""An event's whole guest list, opened in memory.

Opened lists are kept for the next request, and stay true while other processes write. Every row
carries the id of the transaction that changed it last (`changed_xid`, kept by the database). The
statement that reads a list also reads the oldest transaction that was still open at that moment
(`pg_snapshot_xmin`): whatever commits later changed its rows under that id or a higher one. So
the next request reads only rows from that id on, and the count of all rows tells whether some
were deleted. A transaction that has itself changed something keeps nothing, as it may roll back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.guests import shelf
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.models import Guest, sealed_field
from seatrobot.guests.opened import OpenGuest, Row, opened
from seatrobot.guests.records import LIMITS, fold
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.kernel import acting
from seatrobot.kernel.features import Permission
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.vault import services as vault

_CHANGED = """
WITH moment AS MATERIALIZED (
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest,
           pg_current_xact_id_if_assigned() IS NULL AS reads_only,
           (SELECT count(*) FROM guests_guest WHERE event_id = %(event)s) AS total
)
SELECT moment.*, id, party_id, host_id, status, checked_in_at, sealed
FROM moment LEFT JOIN guests_guest
    ON event_id = %(event)s AND changed_xid >= %(since)s::text::xid8
"""
_BEGINNING = "0"


class Directory:
    """All guests of one event at one moment; what is derived from them is worked out once."""

    def __init__(self, guests: dict[UUID, OpenGuest]) -> None:
        self.guests = guests
        self._orders: dict[str, list[OpenGuest]] = {}

    def __len__(self) -> int:
        return len(self.guests)

    @cached_property
    def by_name(self) -> list[OpenGuest]:
        return sorted(self.guests.values(), key=lambda guest: (not guest.is_named, guest.sort_key))

    def sorted_by(self, column: str) -> list[OpenGuest]:
        """Return all guests by "name", "status", a field of the record, or an extra column."""
        if column in {"", "name"}:
            return self.by_name
        if column not in self._orders:
            text = _reader(column)
            keyed = [(fold(text(guest)), guest) for guest in self.by_name]
            keyed.sort(key=lambda item: (not item[0], item[0]))
            self._orders[column] = [guest for _text, guest in keyed]
        return self._orders[column]

    @cached_property
    def counts(self) -> Counter[Status]:
        return Counter(guest.status for guest in self.guests.values())

    @property
    def places_taken(self) -> int:
        return sum(self.counts[status] for status in TAKES_PLACE)

    @cached_property
    def tags(self) -> list[tuple[str, int]]:
        """All tags with their counts, in the order of the alphabet."""
        counts = Counter(tag for guest in self.guests.values() for tag in guest.record.tags)
        return sorted(counts.items(), key=lambda item: item[0].casefold())

    @cached_property
    def columns(self) -> list[str]:
        """The extra columns, in the order in which they were first seen."""
        return list(dict.fromkeys(name for g in self.guests.values() for name in g.record.extra))

    @cached_property
    def parties(self) -> dict[UUID, list[OpenGuest]]:
        """Parties of two and more."""
        parties: dict[UUID, list[OpenGuest]] = defaultdict(list)
        for guest in self.guests.values():
            parties[guest.party_id].append(guest)
        return {party: members for party, members in parties.items() if len(members) > 1}

    @cached_property
    def party_numbers(self) -> dict[UUID, int]:
        """Numbers for parties of two and more, from 1, in the order they were made."""
        return {party: number for number, party in enumerate(sorted(self.parties), start=1)}

    def name(self, guest: OpenGuest) -> str:
        """Return what a guest is called; a plus-one without details after the host."""
        record = guest.record
        if text := record.full_name or record.email:
            return text
        host = self.guests.get(guest.host_id) if guest.host_id else None
        if host is None:
            return _("Guest without a name")
        return _("Guest of %(name)s") % {"name": self.plain_name(host)}

    def plain_name(self, guest: OpenGuest) -> str:
        """Return first and last name, or what stands for them."""
        record = guest.record
        return f"{record.first_name} {record.last_name}".strip() or self.name(guest)


class _Change(NamedTuple):
    """What one reading of the database told: the moment, and the rows changed since the last."""

    oldest: str
    reads_only: bool
    total: int
    guests: list[OpenGuest]


def open_list(
    member: Principal, event_id: UUID, permission: Permission = GuestPermission.GUEST_VIEW
) -> Directory:
    """Return all guests of an event, for a member who may see them.

    Raises NotAllowed for any other member, KeyringMissing when the organization's keys are gone.
    """
    member.require(permission, event_id)
    place = (member.organization_id, event_id)
    if not vault.key_store().has(member.organization_id):
        shelf.drop(place)
        raise vault.KeyringMissing(f"there is no keyring {member.organization_id}")
    kept = shelf.take(place)
    change = _read(place, kept.oldest if kept else _BEGINNING)
    before = kept.directory if kept else Directory({})
    directory = _apply(event_id, before, change)
    if change.reads_only:
        shelf.put(place, shelf.Kept(directory, change.oldest))
    acting.current().opened += len(directory) - len(change.guests)
    return directory


def _read(place: tuple[UUID, UUID], since: str) -> _Change:
    organization_id, event_id = place
    field = sealed_field()
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"event": event_id, "since": since})
        rows = cursor.fetchall()
    changed = [Row(*row[3:]) for row in rows if row[3]]
    guests = [
        opened(row, field.open_record(row.id, organization_id, row.sealed)) for row in changed
    ]
    oldest, reads_only, total = rows[0][:3]
    return _Change(oldest, reads_only, total, guests)


def _apply(event_id: UUID, before: Directory, change: _Change) -> Directory:
    if not change.guests and change.total == len(before):
        return before
    guests = before.guests | {guest.id: guest for guest in change.guests}
    if len(guests) != change.total:
        left = set(Guest.objects.filter(event_id=event_id).values_list("id", flat=True))
        guests = {guest_id: guest for guest_id, guest in guests.items() if guest_id in left}
    return Directory(guests)


def _reader(column: str) -> Callable[[OpenGuest], str]:
    if column == "status":
        return lambda guest: guest.status
    if column in LIMITS:
        return lambda guest: str(getattr(guest.record, column))
    return lambda guest: guest.record.extra.get(column, "")
