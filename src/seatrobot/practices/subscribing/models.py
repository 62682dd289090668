"""Subscribers, webhooks, and the changes that are not announced yet.

Addresses of the public are sealed under the platform's keyring and found by blind index; what an
organization sets up is sealed under its own keyring, as its Customer Data is.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy

from seatrobot.accounts.models import Account
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField
from seatrobot.organizations.models import Organization


class AddressRecord(msgspec.Struct):
    email: str


class Rhythm(models.TextChoices):
    """How often somebody is mailed that the service is alive, changes or none."""

    DAILY = "daily", gettext_lazy("every day")
    WEEKLY = "weekly", gettext_lazy("every week")
    NEVER = "never", gettext_lazy("only when something changes")


class Pending(models.Model):
    """An address that is not confirmed yet; one row for each.

    sections: of which promises; none: of all. alive: how often to say that the service is alive.
    token_hash: SHA-256 of the link that was mailed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address_index = models.BinaryField(unique=True)
    sealed = SealedField(AddressRecord)
    sections = ArrayField(models.CharField(max_length=40), default=list)
    alive = WordField(max_length=6, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    token_hash = models.BinaryField(unique=True, null=True)
    asked_at = models.DateTimeField(db_index=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscribing_pending"

    def __str__(self) -> str:
        return str(self.pk)


class Subscriber(models.Model):
    """An address that was confirmed. sections: of which promises; none: of all.

    alive: how often to say that the service is alive; alive_at: when that was last done.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    address_index = models.BinaryField(unique=True)
    sealed = SealedField(AddressRecord)
    sections = ArrayField(models.CharField(max_length=40), default=list)
    alive = WordField(max_length=6, choices=Rhythm.choices, default=Rhythm.WEEKLY)
    alive_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField()

    class Meta:
        db_table = "subscribing_subscriber"

    def __str__(self) -> str:
        return str(self.pk)


class Untold(models.Model):
    """A change (promises_change) that is not announced yet."""

    change_id = models.UUIDField(primary_key=True)

    class Meta:
        db_table = "subscribing_untold"

    def __str__(self) -> str:
        return str(self.change_id)


class Listener(models.Model):
    """An organization with a recipient; all that announcing has to know of it."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Whether news of the practices have a recipient"),
        way=Way.STAYS,
        why=gettext_lazy("It follows from the recipients."),
    )

    organization = models.OneToOneField(
        Organization, models.CASCADE, primary_key=True, related_name="+"
    )

    class Meta:
        db_table = "subscribing_listener"

    def __str__(self) -> str:
        return str(self.organization_id)


class AdministratorMail(TenantModel):
    """An administrator who has subscribed to mail."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Administrators who are mailed news of the practices"),
        way=Way.TOLD,
        why=gettext_lazy("They belong to members, who are invited again."),
        accounts=frozenset({"account_id"}),
    )

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")

    class Meta:
        db_table = "subscribing_administrator_mail"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "account"], name="one_administrator_mail"
            )
        ]

    def __str__(self) -> str:
        return str(self.account_id)


class HookRecord(msgspec.Struct):
    """The address may contain a secret of the receiver."""

    url: str


class Hook(TenantModel):
    """An address to which changes are posted.

    last_at, last_outcome: of the latest attempt; outcome: one short sentence, never the answer.
    failing_since: when attempts began to fail in a row. disabled_at: when that was too long.
    """

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Webhooks"),
        way=Way.TOLD,
        why=gettext_lazy("An instance sends only to addresses that were set up there."),
    )

    sealed = SealedField(HookRecord)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscribing_hook"

    def __str__(self) -> str:
        return str(self.pk)
