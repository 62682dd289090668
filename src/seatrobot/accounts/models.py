"""Accounts, their sessions and factors, the sign-in log, and staff.

Names, addresses and secrets are sealed under the platform's keyring, except in the copies of
sign-ins that organizations keep, which are sealed under their own.
"""

from __future__ import annotations

import unicodedata
from typing import ClassVar

import msgspec
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.keyring import KeyClass


class AccountRecord(msgspec.Struct):
    NAMES: ClassVar[tuple[str, ...]] = ("name",)

    email: str
    name: str


class AccountManager(BaseUserManager["Account"]):
    """Find accounts with `services.find`, which looks an address up by its blind index."""


class Account(AbstractBaseUser):
    """A person who signs in: a member of organizations, or staff.

    email_index: blind index of the address.
    confirmed_at: when a link that was mailed to the address came back; null: anybody may have given
    the address, and what they enrolled falls with a new password that is set by mail.
    unchecked_since: when the person reported a sign-in as not theirs; null again once they have
    reviewed their sign-in methods (`factors/review.py`). It is read with the session.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email_index = models.BinaryField(unique=True, editable=False)
    sealed = SealedField(AccountRecord)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    unchecked_since = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    objects = AccountManager()

    USERNAME_FIELD = "email_index"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "accounts_account"

    def __str__(self) -> str:
        return str(self.pk)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and _normalized(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and _normalized(raw_password))


def _normalized(password: str) -> str:
    """Return a password in the form every keyboard produces (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


class SessionRecord(msgspec.Struct):
    """Address and agent of the session's last noted use."""

    CUTS_CARDS: ClassVar[bool] = True

    ip: str
    agent: str


class Session(models.Model):
    """A browser session.

    key_hash: SHA-256 of area and cookie value, so that a copy of this table opens no session.
    session_data: Django's signed payload, without Customer Data.
    created_at: time of the sign-in, also after the key has changed.
    longest_gap: longest time in seconds without use since the sign-in.
    network: blind index of where a session without an account comes from, so that no network has
    more than a few.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_hash = models.BinaryField(unique=True)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()
    longest_gap = models.PositiveIntegerField(default=0)
    network = models.BinaryField(null=True)
    sealed = SealedField(SessionRecord)

    class Meta:
        db_table = "accounts_session"
        indexes = [
            models.Index(
                fields=["network", "id"],
                condition=models.Q(account=None),
                name="session_of_nobody",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attempt(models.Model):
    """Failed attempts counted under one key (a blind index), and the time of the last."""

    key = models.BinaryField(primary_key=True)
    count = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_attempt"

    def __str__(self) -> str:
        return f"{self.count} until {self.last_at:%H:%M}"


class PasskeyRecord(msgspec.Struct):
    """A WebAuthn credential record (W3C WebAuthn 3, 4), with the name its owner gave it."""

    name: str
    credential_id: bytes
    public_key: bytes
    transports: list[str]
    aaguid: str


class Passkey(models.Model):
    """credential_hash: SHA-256 of the credential's identifier. is_synced: also kept in a cloud."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="passkeys")
    credential_hash = models.BinaryField(unique=True)
    sealed = SealedField(PasskeyRecord)
    sign_count = models.BigIntegerField()
    is_synced = models.BooleanField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_passkey"

    def __str__(self) -> str:
        return str(self.pk)


class AuthenticatorRecord(msgspec.Struct):
    name: str
    secret: bytes


class Authenticator(models.Model):
    """A TOTP app (RFC 6238). last_step: last time step for which a code was accepted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.OneToOneField(Account, models.CASCADE, related_name="authenticator")
    sealed = SealedField(AuthenticatorRecord)
    last_step = models.BigIntegerField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_authenticator"

    def __str__(self) -> str:
        return str(self.pk)


class RecoveryCode(models.Model):
    """An unused recovery code; using it deletes the row.

    salt: shared by the set of codes that was made together.
    code_hash: blind index of the account and the slowly hashed code.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="recovery_codes")
    salt = models.BinaryField()
    code_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_recovery_code"

    def __str__(self) -> str:
        return str(self.pk)


class PendingReset(models.Model):
    """A reset of somebody's factors that waits for objection or for a second administrator."""

    carried: ClassVar[Carried] = Carried(
        what=_("Resets of sign-in methods that wait"),
        way=Way.STAYS,
        why=_("They concern accounts of this instance, and are over in a few days."),
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.OneToOneField(Account, models.CASCADE, related_name="pending_reset")
    organization_id = models.UUIDField()
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_pending_reset"

    def __str__(self) -> str:
        return f"{self.account_id} on {self.due_at:%Y-%m-%d %H:%M}"


class SignInRecord(msgspec.Struct, omit_defaults=True):
    """Where a sign-in came from.

    browser, system: with their versions. network: such as `AS3320 Deutsche Telekom AG`. place:
    city and country. Both are empty unless the operator supplies MaxMind databases.
    """

    CUTS_CARDS: ClassVar[bool] = True

    ip: str = ""
    agent: str = ""
    browser: str = ""
    system: str = ""
    network: str = ""
    place: str = ""


class SignIn(models.Model):
    """One attempt to sign in, or an organization's copy of one. Rows are only ever added.

    organization_id: null in the row of the attempt itself, set in its copies. An account sees its
    own rows, an organization's administrators the copies of their organization.
    account_id: null when no account has the address. factors: every method that was shown.
    session_id: the session that began. Identifiers are plain: the log outlives what it names.
    Values of method, factors, outcome, reason and device are enumerated in `sign_in_log/kinds.py`.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Sign-ins of members"),
        way=Way.TOLD,
        why=_("It is the evidence of the instance that wrote it, about accounts there."),
        accounts=frozenset({"account_id", "session_id"}),
    )

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
    sealed = SealedField(SignInRecord, key_class=KeyClass.LOG)

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


class SignInCount(models.Model):
    """How many copies an organization received on a day (UTC), by device and outcome."""

    carried: ClassVar[Carried] = Carried(
        what=_("Sign-ins, counted by day"),
        way=Way.TOLD,
        why=_("They count what the log of sign-ins says, which is not imported either."),
    )

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


class RefusalRecord(msgspec.Struct):
    """network: an IPv4 address or an IPv6 site (/64)."""

    CUTS_CARDS: ClassVar[bool] = True

    network: str


class RefusalCount(models.Model):
    """Attempts refused without examining them: over the limit, or by a dead link.

    One row per network, hour, method and reason, so that a flood of requests adds one row an hour.
    key: blind index of these four.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.BinaryField(unique=True)
    hour = models.DateTimeField(db_index=True)
    method = models.CharField(max_length=20)
    reason = models.CharField(max_length=20)
    count = models.IntegerField()
    sealed = SealedField(RefusalRecord)

    class Meta:
        db_table = "accounts_refusal_count"

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.method} {self.reason}: {self.count}"


class KnownOrigin(models.Model):
    """key: blind index of an account with a device or a network it has signed in from."""

    key = models.BinaryField(primary_key=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "accounts_known_origin"

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d}"


class StaffMember(models.Model):
    """An account of a person who runs the service; a trigger refuses it a password.

    The database lets rows be added and changed only where no account acts: on the operator's
    command line; and lets a person be enabled only after a background check (`staff/checks.py`).
    ends_on: the last day (UTC) of somebody who works here for a time.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="staff")
    is_enabled = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    ends_on = models.DateField(null=True)

    class Meta:
        db_table = "accounts_staff_member"

    def __str__(self) -> str:
        return f"{self.account_id} {'enabled' if self.is_enabled else 'disabled'}"

    @property
    def has_ended(self) -> bool:
        """Whether the last day of somebody who worked here for a time has passed."""
        return self.ends_on is not None and self.ends_on < now().date()


class CheckRecord(msgspec.Struct):
    """reference: under which the provider of the check finds it."""

    reference: str


class BackgroundCheck(models.Model):
    """That somebody's background was checked, and nothing of what was found.

    on: the day of the provider's report. recorded_by: the account of staff who recorded it, null
    for the operator at the command line. confirmed_by: the second person, who has seen the report
    too. Triggers hold that these are two people and not the person themselves, and that nothing
    else of a row ever changes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="background_checks")
    on = models.DateField()
    passed = models.BooleanField()
    recorded_by = models.UUIDField(null=True)
    recorded_at = models.DateTimeField()
    confirmed_by = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    sealed = SealedField(CheckRecord, key_class=KeyClass.LOG)

    class Meta:
        db_table = "accounts_background_check"
        indexes = [models.Index(fields=["account", "recorded_at"], name="background_check_newest")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.on} {'passed' if self.passed else 'not passed'}"


class StaffLink(models.Model):
    """The one valid enrolment link of a staff member. token_hash: SHA-256 of its token."""

    member = models.OneToOneField(
        StaffMember, models.CASCADE, primary_key=True, related_name="link"
    )
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_staff_link"

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"
