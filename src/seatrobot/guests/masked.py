"""The masked fields of a guest, and of the party, that staff may have shown one by one."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.events.models import Field
from seatrobot.grants.unmasking import MaskedField, MaskedSource
from seatrobot.guests.feature import Permission
from seatrobot.guests.fields import PREFIX, column_of
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest
from seatrobot.guests.records import LABELS
from seatrobot.kernel.principals import Principal

NAME = "name"
PARTY = ("label", "note")
ALONE = ("email", "delivery_email", "phone", "company", "reference", "notes", "tags")


class MaskedGuests(MaskedSource):
    """Special answers are not among them: no grant opens their keys."""

    kind = "guest"

    def event_of(self, actor: Principal, pk: UUID) -> UUID | None:
        event_id = _rows(pk).values_list("event_id", flat=True).first()
        if event_id is None or not actor.may(Permission.GUEST_VIEW, event_id):
            raise Http404
        return event_id

    def fields(self, actor: Principal, pk: UUID) -> list[MaskedField]:
        guest = _guest(actor, pk)
        record, found = guest.sealed, []
        if record.full_name:
            found.append(MaskedField(NAME, _("Name")))
        found += [MaskedField(name, str(LABELS[name])) for name in ALONE if getattr(record, name)]
        labels = {PARTY[0]: _("Name of the party"), PARTY[1]: _("Note on the party")}
        found += [
            MaskedField(f"party_{name}", labels[name])
            for name in PARTY
            if getattr(guest.party.record, name)
        ]
        answered = Field.objects.filter(pk__in=list(record.answers), special=False)
        return found + [
            MaskedField(f"{PREFIX}{row.pk.hex}", row.sealed.label)
            for row in answered.order_by("position", "pk")
            if record.answers[row.pk]
        ]

    def value(self, actor: Principal, pk: UUID, name: str) -> str:
        guest = _guest(actor, pk)
        record = guest.sealed
        if name == NAME:
            return record.full_name
        if name.startswith("party_"):
            return str(getattr(guest.party.record, name.removeprefix("party_")))
        if (column := column_of(name)) is not None:
            field = open_list(actor, guest.event_id).fields_by_id[column]
            return field.shown(record.answers[column])
        said = getattr(record, name)
        return ", ".join(said) if isinstance(said, list) else str(said)


def _rows(pk: UUID) -> QuerySet[Guest]:
    return Guest.objects.filter(pk=pk)


def _guest(actor: Principal, pk: UUID) -> Guest:
    guest = _rows(pk).select_related("party").first()
    if guest is None or not actor.may(Permission.GUEST_VIEW, guest.event_id):
        raise Http404
    return guest
