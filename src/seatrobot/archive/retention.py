"""How long archives are kept."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from seatrobot.archive.formats import KEPT_DAYS
from seatrobot.archive.models import Archive
from seatrobot.kernel.retention import Kept, Retained


class ArchiveRetained(Retained):
    """Archives with their pieces."""

    def kept(self) -> Iterable[Kept]:
        yield Kept(
            "archives", _("Archives of everything"), KEPT_DAYS, Archive.objects.all(), "created_at"
        )
