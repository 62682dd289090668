"""Long work that a person watches."""

from datetime import timedelta
from typing import ClassVar

import msgspec
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.tenancy.carrying import Carried
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField

SILENCE = timedelta(seconds=60)
"""Work that was taken up and has given no sign of life for so long is given up."""
QUEUE = timedelta(minutes=10)
"""So long may work wait to be taken up."""


class Outcome(msgspec.Struct, omit_defaults=True):
    """message: one sentence for the person. facts: what the page of that work shows."""

    message: str = ""
    facts: dict[str, str | int | float | bool | list[str] | None] = {}


class Progress(TenantModel):
    """done of total steps; `account_id` asked for it.

    updated_at: the last sign of life; None until the work is taken up.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    carried: ClassVar[Carried] = Carried(
        what=_("What came of imports, robot runs and other long work"),
        rows=models.Q(state__in=("done", "failed")) & ~models.Q(kind__startswith="archive."),
        without=_("Work that is going on, and the making and importing of archives."),
        accounts=frozenset({"account_id"}),
    )

    kind = models.CharField(max_length=40)
    account_id = models.UUIDField(null=True)
    event_id = models.UUIDField(null=True)
    state = WordField(max_length=10, choices=State.choices, default=State.RUNNING)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    sealed = SealedField(Outcome)

    class Meta:
        db_table = "kernel_progress"

    def __str__(self) -> str:
        return f"{self.kind} {self.done}/{self.total} {self.state}"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_alive(self) -> bool:
        """Whether the work is going on, or waits to; not if its process died without a word."""
        since, patience = (
            (self.updated_at, SILENCE) if self.updated_at else (self.started_at, QUEUE)
        )
        return self.state == self.State.RUNNING and now() - since <= patience

    @property
    def shown_state(self) -> str:
        """The state for a person: work that went silent has failed."""
        silent = self.state == self.State.RUNNING and not self.is_alive
        return self.State.FAILED if silent else self.state

    @property
    def message(self) -> str:
        """One sentence on what came of the work; empty while it is going on."""
        if self.shown_state == self.state:
            return self.sealed.message
        return gettext("This was interrupted; nothing was changed. Start it again.")
