"""One event's guest list."""

from __future__ import annotations

import msgspec
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

    The database keeps a further column, `changed_xid`, that directory.py reads (migration 0002).
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
            models.Index(fields=["event", "party_id"], name="guest_party"),
            models.Index(fields=["organization", "email_index"], name="guest_email"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.status}"


def sealed_field() -> SealedField[GuestRecord]:
    """Return the field that seals and opens guests, for reading many rows without instances."""
    return Guest._meta.get_field("sealed")


class ImportRecord(msgspec.Struct, omit_defaults=True):
    """columns: heading -> target (importing.headings.Target); empty until a person agreed."""

    filename: str
    columns: dict[str, str] = {}
    default_status: str = Status.CONFIRMED.value
    row_count: int = 0


class Import(TenantModel):
    """A guest list on its way in: uploaded, mapped, looked at, and then done as `progress_id`."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="imports")
    account_id = models.UUIDField(null=True)
    progress_id = models.UUIDField(null=True)
    sealed = SealedField(ImportRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "guests_import"

    def __str__(self) -> str:
        return str(self.pk)


class FileRecord(msgspec.Struct):
    data: bytes


class ImportFile(TenantModel):
    """The uploaded file, in a row of its own so that it is read only when it is needed."""

    upload = models.OneToOneField(Import, models.CASCADE, related_name="file")
    sealed = SealedField(FileRecord)

    class Meta:
        db_table = "guests_import_file"

    def __str__(self) -> str:
        return str(self.pk)
