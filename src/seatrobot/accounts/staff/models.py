"""Who is staff, and the links with which they enrol a passkey."""

from __future__ import annotations

from django.db import models

from seatrobot.accounts.models import Account


class StaffMember(models.Model):
    """An account of a person who runs the service. It never gets a password: a trigger refuses it.

    Rows are made and changed where no account acts, which is the operator's command line: the
    database refuses it to whoever is signed in.
    """

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="staff")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "staff_member"

    def __str__(self) -> str:
        return f"{self.account_id} {'enabled' if self.is_enabled else 'disabled'}"


class StaffLink(models.Model):
    """The one link of a person that still works; its token is kept as its SHA-256 only."""

    member = models.OneToOneField(
        StaffMember, models.CASCADE, primary_key=True, related_name="link"
    )
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "staff_link"

    def __str__(self) -> str:
        return f"until {self.expires_at:%Y-%m-%d %H:%M}"
