"""What a person shows besides a password. Secrets and names are sealed; codes are hashed."""

from __future__ import annotations

import msgspec
from django.db import models

from seatrobot.accounts.models import Account
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.fields import SealedField


class PasskeyRecord(msgspec.Struct):
    """A WebAuthn credential record (W3C WebAuthn 3, 4), with the name its owner gave it."""

    name: str
    credential_id: bytes
    public_key: bytes
    transports: list[str]
    aaguid: str


class Passkey(models.Model):
    """credential_hash: SHA-256 of the credential's identifier. is_synced: kept in a cloud too."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="passkeys")
    credential_hash = models.BinaryField(unique=True)
    sealed = SealedField(PasskeyRecord)
    sign_count = models.BigIntegerField()
    is_synced = models.BooleanField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "factors_passkey"

    def __str__(self) -> str:
        return str(self.pk)


class AuthenticatorRecord(msgspec.Struct):
    name: str
    secret: bytes


class Authenticator(models.Model):
    """An app that shows codes (RFC 6238). last_step: the last time step a code was accepted for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.OneToOneField(Account, models.CASCADE, related_name="authenticator")
    sealed = SealedField(AuthenticatorRecord)
    last_step = models.BigIntegerField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "factors_authenticator"

    def __str__(self) -> str:
        return str(self.pk)


class RecoveryCode(models.Model):
    """code_hash: a blind index of account and slowly hashed code. A used code is deleted.

    salt: of the set that was made together.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="recovery_codes")
    salt = models.BinaryField()
    code_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "factors_recovery_code"

    def __str__(self) -> str:
        return str(self.pk)


class PendingReset(models.Model):
    """Somebody's factors will be reset unless they object, or a second administrator agrees."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.OneToOneField(Account, models.CASCADE, related_name="pending_reset")
    organization_id = models.UUIDField()
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        db_table = "factors_pending_reset"

    def __str__(self) -> str:
        return f"{self.account_id} on {self.due_at:%Y-%m-%d %H:%M}"
