"""Deletions that were asked for, and how far each has come.

A deletion outlives what it deletes, so it refers to nothing by a foreign key. It holds identifiers
and counts; what is needed until it is verified is sealed under the platform's keyring.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField


class Kind(models.TextChoices):
    PERSON = "person", _("Person")
    GUESTS = "guests", _("Guests")
    CONTACT = "contact", _("Contact")
    EVENT = "event", _("Event")
    ORGANIZATION = "organization", _("Organization")


class State(models.TextChoices):
    """In the order of the steps; CANCELLED ends a request before anything happened."""

    REQUESTED = "requested", _("Requested")
    LOCKED = "locked", _("Locked")
    UNREADABLE = "unreadable", _("Keys destroyed")
    GONE = "gone", _("Rows deleted")
    VERIFIED = "verified", _("Verified")
    AGED = "aged", _("Backups destroyed")
    FINAL = "final", _("Receipt final")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (State.REQUESTED, State.LOCKED, State.UNREADABLE, State.GONE)
"""States in which something that was asked to go may still be there."""
IN_PROGRESS = (*OPEN, State.VERIFIED, State.AGED)
"""States that a deletion still leaves by itself."""


class DeletionRecord(msgspec.Struct, omit_defaults=True):
    """What a deletion is looked for by, until its receipt is final.

    identifiers: of rows, each with its table in `tables`. fingerprints: bytes that stood in rows or
    files: parts of sealed values, of a wrapped keyring. accounts: members of an organization, who
    may go with it. email, name: of whom to tell.
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"identifiers", "tables", "fingerprints", "accounts"}
    )

    identifiers: list[UUID] = []
    tables: list[str] = []
    fingerprints: list[bytes] = []
    accounts: list[UUID] = []
    email: str = ""
    name: str = ""


class Deletion(models.Model):
    """One request to delete something, and the moments of its steps.

    customer_id: the organization. subject_id: what goes: the event, the contact, the only guest.
    requested_by: the account; None for the service. due_at: before it nothing happens and the
    request can be cancelled. before_id: the first identifier that is younger than the deletion.
    entry_id: the journal's entry of the destruction of keys. counts: rows by table. found: where
    the last verification still found something; searched: where it looked.
    token_hash: of the link to the receipt of an organization.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer_id = models.UUIDField()
    subject_id = models.UUIDField(null=True)
    kind = WordField(max_length=12, choices=Kind.choices)
    state = WordField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    requested_by = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    unreadable_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    aged_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    entry_id = models.UUIDField(null=True)
    counts = models.JSONField(default=dict)
    searched = models.JSONField(default=list)
    found = models.JSONField(default=list)
    result = models.TextField(blank=True)
    token_hash = models.BinaryField(null=True, unique=True)
    sealed = SealedField(DeletionRecord)

    class Meta:
        db_table = "deletion_deletion"
        indexes = [
            models.Index(fields=["customer_id", "id"], name="deletion_of_customer"),
            models.Index(
                fields=["state"],
                condition=~models.Q(state__in=["final", "cancelled"]),
                name="deletion_in_progress",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer_id"],
                condition=models.Q(kind="organization") & ~models.Q(state="cancelled"),
                name="one_deletion_of_organization",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_whole(self) -> bool:
        """Whether the organization itself goes."""
        return self.kind == Kind.ORGANIZATION

    @property
    def takes_jobs(self) -> bool:
        """Whether the jobs that name its subject go too."""
        return self.kind in {Kind.ORGANIZATION, Kind.EVENT}

    @property
    def subject(self) -> UUID:
        """What goes: the organization where nothing less is named."""
        return self.subject_id or self.customer_id


class Alert(models.Model):
    """Staff were told that a deletion is late. It names nobody's rows, only the deletion's own.

    deletion_id: no reference, since the row of a deletion may go first. kind, state, due_at: of the
    deletion, as it stood last. remains: places in which something was still found. raised_at: when
    everybody of the staff was mailed. solved_at: when it was late no more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deletion_id = models.UUIDField(unique=True)
    kind = WordField(max_length=12, choices=Kind.choices)
    state = WordField(max_length=10, choices=State.choices)
    due_at = models.DateTimeField()
    remains = models.IntegerField(default=0)
    raised_at = models.DateTimeField()
    solved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "deletion_alert"

    def __str__(self) -> str:
        return f"{self.kind} {self.state} since {self.due_at}"


class SubjectRequest(TenantModel):
    """What a person has asked for (GDPR, articles 15 to 17 and 20), and until when it is answered.

    subject_id: a row about the person, None once they are erased.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("To know what is known of them")
        CORRECTION = "correction", _("To have something corrected")
        ERASURE = "erasure", _("To be erased")

    carried: ClassVar[Carried] = Carried(
        what=_("What people asked about their data"),
        way=Way.TOLD,
        why=_("They were asked of the instance that the archive comes from, which answers them."),
        accounts=frozenset({"closed_by"}),
    )

    subject_id = models.UUIDField(null=True)
    kind = WordField(max_length=10, choices=Kind.choices)
    received_on = models.DateField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)

    class Meta:
        db_table = "deletion_request"

    def __str__(self) -> str:
        return f"{self.kind} until {self.due_on}"
