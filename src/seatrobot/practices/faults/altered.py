"""Faults of deletions of which SQL says otherwise than the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.deletion import steps
from seatrobot.deletion.models import Deletion, Kind
from seatrobot.events.models import Event
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Membership
from seatrobot.practices.faults.declaring import Instance, fault

CONDITIONS = "seatrobot.kernel.staff.standing.require_conditions"
A_QUARTER = 15
LONGEST_WAIT = 60


@fault("retention.production", "a deletion of a contact that SQL has cancelled")
def deletion_cancelled(instance: Instance) -> Iterator[None]:
    owner = _owner()
    with owner.acting():
        contact = contacts.create(actor=owner, record=ContactRecord(last_name="Seeded"))
        contacts.remove(actor=owner, contact=contact)
    with _changed(instance, "deletion_deletion", _newest(owner, Kind.CONTACT), "state='cancelled'"):
        yield
    steps.advance_all()


@fault("retention.production", "guests whose deletion is forgotten before anybody has looked")
def deletion_forgotten(instance: Instance) -> Iterator[None]:
    with _kept(instance, "deletion_deletion", _removed_guests()) as condition:
        instance.run(f"DELETE FROM deletion_deletion WHERE {condition}")
        yield
    steps.advance_all()


def _owner() -> Member:
    """Return the owner of an organization of which no examination cleans anything."""
    place = vault.organizations()[0]
    with acting(ACTOR, place):
        account_id = Membership.objects.filter(organization_id=place).earliest("pk").account_id
        owner = members.load(account_id, place)
    assert owner is not None
    return owner


def _newest(owner: Member, kind: Kind) -> UUID:
    with acting(ACTOR, owner.organization_id):
        rows = Deletion.objects.filter(customer_id=owner.organization_id, kind=kind)
        return rows.latest("pk").pk


def _removed_guests() -> UUID:
    """Have two guests removed together; return the row of their deletion."""
    owner = _owner()
    with owner.acting():
        event = Event.objects.filter(organization_id=owner.organization_id).earliest("pk")
        records = [GuestRecord(last_name=f"Seeded {number}") for number in range(2)]
        ids = [editing.add(actor=owner, event=event, record=each).pk for each in records]
        bulk.remove(actor=owner, event=event, ids=ids)
    return _newest(owner, Kind.GUESTS)


@contextmanager
def _kept(instance: Instance, table: str, pk: UUID, column: str = "id") -> Iterator[str]:
    """Put rows of a table back as they were; gives the condition that names them."""
    condition = f"{column} = '{pk}'"
    instance.run(f"CREATE TEMP TABLE altered AS SELECT * FROM {table} WHERE {condition}")
    try:
        yield condition
    finally:
        instance.run(
            f"DELETE FROM {table} WHERE {condition};"
            f" INSERT INTO {table} SELECT * FROM altered; DROP TABLE altered"
        )


@contextmanager
def _changed(instance: Instance, table: str, pk: UUID, change: str) -> Iterator[None]:
    """Change a row by SQL, and put it back as it was."""
    with _kept(instance, table, pk) as condition:
        instance.run(f"UPDATE {table} SET {change} WHERE {condition}")
        yield
