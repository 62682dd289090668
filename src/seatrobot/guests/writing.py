"""Many rows of guests in one statement, each sealed to its place.

Plain SQL over arrays: Django's bulk_update writes a CASE per row and takes minutes for a long
list, and its bulk_create spends most of an import on the text of its statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from seatrobot.events.models import Event
from seatrobot.guests import arrivals
from seatrobot.guests.models import sealed_field
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.vault import services as vault

ROWS = 1000

_UPDATE = """
UPDATE guests_guest SET sealed = new.sealed, email_index = new.email_index, changed_at = %s
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS new (id, sealed, email_index)
WHERE guests_guest.id = new.id
"""

_INSERT = """
INSERT INTO guests_guest (
    organization_id, event_id, created_at, changed_at, status_before, checked_in_at, checked_in_by,
    id, party_id, status, sealed, email_index
)
SELECT %s, %s, %s, %s, %s, %s, %s, new.*
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[], %s::bytea[])
    AS new (id, party_id, status, sealed, email_index)
"""

_HOSTS = """
UPDATE guests_guest SET host_id = new.host_id
FROM unnest(%s::uuid[], %s::uuid[]) AS new (id, host_id) WHERE guests_guest.id = new.id
"""


class Rewrite(NamedTuple):
    id: UUID
    record: GuestRecord


class NewGuest(NamedTuple):
    id: UUID
    party_id: UUID
    status: Status
    record: GuestRecord


def email_index(organization_id: UUID, record: GuestRecord) -> bytes | None:
    """Return the blind index of the guest's address, None without one."""
    return vault.blind_index(organization_id, record.email) if record.email else None


def rewrite(organization_id: UUID, changes: Sequence[Rewrite]) -> None:
    """Seal new records into existing rows."""
    field = sealed_field()
    for start in range(0, len(changes), ROWS):
        part = changes[start : start + ROWS]
        with connection.cursor() as cursor:
            cursor.execute(
                _UPDATE,
                [
                    now(),
                    [change.id for change in part],
                    [field.seal_record(c.id, organization_id, c.record) for c in part],
                    [email_index(organization_id, change.record) for change in part],
                ],
            )


def insert(event: Event, guests: Sequence[NewGuest], account_id: UUID | None) -> None:
    """Add guests to an event; those who have attended are noted as let in by the account."""
    arrived = [guest for guest in guests if guest.status is Status.ATTENDED]
    others = [guest for guest in guests if guest.status is not Status.ATTENDED]
    for part in (arrived, others):
        for start in range(0, len(part), ROWS):
            _insert(event, part[start : start + ROWS], account_id)


def _insert(event: Event, guests: Sequence[NewGuest], account_id: UUID | None) -> None:
    field = sealed_field()
    organization_id = event.organization_id
    columns = arrivals.columns(Status.CONFIRMED, guests[0].status, account_id)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                organization_id,
                event.pk,
                columns["changed_at"],
                columns["changed_at"],
                columns["status_before"],
                columns["checked_in_at"],
                columns["checked_in_by"],
                [guest.id for guest in guests],
                [guest.party_id for guest in guests],
                [guest.status.value for guest in guests],
                [field.seal_record(guest.id, organization_id, guest.record) for guest in guests],
                [email_index(organization_id, guest.record) for guest in guests],
            ],
        )


def set_hosts(hosts: Mapping[UUID, UUID]) -> None:
    """Note whose plus-ones guests are: guest -> host."""
    with connection.cursor() as cursor:
        cursor.execute(_HOSTS, [list(hosts), list(hosts.values())])
