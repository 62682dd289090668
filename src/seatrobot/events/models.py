"""An event: when and where, and for how many."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from django.db import models

from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField


class EventRecord(msgspec.Struct):
    title: str
    venue: str = ""
    description: str = ""


class Event(TenantModel):
    """starts_at, ends_at: aware; shown in `time_zone` (IANA name).

    capacity: places, 0 = unlimited.
    """

    sealed = SealedField(EventRecord)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    capacity = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "events_event"
        indexes = [models.Index(fields=["organization", "starts_at"], name="event_start")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="event_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def title(self) -> str:
        return self.sealed.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)
