"""What is deleted every night because it was kept long enough."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from seatrobot.kernel import features
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.retention import Kept, Retained
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import SentMail


class OrganizationRetained(Retained):
    """What organizations and the kernel keep."""

    def kept(self) -> Iterable[Kept]:
        yield Kept("mails", _("Sent mail"), 90, SentMail.objects.all(), "created_at")
        yield Kept(
            "runs",
            _("What came of imports, robot runs and other long work"),
            90,
            Progress.objects.exclude(state=Progress.State.RUNNING),
            "started_at",
        )


def everything() -> list[Kept]:
    """Return what the organization acted for keeps, and how long, of all packages."""
    return [kept for source in features.extensions(Retained) for kept in source.kept()]


def purge() -> None:
    """Delete what was kept long enough in the organization acted for; journal how much."""
    moment = now()
    gone: dict[str, int] = {}
    for kept in everything():
        rows = kept.older(moment)
        if count := rows.count():
            rows.delete()
            gone[kept.name] = count
    if gone:
        journal.record(Action.DATA_PURGE, **gone)
