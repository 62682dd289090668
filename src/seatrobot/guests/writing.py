"""Many rows in one statement, each sealed to its place.

Plain SQL over arrays: Django's bulk_update writes a CASE per row and takes minutes for a long
list, its bulk_create spends most of an import on the text of its statements, and a statement with
one parameter per guest ends at 65,535 of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from django.db import connection

from seatrobot.events.models import Event, Field
from seatrobot.guests.models import Guest, Party, PartyRecord, sealed_field
from seatrobot.guests.records import GuestRecord, SpecialRecord
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

_UPDATE_SPECIAL = """
UPDATE guests_guest SET special = new.special
FROM unnest(%s::uuid[], %s::bytea[]) AS new (id, special) WHERE guests_guest.id = new.id
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
    id, party_id, contact_id, reply, withdrawal, held, delivery, money, sealed, email_index, special
)
SELECT %s, %s, %s, %s, new.*
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bool[], %s::text[],
    %s::text[], %s::bytea[], %s::bytea[], %s::bytea[])
    AS new (
        id, party_id, contact_id, reply, withdrawal, held, delivery, money, sealed, email_index,
        special
    )
"""

_PARTIES = """
INSERT INTO guests_party (organization_id, event_id, created_at, language, source, id, sealed)
SELECT %s, %s, %s, '', %s, new.* FROM unnest(%s::uuid[], %s::bytea[]) AS new (id, sealed)
"""

_HOSTS = """
UPDATE guests_guest SET host_id = new.host_id
FROM unnest(%s::uuid[], %s::uuid[]) AS new (id, host_id) WHERE guests_guest.id = new.id
"""

_PARTIES_OF = """
UPDATE guests_guest SET party_id = new.party_id, changed_at = %s
FROM unnest(%s::uuid[], %s::uuid[]) AS new (id, party_id) WHERE guests_guest.id = new.id
"""

_EMPTY_PARTIES = """
DELETE FROM guests_party
WHERE event_id = %(event)s AND id = ANY(%(ids)s)
    AND id NOT IN (
        SELECT party_id FROM guests_guest WHERE event_id = %(event)s AND party_id = ANY(%(ids)s)
    )
"""
"""NOT IN, which is worked out once: a NOT EXISTS went through the guests of the organization for
each party, because of its policies, so that 2,000 parties of 100,000 guests took six seconds."""


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


def email_index_of(guest: Guest) -> bytes | None:
    """Return the blind index of a guest who came with an archive."""
    return email_index(guest.organization_id, guest.sealed)


def special_fields(event_id: UUID) -> frozenset[UUID]:
    """Return the fields of an event whose answers are special categories of data."""
    rows = Field.objects.filter(event_id=event_id, special=True)
    return frozenset(rows.values_list("pk", flat=True))


def split(
    record: GuestRecord, special: AbstractSet[UUID]
) -> tuple[GuestRecord, SpecialRecord | None]:
    """Return a record without its answers to special fields, and these, None where there are none.

    The two are sealed under keys of their own.
    """
    apart = {key: answer for key, answer in record.answers.items() if key in special}
    if not apart:
        return record, None
    answers = {key: answer for key, answer in record.answers.items() if key not in special}
    return msgspec.structs.replace(record, answers=answers), SpecialRecord(apart)


def rewrite(
    organization_id: UUID, changes: Sequence[Rewrite], special: AbstractSet[UUID] | None = None
) -> None:
    """Seal new records into existing rows.

    special: the special fields, where the records hold the answers to them too; with None those
    stay as they are.
    """
    field = sealed_field()
    for part in parts_of(changes):
        parts = [split(change.record, special or frozenset()) for change in part]
        ids = [change.id for change in part]
        records = [record for record, _apart in parts]
        _execute(
            _UPDATE,
            now(),
            ids,
            [field.seal_record(pk, organization_id, r) for pk, r in zip(ids, records, strict=True)],
            vault.blind_indexes(organization_id, (record.email for record in records)),
        )
        if special is not None:
            apart = [
                _seal_special(pk, organization_id, own)
                for pk, (_r, own) in zip(ids, parts, strict=True)
            ]
            _execute(_UPDATE_SPECIAL, ids, apart)


def _seal_special(pk: UUID, organization_id: UUID, record: SpecialRecord | None) -> bytes | None:
    field = Guest._meta.get_field("special")
    return field.seal_record(pk, organization_id, record) if record else None


def set_facts(changes: Mapping[UUID, Facts]) -> None:
    """Write the facts of guests."""
    for part in parts_of(list(changes)):
        _execute(_FACTS, now(), part, *_columns([changes[guest_id] for guest_id in part]))


def insert(
    event: Event, guests: Sequence[NewGuest], special: AbstractSet[UUID] = frozenset()
) -> None:
    """Add guests to an event; special: the fields whose answers are sealed apart."""
    field, organization_id, moment = sealed_field(), event.organization_id, now()
    for part in parts_of(guests):
        parts = [split(guest.record, special) for guest in part]
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
            [
                field.seal_record(guest.id, organization_id, record)
                for guest, (record, _own) in zip(part, parts, strict=True)
            ],
            vault.blind_indexes(organization_id, (guest.record.email for guest in part)),
            [
                _seal_special(guest.id, organization_id, own)
                for guest, (_record, own) in zip(part, parts, strict=True)
            ],
        )


def insert_parties(event: Event, labels: Mapping[UUID, str], source: Party.Source) -> None:
    """Make parties: identifier -> label, empty for none."""
    field, organization_id = Party._meta.get_field("sealed"), event.organization_id
    for part in parts_of(list(labels)):
        sealed = [
            field.seal_record(pk, organization_id, PartyRecord(labels[pk])) if labels[pk] else None
            for pk in part
        ]
        _execute(_PARTIES, organization_id, event.pk, now(), source.value, part, sealed)


def new_party(event: Event) -> UUID:
    """Make one party without a label; return its identifier."""
    party_id = new_id()
    insert_parties(event, {party_id: ""}, Party.Source.STAFF)
    return party_id


def delete_empty_parties(event_id: UUID, ids: Collection[UUID]) -> None:
    """Delete those of these parties that nobody belongs to; the list is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_PARTIES, {"event": event_id, "ids": list(ids)})


def set_hosts(hosts: Mapping[UUID, UUID]) -> None:
    """Note whose plus-ones guests are: guest -> host."""
    _execute(_HOSTS, list(hosts), list(hosts.values()))


def set_parties(event: Event, parties: Mapping[UUID, UUID]) -> None:
    """Let guests join parties: guest -> party; parties that nobody is left in are deleted."""
    moved = Guest.objects.filter(event=event, pk__in=one_of(list(parties)))
    left = set(moved.values_list("party_id", flat=True))
    _execute(_PARTIES_OF, now(), list(parties), list(parties.values()))
    delete_empty_parties(event.pk, left - set(parties.values()))


def change_records(
    event: Event,
    ids: Sequence[UUID] | None,
    change: Callable[[GuestRecord], bool],
    special: AbstractSet[UUID] | None = None,
) -> list[UUID]:
    """Change the records of these guests, or of all, locked and as they are now.

    change: changes a record in place and returns whether it did. special: the special fields from
    now on, where the records are to hold the answers to them too. Returns whose records changed.
    """
    open_record = sealed_field().open_record
    open_special = Guest._meta.get_field("special").open_record
    changed: list[UUID] = []
    rewrites: list[Rewrite] = []
    for pk, sealed, own in _locked(event, ids):
        record: GuestRecord = open_record(pk, event.organization_id, sealed)
        apart: dict[UUID, str] = {}
        if special is not None and own is not None:
            opened: SpecialRecord = open_special(pk, event.organization_id, own)
            apart = opened.answers
            record.answers |= apart
        if is_changed := change(record):
            changed.append(pk)
        is_moved = special is not None and apart.keys() != record.answers.keys() & special
        if is_changed or is_moved:
            rewrites.append(Rewrite(pk, record))
    rewrite(event.organization_id, rewrites, special)
    return changed


def _locked(event: Event, ids: Sequence[UUID] | None) -> list[tuple[UUID, bytes, bytes | None]]:
    rows = Guest.objects.filter(event=event)
    if ids is not None:
        rows = rows.filter(pk__in=one_of(ids))
    locked = rows.order_by("pk").select_for_update(no_key=True)
    found = list(locked.values_list("pk", "sealed", "special"))
    return cast("list[tuple[UUID, bytes, bytes | None]]", found)


def _columns(facts: Sequence[Facts]) -> list[list[Any]]:
    return [list(column) for column in zip(*(fact.values for fact in facts), strict=True)]


def parts_of(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), ROWS):
        yield rows[start : start + ROWS]


def _execute(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
