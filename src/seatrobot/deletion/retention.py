"""How long receipts are kept."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from seatrobot.deletion.models import Deletion, State, SubjectRequest
from seatrobot.kernel.retention import Kept, Retained


class DeletionsRetained(Retained):
    """Receipts, and requests that were answered."""

    def kept(self) -> Iterable[Kept]:
        final = Deletion.objects.filter(state=State.FINAL)
        yield Kept("receipts", _("Receipts of deletions"), 730, final, "final_at")
        answered = SubjectRequest.objects.filter(closed_at__isnull=False)
        yield Kept("requests", _("Answered requests of people"), 1095, answered, "closed_at")
