"""The steps of a deletion, each safe to repeat: whoever is killed in one is followed by another.

    requested → locked → unreadable → gone → (verified, by the examiner) → aged → final

A step first does its work, which does nothing where it was done, and then says so in the row. One
process at a time works on a deletion.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from seatrobot.deletion import backups, erasing, fingerprints, ledger, replaying, services
from seatrobot.deletion.declarations import ORGANIZATIONS
from seatrobot.deletion.feature import Action
from seatrobot.deletion.knowing import Copies
from seatrobot.deletion.models import Deletion, DeletionRecord, Kind, State
from seatrobot.grants.services import closing
from seatrobot.kernel import caches, features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringMissing
from seatrobot.organizations.models import Invitation, Membership
from seatrobot.organizations.permissions import Role

log = logging.getLogger(__name__)

ACTOR = erasing.ACTOR
LOCK = 7166_0011
"""The class of the advisory locks under which one process works on a deletion."""


class Remains(Exception):
    """Something is still there that a step has just destroyed; the step is tried again."""


def advance(deletion_id: UUID) -> State:
    """Take every step that can be taken now; return where the deletion stands.

    Another process that is at it is left alone.
    """
    with _alone(deletion_id) as is_ours:
        while is_ours:
            deletion = _load(deletion_id)
            step = STEPS.get(State(deletion.state))
            if step is None or _is_early(deletion) or not step(deletion):
                return State(deletion.state)
    return State(_load(deletion_id).state)


def _is_early(deletion: Deletion) -> bool:
    """Whether it can still be cancelled; what has begun goes on, whatever a clock says."""
    return deletion.state == State.REQUESTED and deletion.due_at > now()


def advance_all() -> None:
    """Work on every deletion; one that fails is logged and tried again in a minute."""
    with acting(ACTOR):
        waiting = services.in_progress()
    for deletion_id in waiting:
        try:
            advance(deletion_id)
        except Exception:
            log.exception("the deletion %s did not come further", deletion_id)
    caches.drop_deleted()


def overdue(moment: datetime) -> list[Deletion]:
    """Return what should be gone and verified, and was due before a moment."""
    with acting(ACTOR):
        rows = Deletion.objects.filter(
            state__in=[State.REQUESTED, State.LOCKED, State.UNREADABLE, State.GONE]
        )
        return list(rows.filter(due_at__lt=moment).order_by("id"))


def _lock(deletion: Deletion) -> bool:
    """Let nobody in any more: members, links, staff, jobs; note what is looked for later.

    It ends here where the request was cancelled at this moment, or the organization was handed over
    since: its present owner wants nothing gone. While the organization is locked with its own key,
    nothing can be sealed for it: no word is planted, and the platform's journal takes the entries.
    """
    customer = deletion.customer_id
    counts = deletion.counts or erasing.count(customer)
    is_open = vault.has_keyring(customer)

    def note(action: actions.Action, **facts: Any) -> None:
        with nullcontext() if is_open else acting(ACTOR):
            journal.record(action, **facts)

    with acting(ACTOR, customer):
        deletion = Deletion.objects.select_for_update().get(pk=deletion.pk)
        if deletion.state != State.REQUESTED:
            return True
        owners = Membership.objects.filter(organization_id=customer, role=Role.OWNER)
        if deletion.requested_by not in owners.values_list("account_id", flat=True):
            note(Action.DELETION_CANCEL, subject_id=customer)
            _save(deletion, State.CANCELLED, record=DeletionRecord())
            return True
        record = _opened(deletion)
        rows = Membership.objects.filter(organization_id=customer)
        members = sorted({*record.accounts, *rows.values_list("account_id", flat=True)})
        found = fingerprints.of_organization(customer, plants=is_open)
        closing.close_all(customer, note)
        Invitation.objects.filter(organization_id=customer).delete()
        rows.delete()
        erasing.delete_jobs(customer)
        note(Action.DELETION_LOCK, subject_id=customer)
        record = DeletionRecord(
            identifiers=found.identifiers,
            tables=found.tables,
            fingerprints=found.parts,
            accounts=members,
            email=record.email,
            name=record.name,
        )
        _save(deletion, State.LOCKED, counts=counts, record=record)
    return True


def _destroy_keys(deletion: Deletion) -> bool:
    """Destroy the keyring, look that it is gone, and say so in the platform's journal."""
    customer, record = deletion.customer_id, _opened(deletion)
    try:
        part = fingerprints.part_of(vault.key_store().get(customer))
    except KeyringMissing:
        pass  # an earlier try came so far
    else:
        if part not in record.fingerprints:
            record.fingerprints = [part, *record.fingerprints]
            with acting(ACTOR, customer):
                _save(deletion, State.LOCKED, record=record)
        vault.destroy_keyring(customer)
    if vault.exists(customer):
        raise Remains(f"the keyring of {customer} is still there")
    caches.drop_deleted()
    with acting(ACTOR):
        deletion.entry_id = journal.record(Action.KEYRING_DESTROY, subject_id=customer).pk
        with acting(ACTOR, customer):
            _save(deletion, State.UNREADABLE)
    return True


def _delete_rows(deletion: Deletion) -> bool:
    """Delete the organization's rows, and the accounts of those who belong to no other."""
    customer = deletion.customer_id
    erasing.delete_rows(customer)
    erasing.delete_accounts(_opened(deletion).accounts)
    if left := erasing.count(customer):
        raise Remains(f"rows are left in {sorted(left)}")
    with acting(ACTOR, customer):
        erasing.delete_jobs(customer)
        _save(deletion, State.GONE)
    return True


def _enter(deletion: Deletion) -> bool:
    """Write what is gone into the ledger; the examiner takes the next step.

    Until then, jobs that ran during the deletion are taken out of the queue once they have ended.
    Copies asked for up to now go, too: they may have been made while the rows were being deleted.
    """
    if deletion.takes_jobs:
        with acting(ACTOR, deletion.customer_id):
            erasing.delete_jobs(deletion.subject)
    if deletion.entered_at is not None:
        return False
    gone: dict[str, list[UUID]] = {}
    record = _opened(deletion)
    for table, identifier in zip(record.tables, record.identifiers, strict=True):
        if table in replaying.WHOLE_FIRST:
            gone.setdefault(table, []).append(identifier)
    if deletion.is_whole:
        gone = {ORGANIZATIONS: [deletion.customer_id]}
    elif deletion.kind == Kind.EVENT:  # all that belongs to it goes with it when it is replayed
        gone = {"events_event": [deletion.subject]}
    for table, identifiers in gone.items():
        ledger.append(table, identifiers, now())
    with acting(ACTOR, deletion.customer_id):
        if not deletion.is_whole:
            for copies in features.extensions(Copies):
                copies.forget(deletion.customer_id, now())
        deletion.entered_at = now()
        deletion.save(update_fields=["entered_at"])
    return False


def _age(deletion: Deletion) -> bool:
    """Wait until no backup is left that was made before the rows were gone."""
    assert deletion.gone_at is not None
    if backups.made_before(deletion.gone_at):
        return False
    with acting(ACTOR, deletion.customer_id):
        _save(deletion, State.AGED)
    return True


def _complete(deletion: Deletion) -> bool:
    """Make the receipt final, forget what the search needed, and have whoever asked told."""
    record = _opened(deletion)
    record = DeletionRecord(email=record.email, name=record.name)
    with acting(ACTOR):
        if record.email:
            defer("deletion.mail-receipt", deletion_id=str(deletion.pk))
        journal.record(Action.RECEIPT_FINAL, subject_id=deletion.pk)
        with acting(ACTOR, deletion.customer_id):
            _save(deletion, State.FINAL, record=record)
    return True


def forget_person(deletion: Deletion) -> None:
    """Forget the address of whoever was told."""
    with acting(ACTOR, deletion.customer_id):
        deletion.sealed = DeletionRecord()
        deletion.save(update_fields=["sealed"])


STEPS: dict[State, Callable[[Deletion], bool]] = {
    State.REQUESTED: _lock,
    State.LOCKED: _destroy_keys,
    State.UNREADABLE: _delete_rows,
    State.GONE: _enter,
    State.VERIFIED: _age,
    State.AGED: _complete,
}
"""By the state it begins in; a step returns whether the next one can be taken."""


def _opened(deletion: Deletion) -> DeletionRecord:
    """Open the record in the platform's name: the organization's journal may take nothing more."""
    with acting(ACTOR):
        return deletion.sealed


def _load(deletion_id: UUID) -> Deletion:
    with acting(ACTOR):
        return Deletion.objects.get(pk=deletion_id)


def _save(
    deletion: Deletion,
    state: State,
    *,
    record: DeletionRecord | None = None,
    counts: dict[str, int] | None = None,
) -> None:
    """Store that a step is done, at the moment of its commit."""
    deletion.state = state
    moment = f"{state}_at"
    if getattr(deletion, moment) is None:
        setattr(deletion, moment, now())
    if record is not None:
        deletion.sealed = record
    if counts is not None:
        deletion.counts = counts
    deletion.save()


def key_of(deletion_id: UUID) -> int:
    """Return the number of the advisory lock of a deletion, within the class `LOCK`."""
    return deletion_id.int & 0x7FFFFFFF


@contextmanager
def _alone(deletion_id: UUID) -> Iterator[bool]:
    """Hold the lock of a deletion for the block; yields False where another process has it."""
    key = key_of(deletion_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, key])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, key])
