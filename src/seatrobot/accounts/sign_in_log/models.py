"""One row per attempt to sign in, and a copy for each organization of its account.

The table only grows, by grant. A person sees their own rows, an organization's administrators
the copies of their organization; a copy is sealed under the organization's own keyring.
"""

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.fields import SealedField


class SignInRecord(msgspec.Struct, omit_defaults=True):
    """From where and with what.

    browser, system: with their versions. network: `AS3320 Deutsche Telekom AG`. place: city and
    country. Network and place are empty unless the operator supplies MaxMind databases.
    """

    ip: str = ""
    agent: str = ""
    browser: str = ""
    system: str = ""
    network: str = ""
    place: str = ""


class SignIn(models.Model):
    """organization_id: empty in the row of the attempt itself, set in its copies.

    method, factors, outcome, reason, device: values of the enumerations in kinds.py.
    account_id: empty where nobody has the address. factors: methods that were shown in all.
    session_id: the session that began. Plain identifiers: the log outlives what it names.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    account_id = models.UUIDField(null=True)
    method = models.CharField(max_length=20)
    factors = ArrayField(models.CharField(max_length=20), default=list)
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, blank=True)
    device = models.CharField(max_length=10)
    session_id = models.UUIDField(null=True)
    sealed = SealedField(SignInRecord)

    class Meta:
        db_table = "accounts_sign_in"
        indexes = [
            models.Index(fields=["organization_id", "id"], name="sign_in_by_time"),
            models.Index(fields=["organization_id", "account_id", "id"], name="sign_in_by_member"),
            models.Index(fields=["organization_id", "device", "id"], name="sign_in_by_device"),
            models.Index(fields=["organization_id", "outcome", "id"], name="sign_in_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.method} {self.outcome}"


class KnownPlace(models.Model):
    """key: blind index of an account with a device or a network that it has signed in from."""

    key = models.BinaryField(primary_key=True)
    account = models.ForeignKey("accounts.Account", models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "accounts_known_place"

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d}"


class SignInCount(models.Model):
    """How many copies an organization got on a day (UTC), by device and outcome."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField()
    day = models.DateField()
    device = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    count = models.IntegerField()

    class Meta:
        db_table = "accounts_sign_in_count"
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "day", "device", "outcome"], name="one_sign_in_count"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.device} {self.outcome}: {self.count}"
