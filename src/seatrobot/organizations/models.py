"""Organizations, who belongs to them, and what is on its way to joining."""

from __future__ import annotations

import re
from typing import ClassVar
from uuid import UUID

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.models import Account
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.masking import EVERYTHING
from seatrobot.kernel.words import WordField
from seatrobot.organizations.permissions import GRANTED_ROLES, GrantedRole, Role
from seatrobot.organizations.security.models import SecuritySettings

__all__ = [
    "Grant",
    "Invitation",
    "Membership",
    "Organization",
    "SecuritySettings",
    "SentMail",
    "SetupLink",
]


class OrganizationRecord(msgspec.Struct):
    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    name: str


class Organization(models.Model):
    """Sealed under its own keyring, so `organization_id` is its own identifier."""

    carried: ClassVar[Carried] = Carried(
        what=_("The organization"),
        way=Way.TOLD,
        why=_("The organization that imports takes its name over, and nothing else."),
        owner="id",
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sealed = SealedField(OrganizationRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "organizations_organization"

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def organization_id(self) -> UUID:
        return self.id


class Membership(TenantModel):
    """What an account may do in an organization; a limited member has grants beside.

    administrator_since: since when without a break this member may change members; None: may not.
    administrator_by: the account that made them an administrator; None for whoever founded.
    signed_out_at: sessions that began before do not enter this organization any more.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Members"),
        way=Way.TOLD,
        why=_("Accounts belong to people, not to an organization: invite the members again."),
        accounts=frozenset({"account_id", "administrator_by"}),
        more={
            "name": lambda row: row.account.sealed.name,
            "email": lambda row: row.account.sealed.email,
        },
    )

    account = models.ForeignKey(Account, models.CASCADE, related_name="memberships")
    role = WordField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField()
    administrator_since = models.DateTimeField(null=True)
    administrator_by = models.UUIDField(null=True)
    signed_out_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organizations_membership"
        constraints = [
            models.UniqueConstraint(fields=["organization", "account"], name="one_membership"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(role="owner"), name="one_primary_owner"
            ),
            models.CheckConstraint(
                condition=~models.Q(role__in=sorted(GRANTED_ROLES)),
                name="membership_role_is_no_grant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role}"


class InvitationRecord(msgspec.Struct):
    email: str
    name: str


class Invitation(TenantModel):
    """An invitation to join as a member; only the SHA-256 of the link's token is stored.

    is_mailed: whether the link went to the address alone, so that whoever uses it has the mailbox.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Invitations of members"),
        way=Way.TOLD,
        why=_("Their links lead to the instance that the archive comes from."),
        left_out={"token_hash": _("With it, somebody could look for the link.")},
        accounts=frozenset({"invited_by"}),
    )

    sealed = SealedField(InvitationRecord)
    role = WordField(max_length=20, choices=Role.choices)
    token_hash = models.BinaryField(unique=True)
    invited_by = models.UUIDField(null=True)
    is_mailed = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "organizations_invitation"

    def __str__(self) -> str:
        return f"{self.role} until {self.expires_at:%Y-%m-%d}"


class Grant(TenantModel):
    """A role of a limited member in one event, or one that an invitation promises.

    event_id: None for every event. It is no foreign key of Django's, because events are a package
    above this one; their migration adds the constraint, so a grant ends with its event.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Roles of members in single events"),
        way=Way.TOLD,
        why=_("They belong to members, who are invited again."),
    )

    membership = models.ForeignKey(
        Membership,
        models.CASCADE,
        related_name="grants",
        null=True,
        blank=True,
        db_constraint=False,
    )
    invitation = models.ForeignKey(
        Invitation,
        models.CASCADE,
        related_name="grants",
        null=True,
        blank=True,
        db_constraint=False,
    )
    role = WordField(max_length=20, choices=Role.choices)
    event_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "organizations_grant"
        indexes = [models.Index(fields=["event_id"], name="grant_event")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(membership__isnull=True) ^ models.Q(invitation__isnull=True),
                name="grant_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(GRANTED_ROLES)), name="grant_role"
            ),
            models.UniqueConstraint(
                fields=["membership", "event_id"],
                condition=models.Q(membership__isnull=False),
                nulls_distinct=False,
                name="one_role_in_an_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.event_id}"

    @property
    def granted(self) -> GrantedRole:
        return GrantedRole(Role(self.role), self.event_id, self.expires_at)


class MailRecord(msgspec.Struct):
    to: str
    subject: str
    body: str


LINK = re.compile(r"https?://\S+")
LINK_LEFT_OUT = _("[the link is in the mail alone]")


def without_links(record: MailRecord) -> MailRecord:
    """Return a message without its links: whoever has one is the person it was sent to."""
    return MailRecord(record.to, record.subject, LINK.sub(str(LINK_LEFT_OUT), record.body))


class SentMail(TenantModel):
    """A message of this organization: handed to SMTP, or only stored when none is configured."""

    carried: ClassVar[Carried] = Carried(
        what=_("Sent mail"),
        way=Way.TOLD,
        why=_("Another instance has sent it; it is not sent again."),
        rewritten={"sealed": without_links},
    )

    sealed = SealedField(MailRecord)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "organizations_sent_mail"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class SetupLink(models.Model):
    """A one-time link to set up an organization, printed where the operator started the service."""

    token_hash = models.BinaryField(primary_key=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "organizations_setup_link"

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"
