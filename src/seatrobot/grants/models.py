"""Grants of staff, what was written about them, who decided, and the organization's rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.keyring import KeyClass
from seatrobot.kernel.vault.masking import EVERYTHING
from seatrobot.kernel.words import WordField

LAPSES_AFTER = timedelta(hours=12)
"""A request that nobody answered counts for so long."""
DEFAULT = timedelta(hours=4)
LONGEST = timedelta(hours=24)
SHORTEST = timedelta(minutes=15)
EMERGENCY = timedelta(hours=1)
"""How long an emergency lasts, whatever was asked for."""
REVIEWED_WITHIN = timedelta(days=30)
RECORDINGS_DAYS = 30
"""How long what commands showed is kept."""
EMERGENCY_REVIEWED_WITHIN = timedelta(hours=72)
"""From the opening on."""


class State(models.TextChoices):
    ASKED = "asked", _("Asked for")
    LIVE = "live", _("Live")
    DENIED = "denied", _("Denied")
    LAPSED = "lapsed", _("Not answered")
    CANCELLED = "cancelled", _("Taken back")
    ENDED = "ended", _("Ended by staff")
    WITHDRAWN = "withdrawn", _("Ended by you")
    EXPIRED = "expired", _("Expired")
    CLOSED = "closed", _("Closed: a condition lapsed")


OPEN_STATES = (State.ASKED, State.LIVE)


class Category(models.TextChoices):
    SUPPORT = "support", _("Somebody asked for help")
    FAULT = "fault", _("A fault of the service")
    SECURITY = "security", _("A security matter")
    LEGAL = "legal", _("A duty by law")


class Review(models.TextChoices):
    FINE = "fine", _("The access was needed, and used for that alone")
    WRONG = "wrong", _("Something was not as it should be")


class Mode(models.TextChoices):
    NOTIFY = "notify", _("Tell us: access opens, and administrators are told at once")
    APPROVE = "approve", _("Ask us: nothing opens before an administrator approves")


class OfOrganization(TenantModel):
    """A row that goes with its organization, by the database alone: nothing else deletes it."""

    organization = models.ForeignKey(
        "organizations.Organization", models.DO_NOTHING, related_name="+", db_constraint=False
    )

    class Meta:
        abstract = True


class StaffGrant(OfOrganization):
    """One staff member's access to one organization, asked for, open, or over.

    account_id: its holder. event_ids: the events alone that it shows; null for all of them.
    may_change: whether the holder may also change something. minutes: how long it lasts once open.
    decided_by: who approved or denied it; null where the organization is only told. seen_at: when
    the holder was last seen using it, so that a clock that was set back does not prolong it.
    ended_by: who ended it before its time; null for the clock. The database holds what a grant may
    become: it opens once, for 24 hours at most, never by its holder's own approval, and never
    longer than it was opened for (migrations).
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Access of the service's staff"),
        way=Way.TOLD,
        why=_("It concerns staff of the instance that the archive comes from."),
        accounts=frozenset({"account_id", "decided_by", "ended_by", "reviewed_by"}),
        more={
            "reason": lambda row: row.text.sealed.reason,
            "ticket": lambda row: row.text.sealed.ticket,
        },
    )

    account_id = models.UUIDField()
    category = WordField(max_length=10, choices=Category.choices)
    state = WordField(max_length=10, choices=State.choices, default=State.ASKED)
    is_emergency = models.BooleanField(default=False)
    may_change = models.BooleanField(default=False)
    event_ids = ArrayField(models.UUIDField(), null=True)
    minutes = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    opens_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    review_due_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.UUIDField(null=True)
    review = WordField(max_length=10, choices=Review.choices, blank=True)

    class Meta:
        db_table = "grants_staff_grant"
        indexes = [
            models.Index(
                fields=["organization", "id"],
                name="grants_open",
                condition=models.Q(state__in=["asked", "live"]),
            ),
            models.Index(fields=["organization", "id"], name="grants_of_organization"),
            models.Index(fields=["account_id", "id"], name="grants_of_staff"),
            models.Index(
                fields=["review_due_at"],
                name="grants_to_review",
                condition=models.Q(reviewed_at=None, review_due_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "account_id"],
                condition=models.Q(state__in=["asked", "live"]),
                name="one_open_grant",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("account_id"))
                | models.Q(decided_by=None)
                | models.Q(state="denied"),
                name="grant_approved_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(reviewed_by=models.F("account_id"))
                | models.Q(reviewed_by=None),
                name="grant_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at=None, expires_at=None)
                | models.Q(
                    expires_at__gt=models.F("opens_at"),
                    expires_at__lte=models.F("opens_at") + LONGEST,
                ),
                name="grant_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=models.Q(is_emergency=False)
                | models.Q(opens_at=None)
                | models.Q(
                    expires_at__lte=models.F("opens_at") + EMERGENCY, decided_by__isnull=False
                ),
                name="emergency_an_hour_at_most",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="live") | models.Q(opens_at__isnull=False),
                name="live_grant_was_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.state}"


class GrantRecord(msgspec.Struct, omit_defaults=True):
    """What staff wrote: why they ask, which ticket it is about, and what the reviewer found.

    uses: for the reviewer, how many entries of which action the access log has of it. code: SHA-256
    of the code that lets a command use the grant, made at code_at; "" for none.
    """

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    reason: str
    ticket: str = ""
    review_note: str = ""
    uses: dict[str, int] = {}
    code: str = ""
    code_at: datetime | None = None


class GrantText(models.Model):
    """The words of a grant, sealed for the platform: staff read them before a keyring opens."""

    grant = models.OneToOneField(
        StaffGrant,
        models.DO_NOTHING,
        primary_key=True,
        related_name="text",
        db_column="id",
        db_constraint=False,
    )
    sealed = SealedField(GrantRecord)

    class Meta:
        db_table = "grants_text"

    def __str__(self) -> str:
        return str(self.pk)


class DecisionRecord(msgspec.Struct, omit_defaults=True):
    """signed: the statement with its signature (accounts.factors.statements), "" without one."""

    signed: str = ""


class Decision(OfOrganization):
    """One decision of a person of the organization about a grant; rows are only ever added."""

    class Kind(models.TextChoices):
        APPROVE = "approve", _("Approved")
        DENY = "deny", _("Denied")
        WITHDRAW = "withdraw", _("Ended")

    carried: ClassVar[Carried] = Carried(
        what=_("Decisions about access of staff"),
        way=Way.TOLD,
        why=_("They concern staff of the instance that the archive comes from."),
        accounts=frozenset({"account_id"}),
    )

    grant = models.ForeignKey(
        StaffGrant, models.DO_NOTHING, related_name="decisions", db_constraint=False
    )
    account_id = models.UUIDField()
    kind = WordField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    sealed = SealedField(DecisionRecord, key_class=KeyClass.LOG)

    class Meta:
        db_table = "grants_decision"

    def __str__(self) -> str:
        return f"{self.kind} by {self.account_id}"


class Rule(TenantModel):
    """Whether an organization is told of access, or asked. No row: it is told."""

    carried: ClassVar[Carried] = Carried(
        what=_("Whether you are told of access by staff, or asked"),
        way=Way.TOLD,
        why=_("It is decided anew about the staff of each instance."),
    )

    organization = models.OneToOneField(
        "organizations.Organization", models.DO_NOTHING, related_name="+", db_constraint=False
    )
    mode = WordField(max_length=10, choices=Mode.choices, default=Mode.NOTIFY)

    class Meta:
        db_table = "grants_rule"

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.mode}"


class RecordingRecord(msgspec.Struct, omit_defaults=True):
    """said: what was typed, or how the command was called. shown: what it printed."""

    CUTS_CARDS: ClassVar[bool] = True

    said: str
    shown: str = ""


class Recording(OfOrganization):
    """What a command, or one line of a shell, showed of an organization; kept for RECORDINGS_DAYS.

    The entry of it in the access log holds the hash of the record, and outlives it.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("What commands of staff showed"),
        way=Way.TOLD,
        why=_("It concerns staff of the instance that the archive comes from."),
    )

    grant = models.ForeignKey(
        StaffGrant, models.DO_NOTHING, related_name="recordings", db_constraint=False
    )
    command = models.CharField(max_length=40)
    at = models.DateTimeField()
    sealed = SealedField(RecordingRecord, key_class=KeyClass.LOG)

    class Meta:
        db_table = "grants_recording"
        indexes = [models.Index(fields=["grant", "id"], name="grants_recordings")]

    def __str__(self) -> str:
        return f"{self.command} {self.at:%Y-%m-%d %H:%M}"
