"""How long archives are kept, and that none outlives what was deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.archive.formats import KEPT_DAYS
from seatrobot.archive.models import Archive
from seatrobot.deletion.knowing import Copies
from seatrobot.kernel.clock import now
from seatrobot.kernel.retention import Kept, Retained


class ArchiveRetained(Retained):
    """Archives with their pieces."""

    def kept(self) -> Iterable[Kept]:
        yield Kept(
            "archives", _("Archives of everything"), KEPT_DAYS, Archive.objects.all(), "created_at"
        )


class ArchiveCopies(Copies):
    """Archives hold what is deleted afterwards, so a deletion takes the earlier ones along.

    One that is being made is made anew: whoever asked for it gets it, without what was deleted.
    """

    def forget(self, organization_id: UUID, before: datetime) -> None:
        earlier = Archive.objects.filter(organization_id=organization_id, created_at__lte=before)
        in_making = earlier.filter(direction=Archive.Direction.OUT, finished_at=None)
        in_making.update(created_at=now())  # the run that makes it fails at this, and begins anew
        earlier.delete()
