"""Faults of what SQL says otherwise than the log: deletions, grants, invitations and archives."""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock
from uuid import UUID

from seatrobot.archive import services as archives
from seatrobot.archive.models import Archive
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.deletion import steps
from seatrobot.deletion.models import Deletion, Kind, State
from seatrobot.events.models import Event
from seatrobot.grants import operating
from seatrobot.grants.models import Category, Mode, StaffGrant
from seatrobot.grants.services import asking, deciding
from seatrobot.grants.services.asking import Wanted
from seatrobot.grants.services.common import as_staff
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.services import inviting
from seatrobot.practices.checks import keyrings
from seatrobot.practices.faults import people
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


@fault("retention.production", "guests who are said to be in the ledger, which never had them")
def never_entered(instance: Instance) -> Iterator[None]:
    change = "entered_at = now(), counts = '{}'"
    with _changed(instance, "deletion_deletion", _removed_guests(), change):
        yield
    steps.advance_all()


@fault("retention.production", "a receipt that says earlier times and fewer rows")
def receipt_changed(instance: Instance) -> Iterator[None]:
    with acting(ACTOR):
        row = Deletion.objects.filter(state=State.FINAL, verified_at__isnull=False).last()
    if row is None:
        raise AssertionError("no deletion came to its end")
    change = "counts = '{}', gone_at = requested_at, verified_at = requested_at"
    with _changed(instance, "deletion_deletion", row.pk, change):
        yield


@fault("retention.production", "an archive that says it is younger than what was deleted")
def younger(instance: Instance) -> Iterator[None]:
    owner = _owner()
    with _archive(owner) as pk:
        with owner.acting():
            contact = contacts.create(actor=owner, record=ContactRecord(last_name="Seeded"))
        later = "created_at = created_at + interval '10 years'"
        with _changed(instance, "archive_archive", pk, later):
            with owner.acting():
                contacts.remove(actor=owner, contact=contact)
            steps.advance_all()
            yield


@fault("retention.return", "an archive that waits for its download and lost its end")
def cut(instance: Instance) -> Iterator[None]:
    with (
        _archive(_owner()) as pk,
        _changed(instance, "archive_archive", pk, "size = size / 2"),
    ):
        yield


@fault("confidentiality.need", "a grant of which nobody knows any more why it was needed")
def words_gone(instance: Instance) -> Iterator[None]:
    with _kept(instance, "grants_text", _grant(open_it=True)) as condition:
        instance.run(f"DELETE FROM grants_text WHERE {condition}")
        yield


@fault("confidentiality.need", "a refusal that SQL has made an approval")
def refusal_turned(instance: Instance) -> Iterator[None]:
    pk = _grant(open_it=False)
    of_it = "UPDATE grants_decision SET kind = '{}' WHERE grant_id = '{}'"
    with instance.changed(of_it.format("approve", pk), of_it.format("deny", pk)):
        yield


@fault("confidentiality.need", "access that counts again after the organization has ended it")
def counts_again(instance: Instance) -> Iterator[None]:
    change = "state = 'live', ended_at = NULL, ended_by = NULL"
    with _changed(instance, "grants_staff_grant", _grant(open_it=True), change):
        yield


@fault("confidentiality.need", "what a command of staff has shown, taken away")
def recording_gone(instance: Instance) -> Iterator[None]:
    pk = _grant(open_it=True, with_command=True)
    with _kept(instance, "grants_recording", pk, "grant_id") as condition:
        instance.run(f"DELETE FROM grants_recording WHERE {condition}")
        yield


@fault("access.rights", "an invitation with another link than was sent")
def other_link(instance: Instance) -> Iterator[None]:
    owner, address = _owner(), f"{new_id()}@nowhere.test"
    with owner.acting():
        row = inviting.invite(actor=owner, email=address, name="Seeded", role=Role.TEAM)
    link = "token_hash = sha256('seeded')"
    with _changed(instance, "organizations_invitation", row.pk, link):
        yield
    with owner.acting():
        inviting.withdraw(actor=owner, invitation_id=row.pk)


@fault("encryption.keys", "a key of an organization in clear among temporary files")
def data_key_copied(_instance: Instance) -> Iterator[None]:
    value = keyrings.opened().values[0]
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        Path(file.name).write_bytes(b'{"value": "%s"}' % base64.b64encode(b"\x1a " + value))
        yield


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


def _grant(*, open_it: bool, with_command: bool = False) -> UUID:
    """Have a grant approved and ended by its organization, or denied, as the journal says."""
    owner, staff = _owner(), people.staff_member("Granted").pk
    place = owner.organization_id
    wanted = Wanted(category=Category.FAULT, reason="Seeded on purpose", minutes=A_QUARTER)
    with owner.acting():
        deciding.change_mode(actor=owner, mode=Mode.APPROVE)
    with mock.patch(CONDITIONS, return_value=None):
        with as_staff(staff, place):
            row = asking.ask(staff_id=staff, organization_id=place, wanted=wanted)
        with owner.acting():
            (deciding.approve if open_it else deciding.deny)(actor=owner, grant_id=row.pk)
    if with_command:
        _show(row, staff)
    with owner.acting():
        if open_it:
            deciding.withdraw(actor=owner, grant_id=row.pk)
        deciding.change_mode(actor=owner, mode=Mode.NOTIFY)
    return row.pk


def _show(row: StaffGrant, staff: UUID) -> None:
    """Store what a command showed by a grant, as the command does."""
    operator = Operator(
        actor=Actor.operator("guests"),
        organization_id=row.organization_id,
        grant_id=row.pk,
        staff_id=staff,
    )
    operating.store_recording(operator, "guests", "Seeded")


@contextmanager
def _archive(owner: Member) -> Iterator[UUID]:
    """Have an archive made that waits for its download; it goes with the block."""
    pk = new_id()
    with owner.acting():
        archives.ask(actor=owner, archive_id=pk)
    rows = Archive.objects.filter(pk=pk)
    end = time.monotonic() + LONGEST_WAIT
    is_made = False
    while not is_made and time.monotonic() < end:
        time.sleep(1)
        with acting(ACTOR, owner.organization_id):
            is_made = rows.filter(finished_at__isnull=False).exists()
    assert is_made, "the jobs made no archive"
    try:
        yield pk
    finally:
        with acting(ACTOR, owner.organization_id):
            archives.forget_pieces(pk)
            rows.delete()


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
