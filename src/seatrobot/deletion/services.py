"""Asking for a deletion, cancelling it, and noting what was deleted by others."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.deletion import erasing, fingerprints
from seatrobot.deletion.feature import Action, Permission
from seatrobot.deletion.models import IN_PROGRESS, Deletion, DeletionRecord, Kind, State
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import inserting
from seatrobot.kernel.tokens import token_hash
from seatrobot.organizations.models import Organization

CANCELLABLE = timedelta(hours=1)
MOST_SOUGHT = 200
"""Parts of sealed values that are noted of one deletion. The examiner looks for the first of them
and of the identifiers (`searching.MOST_PARTS`); the ledger has every identifier."""
MOST_SHOWN = 100
TOKEN_SALT = "seatrobot.deletion.receipt"  # noqa: S105  no secret


class WrongName(Refused):
    """What was typed is not the name of the organization."""

    status = 422


def request(
    *, actor: Principal, typed_name: str, at_once: bool, deletion_id: UUID
) -> tuple[Deletion, str]:
    """Ask for the deletion of the organization; return it and the token of its receipt's link.

    It begins in an hour, and can be cancelled until then, unless it is wanted at once. A form sent
    twice (`deletion_id`) asks once. Raises WrongName, FormUsed for the form of a deletion that was
    cancelled, and Refused where one is under way.
    """
    actor.require(Permission.ORGANIZATION_DELETE)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    if typed_name.strip() != organization.sealed.name:
        raise WrongName(
            _("Type the name of the organization exactly as it is shown."), field="name"
        )
    if found := open_request(actor.organization_id):
        if found.pk == deletion_id:
            return found, token_of(found.pk)
        raise Refused(_("The deletion of this organization was asked for already."))
    assert actor.account_id is not None
    owner = accounts.people([actor.account_id])[actor.account_id]
    token, moment = token_of(deletion_id), now()
    deletion = Deletion(
        pk=deletion_id,
        customer_id=actor.organization_id,
        kind=Kind.ORGANIZATION,
        requested_at=moment,
        requested_by=actor.account_id,
        due_at=moment if at_once else moment + CANCELLABLE,
        token_hash=token_hash(token),
        sealed=DeletionRecord(email=owner.email, name=owner.name),
    )
    with inserting():
        deletion.save(force_insert=True)
    journal.record(Action.DELETION_REQUEST, subject_id=actor.organization_id, at_once=at_once)
    if at_once:
        with acting(erasing.ACTOR):  # a job that named the organization would have to delete itself
            defer("deletion.advance")
    return deletion, token


def token_of(deletion_id: UUID) -> str:
    """Return the token of the link to a receipt; it follows from the instance's secret."""
    digest = salted_hmac(TOKEN_SALT, deletion_id.hex, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def cancel(*, actor: Principal) -> None:
    """Take the request back, as long as nothing has happened; raises Refused."""
    actor.require(Permission.ORGANIZATION_DELETE)
    deletion = open_request(actor.organization_id, for_update=True)
    if deletion is None or deletion.state != State.REQUESTED or deletion.due_at <= now():
        raise Refused(_("It is too late to cancel: the deletion has begun."))
    deletion.state, deletion.cancelled_at = State.CANCELLED, now()
    deletion.sealed = DeletionRecord()
    deletion.save()
    journal.record(Action.DELETION_CANCEL, subject_id=actor.organization_id)


def open_request(organization_id: UUID, *, for_update: bool = False) -> Deletion | None:
    """Return the deletion of the organization that is asked for or under way."""
    rows = Deletion.objects.filter(customer_id=organization_id, kind=Kind.ORGANIZATION)
    rows = rows.exclude(state=State.CANCELLED)
    return (rows.select_for_update() if for_update else rows).first()


def record_gone(  # noqa: PLR0913  what went, all of it by name
    *,
    by: Principal,
    kind: Kind,
    gone: Mapping[str, Collection[UUID]],
    subject_id: UUID | None = None,
    fingerprints: Collection[bytes] = (),
    counts: Mapping[str, int] | None = None,
) -> Deletion | None:
    """Note, in the transaction that deletes rows, which went; they are verified to be gone.

    gone: identifiers by table. subject_id: what was deleted, where that is one thing.
    fingerprints: bytes that stood in the rows. counts: rows by table, where more went than is
    named. Returns None where nothing went.
    """
    if not any(gone.values()):
        return None
    moment = now()
    every = [(table, each) for table, ids in gone.items() for each in ids]
    deletion = Deletion(
        customer_id=by.organization_id,
        subject_id=subject_id,
        kind=kind,
        state=State.GONE,
        requested_at=moment,
        requested_by=by.account_id,
        due_at=moment,
        locked_at=moment,
        gone_at=moment,
        counts=dict(counts or {table: len(ids) for table, ids in gone.items() if ids}),
        sealed=DeletionRecord(
            identifiers=[each for _table, each in every],
            tables=[table for table, _each in every],
            fingerprints=[bytes(each) for each in fingerprints][:MOST_SOUGHT],
        ),
    )
    deletion.save(force_insert=True)
    return deletion


def record_event(*, by: Principal, event_id: UUID) -> None:
    """Note that an event is about to be deleted with all that belongs to it."""
    found, counts = fingerprints.of_event(event_id)
    gone: dict[str, list[UUID]] = {}
    for table, identifier in zip(found.tables, found.identifiers, strict=True):
        gone.setdefault(table, []).append(identifier)
    record_gone(
        by=by,
        kind=Kind.EVENT,
        subject_id=event_id,
        gone=gone,
        fingerprints=found.parts,
        counts=counts,
    )


def load_deletions(actor: Principal) -> list[Deletion]:
    """Return the newest deletions of the organization."""
    actor.require(Permission.DELETION_VIEW)
    return list(of_organization(actor).order_by("-id")[:MOST_SHOWN])


def load_deletion(actor: Principal, deletion_id: UUID) -> Deletion:
    """Return a deletion; Http404 when there is none to see."""
    actor.require(Permission.DELETION_VIEW)
    deletion = of_organization(actor).filter(pk=deletion_id).first()
    if deletion is None:
        raise Http404
    return deletion


def of_organization(actor: Principal) -> QuerySet[Deletion]:
    """Return the deletions in the actor's organization."""
    return Deletion.objects.filter(customer_id=actor.organization_id)


def find_by_token(token: str) -> Deletion | None:
    """Return the deletion whose receipt a link gives; call where nobody acts."""
    return Deletion.objects.filter(token_hash=token_hash(token)).first()


def in_progress() -> list[UUID]:
    """Return what is not final yet, the oldest first; call where nobody acts."""
    rows = Deletion.objects.filter(state__in=IN_PROGRESS).order_by("id")
    return list(rows.values_list("pk", flat=True))
