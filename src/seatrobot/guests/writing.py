"""Many rows in one statement, each sealed to its place.

Plain SQL over arrays: Django's bulk_update writes a CASE per row and takes minutes for a long
list, its bulk_create spends most of an import on the text of its statements, and a statement with
one parameter per guest ends at 65,535 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

from django.db import connection

from seatrobot.events.models import Event
from seatrobot.guests.models import Guest, Party, PartyRecord, sealed_field
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id, one_of
from seatrobot.kernel.vault import services as vault

ROWS = 1000

_UPDATE = """
UPDATE guests_guest SET sealed = new.sealed, email_index = new.email_index, changed_at = %s
FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS new (id, sealed, email_index)
WHERE guests_guest.id = new.id
"""

_FACTS = """
UPDATE guests_guest SET reply = new.reply, withdrawal = new.withdrawal, held = new.held,
    delivery = new.delivery, money = new.money, changed_at = %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bool[], %s::text[], %s::text[])
    AS new (id, reply, withdrawal, held, delivery, money)
WHERE guests_guest.id = new.id
"""

_INSERT = """
INSERT INTO guests_guest (
    organization_id, event_id, created_at, changed_at,
    id, party_id, contact_id, reply, withdrawal, held, delivery, money, sealed, email_index
)
SELECT %s, %s, %s, %s, new.*
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bool[], %s::text[],
    %s::text[], %s::bytea[], %s::bytea[])
    AS new (id, party_id, contact_id, reply, withdrawal, held, delivery, money, sealed, email_index)
"""

_PARTIES = """
INSERT INTO guests_party (organization_id, event_id, created_at, language, source, id, sealed)
SELECT %s, %s, %s, '', %s, new.* FROM unnest(%s::uuid[], %s::bytea[]) AS new (id, sealed)
"""

_HOSTS = """
UPDATE guests_guest SET host_id = new.host_id
FROM unnest(%s::uuid[], %s::uuid[]) AS new (id, host_id) WHERE guests_guest.id = new.id
"""

_EMPTY_PARTIES = """
DELETE FROM guests_party AS party
WHERE event_id = %s AND id = ANY(%s)
    AND NOT EXISTS (SELECT FROM guests_guest WHERE party_id = party.id)
"""


class Rewrite(NamedTuple):
    id: UUID
    record: GuestRecord


class NewGuest(NamedTuple):
    id: UUID
    party_id: UUID
    facts: Facts
    record: GuestRecord
    contact_id: UUID | None = None


def email_index(organization_id: UUID, record: GuestRecord) -> bytes | None:
    """Return the blind index of the guest's address, None without one."""
    return vault.blind_index(organization_id, record.email) if record.email else None


def rewrite(organization_id: UUID, changes: Sequence[Rewrite]) -> None:
    """Seal new records into existing rows."""
    field = sealed_field()
    for part in _parts(changes):
        _execute(
            _UPDATE,
            now(),
            [change.id for change in part],
            [field.seal_record(c.id, organization_id, c.record) for c in part],
            [email_index(organization_id, change.record) for change in part],
        )


def set_facts(changes: Mapping[UUID, Facts]) -> None:
    """Write the facts of guests."""
    for part in _parts(list(changes)):
        _execute(_FACTS, now(), part, *_columns([changes[guest_id] for guest_id in part]))


def insert(event: Event, guests: Sequence[NewGuest]) -> None:
    """Add guests to an event."""
    field, organization_id, moment = sealed_field(), event.organization_id, now()
    for part in _parts(guests):
        _execute(
            _INSERT,
            organization_id,
            event.pk,
            moment,
            moment,
            [guest.id for guest in part],
            [guest.party_id for guest in part],
            [guest.contact_id for guest in part],
            *_columns([guest.facts for guest in part]),
            [field.seal_record(guest.id, organization_id, guest.record) for guest in part],
            [email_index(organization_id, guest.record) for guest in part],
        )


def insert_parties(event: Event, labels: Mapping[UUID, str], source: Party.Source) -> None:
    """Make parties: identifier -> label, empty for none."""
    field, organization_id = Party._meta.get_field("sealed"), event.organization_id
    for part in _parts(list(labels)):
        sealed = [
            field.seal_record(party_id, organization_id, PartyRecord(labels[party_id]))
            for party_id in part
        ]
        _execute(_PARTIES, organization_id, event.pk, now(), source.value, part, sealed)


def new_party(event: Event) -> UUID:
    """Make one party without a label; return its identifier."""
    party_id = new_id()
    insert_parties(event, {party_id: ""}, Party.Source.STAFF)
    return party_id


def delete_empty_parties(event_id: UUID, ids: Sequence[UUID]) -> None:
    """Delete those of these parties that nobody belongs to; the list is locked."""
    _execute(_EMPTY_PARTIES, event_id, list(ids))


def set_hosts(hosts: Mapping[UUID, UUID]) -> None:
    """Note whose plus-ones guests are: guest -> host."""
    _execute(_HOSTS, list(hosts), list(hosts.values()))


def change_records(
    event: Event, ids: Sequence[UUID] | None, change: Callable[[GuestRecord], bool]
) -> list[UUID]:
    """Change the records of these guests, or of all, locked and as they are now.

    change: changes a record in place and returns whether it did. Returns whose records changed.
    """
    field = sealed_field()
    changes: list[Rewrite] = []
    for pk, sealed in _locked(event, ids):
        record: GuestRecord = field.open_record(pk, event.organization_id, sealed)
        if change(record):
            changes.append(Rewrite(pk, record))
    rewrite(event.organization_id, changes)
    return [row.id for row in changes]


def _locked(event: Event, ids: Sequence[UUID] | None) -> list[tuple[UUID, bytes]]:
    rows = Guest.objects.filter(event=event)
    if ids is not None:
        rows = rows.filter(pk__in=one_of(ids))
    locked = rows.order_by("pk").select_for_update(no_key=True)
    return cast("list[tuple[UUID, bytes]]", list(locked.values_list("pk", "sealed")))


def _columns(facts: Sequence[Facts]) -> list[list[Any]]:
    stored = [fact.columns for fact in facts]
    names = ("reply", "withdrawal", "held", "delivery", "money")
    return [[columns[name] for columns in stored] for name in names]


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS]


def _execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
