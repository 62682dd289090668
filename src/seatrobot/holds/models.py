"""Investigations, and the holds on backups that stand on them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import msgspec
from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.masking import EVERYTHING

LONGEST = timedelta(days=30)
LAPSES_AFTER = timedelta(hours=24)
"""A hold that nobody has confirmed by then is not confirmed any more."""


class Investigation(models.Model):
    """A matter that is investigated. title: what customers are told of it.

    An open one alone carries holds: they end when it is closed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    opened_by = models.UUIDField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)

    class Meta:
        db_table = "holds_investigation"

    def __str__(self) -> str:
        return self.title


class HoldRecord(msgspec.Struct):
    """reason: why the backups are needed, for the staff."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    reason: str


class Hold(models.Model):
    """Backups that are kept longer: those that were made from one day through another (UTC).

    One person of the staff asks, another confirms; from then on it lasts for `days`, 30 at most. A
    renewal is another hold (renews), which two people agree on again. The database holds these
    rules, too, and lets nobody delete a row or prolong it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    investigation = models.ForeignKey(Investigation, models.PROTECT, related_name="holds")
    renews = models.ForeignKey("self", models.PROTECT, null=True, related_name="renewals")
    made_from = models.DateField()
    made_through = models.DateField()
    days = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    asked_by = models.UUIDField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)
    sealed = SealedField(HoldRecord)

    class Meta:
        db_table = "holds_hold"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(days__gte=1, days__lte=LONGEST.days), name="hold_30_days_at_most"
            ),
            models.CheckConstraint(
                condition=models.Q(made_from__lte=models.F("made_through")), name="hold_of_days"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None, confirmed_at=None, expires_at=None)
                | (
                    ~models.Q(confirmed_by=models.F("asked_by"))
                    & models.Q(
                        confirmed_by__isnull=False,
                        expires_at__gt=models.F("confirmed_at"),
                        expires_at__lte=models.F("confirmed_at") + LONGEST,
                    )
                ),
                name="hold_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.made_from} to {self.made_through}"
