"""One entry per act. The table only ever grows: no update, no deletion, by grant and by trigger."""

import msgspec
from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.fields import SealedField


class Details(msgspec.Struct, omit_defaults=True):
    """What an entry says beyond identifiers.

    facts: short facts by name (a count, a filter, a status before and after; Customer Data is
    welcome, the record is sealed). ip, agent: from where, when a request did it.
    """

    facts: dict[str, str | int | float | bool | list[str] | None] = {}
    ip: str = ""
    agent: str = ""


class Entry(models.Model):
    """organization_id is empty in the platform's own stream (sign-ins).

    The organization is no foreign key: its entries outlive it, unreadable, when its keyring goes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=60, blank=True)
    event_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    opened = models.IntegerField(default=0)
    sealed = SealedField(Details)

    class Meta:
        db_table = "journal_entry"
        indexes = [
            models.Index(fields=["organization_id", "id"], name="journal_by_time"),
            models.Index(fields=["organization_id", "actor_id", "id"], name="journal_by_actor"),
            models.Index(fields=["organization_id", "action", "id"], name="journal_by_action"),
            models.Index(
                fields=["event_id", "id"],
                name="journal_by_event",
                condition=models.Q(event_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"
