"""People who sign in. Their name and address are sealed under the platform's keyring."""

from __future__ import annotations

import unicodedata
from typing import ClassVar

import msgspec
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.fields import SealedField


class AccountRecord(msgspec.Struct):
    email: str
    name: str


class AccountManager(BaseUserManager["Account"]):
    """Accounts are found by `services.find`."""


class Account(AbstractBaseUser):
    """email_index finds an address without telling it.

    unchecked_since: when the person said that a sign-in was somebody else's, until they have looked
    through their ways to sign in (`factors/review.py`). Read with the session: it costs nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email_index = models.BinaryField(unique=True, editable=False)
    sealed = SealedField(AccountRecord)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    unchecked_since = models.DateTimeField(null=True)

    objects = AccountManager()

    USERNAME_FIELD = "email_index"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "accounts_account"

    def __str__(self) -> str:
        return str(self.pk)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and _one_form(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and _one_form(raw_password))


def _one_form(password: str) -> str:
    """Return a password as every keyboard would type it (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


class SessionRecord(msgspec.Struct):
    """From where the session was last used."""

    ip: str
    agent: str


class Session(models.Model):
    """A browser that is signed in.

    key_hash: SHA-256 of the cookie's value, so a copy of this table lets nobody in.
    session_data: Django's signed payload, without Customer Data.
    created_at: when the person signed in, also under a new key.
    longest_gap: the longest time in seconds since then in which it was not used.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_hash = models.BinaryField(unique=True)
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    session_data = models.TextField()
    expire_date = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField()
    longest_gap = models.PositiveIntegerField(default=0)
    sealed = SealedField(SessionRecord)

    class Meta:
        db_table = "accounts_session"

    def __str__(self) -> str:
        return str(self.id)


class Attempt(models.Model):
    """How often something was tried in vain under one key (a blind index), and when last."""

    key = models.BinaryField(primary_key=True)
    count = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_attempt"

    def __str__(self) -> str:
        return f"{self.count} until {self.last_at:%H:%M}"
