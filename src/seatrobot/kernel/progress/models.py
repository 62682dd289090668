"""Long work that a person watches."""

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField


class Outcome(msgspec.Struct, omit_defaults=True):
    """message: one sentence for the person. facts: what the page of that work shows."""

    message: str = ""
    facts: dict[str, str | float | bool | list[str] | None] = {}


class Progress(TenantModel):
    """done of total steps; `account_id` asked for it."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)
    account_id = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    sealed = SealedField(Outcome)

    class Meta:
        db_table = "kernel_progress"

    def __str__(self) -> str:
        return f"{self.kind} {self.done}/{self.total} {self.state}"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
