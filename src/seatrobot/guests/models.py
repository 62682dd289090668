"""One event's guest list."""

from __future__ import annotations

from django.db import models

from seatrobot.events.models import Event
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField


class Guest(TenantModel):
    """A person's part in one event.

    party_id: shared by people who come together; a guest who comes alone has one of their own.
    host: whose plus-one this is. email_index: blind index of the address, empty without one.
    checked_in_at, checked_in_by: set at the door together with the status Attended;
    status_before: what to go back to when the check-in is taken back.
    """

    event = models.ForeignKey(Event, models.CASCADE, related_name="guests")
    party_id = models.UUIDField(default=new_id)
    host = models.ForeignKey("self", models.SET_NULL, null=True, related_name="plus_ones")
    status = models.CharField(max_length=12, default=Status.OUTSTANDING)
    status_before = models.CharField(max_length=12, blank=True)
    email_index = models.BinaryField(null=True)
    sealed = SealedField(GuestRecord)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    checked_in_at = models.DateTimeField(null=True)
    checked_in_by = models.UUIDField(null=True)

    class Meta:
        db_table = "guests_guest"
        indexes = [
            models.Index(fields=["event", "status"], name="guest_status"),
            models.Index(fields=["event", "party_id"], name="guest_party"),
            models.Index(fields=["organization", "email_index"], name="guest_email"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"
