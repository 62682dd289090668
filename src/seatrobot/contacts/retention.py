"""How long contacts keep what only grows."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from seatrobot.contacts.merging import KEPT_DAYS
from seatrobot.contacts.models import ContactImport, ContactMerge
from seatrobot.kernel.retention import Kept, Retained


class ContactsRetained(Retained):
    def kept(self) -> Iterable[Kept]:
        yield Kept(
            "merges",
            _("Merges of contacts, which can be undone"),
            KEPT_DAYS,
            ContactMerge.objects.all(),
            "merged_at",
        )
        yield Kept(
            "contact-files",
            _("Address books that were uploaded"),
            1,
            ContactImport.objects.all(),
            "created_at",
        )
