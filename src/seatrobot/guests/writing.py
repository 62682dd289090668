"""Many rows of guests in one statement, each sealed to its place.

Plain SQL, because Django's bulk_update writes a CASE per row and takes minutes for a long list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.kernel.clock import now
from seatrobot.kernel.vault import services as vault

ROWS = 1000

_UPDATE = """
UPDATE guests_guest SET sealed = new.sealed, email_index = new.email_index, changed_at = %s
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS new (id, sealed, email_index)
WHERE guests_guest.id = new.id
"""


class Rewrite(NamedTuple):
    id: UUID
    record: GuestRecord


def email_index(organization_id: UUID, record: GuestRecord) -> bytes | None:
    """Return the blind index of the guest's address, None without one."""
    return vault.blind_index(organization_id, record.email) if record.email else None


def rewrite(organization_id: UUID, changes: Sequence[Rewrite]) -> None:
    """Seal new records into existing rows."""
    field = Guest._meta.get_field("sealed")
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
