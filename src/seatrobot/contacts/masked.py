"""The masked fields of a contact that staff may have shown one by one."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.contacts.services import load_contact
from seatrobot.grants.unmasking import MaskedField, MaskedSource
from seatrobot.kernel.principals import Principal


class MaskedContacts(MaskedSource):
    kind = "contact"

    def event_of(self, actor: Principal, pk: UUID) -> None:
        load_contact(actor, pk)

    def fields(self, actor: Principal, pk: UUID) -> list[MaskedField]:
        record = load_contact(actor, pk)[0].sealed
        labels = {
            "full_name": _("Name"),
            "emails": _("E-mail addresses"),
            "phone": _("Phone"),
            "company": _("Company"),
            "notes": _("Notes"),
        }
        return [MaskedField(name, labels[name]) for name in labels if getattr(record, name)]

    def value(self, actor: Principal, pk: UUID, name: str) -> str:
        said = getattr(load_contact(actor, pk)[0].sealed, name)
        return ", ".join(said) if isinstance(said, list) else str(said)
