"""Laptops of staff, and the tokens with which they are enrolled."""

from __future__ import annotations

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models

from seatrobot.accounts.models import Account
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.fields import SealedField


class DeviceRecord(msgspec.Struct, omit_defaults=True):
    """What is known of a laptop.

    key: its public key, as a line of OpenSSH. machine: what stands for the machine at enrolment;
    "" where its system names none. report, signature: the newest that was taken, as it was sent.
    """

    name: str
    key: str
    machine: str = ""
    report: str = ""
    signature: str = ""


class Device(models.Model):
    """A laptop; only its newest report is kept.

    key_hash: SHA-256 of the public key. confirmed_at: when its owner confirmed the key with a
    passkey; null: it may not report. confirmation: that signed statement. reported_at: when the
    newest report was taken; problems: what was wrong with it (`judging`), null before the first.
    last_nonce: when the nonce of that report was given out (milliseconds since 1970). last_report:
    hash of that report. copied_at: when its key was used by something else; it then counts as out
    of posture until it is enrolled again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="devices")
    key_hash = models.BinaryField(unique=True)
    sealed = SealedField(DeviceRecord)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmation = models.TextField(blank=True)
    reported_at = models.DateTimeField(null=True)
    problems = ArrayField(models.CharField(max_length=200), null=True)
    last_nonce = models.BigIntegerField(default=0)
    last_report = models.CharField(max_length=64, blank=True)
    copied_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "devices_device"

    def __str__(self) -> str:
        return str(self.pk)


class EnrolmentToken(models.Model):
    """The one valid token of a person. token_hash: SHA-256 of it."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="+")
    token_hash = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "devices_enrolment_token"

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"
