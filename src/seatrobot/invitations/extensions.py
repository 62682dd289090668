"""What invitations tell other packages: an event's home page, and what is known of a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.events.models import Event
from seatrobot.events.overview import OverviewCard, Step
from seatrobot.invitations import addresses
from seatrobot.invitations.feature import Permission
from seatrobot.invitations.models import Delivery, Mailing, State, Suppression
from seatrobot.invitations.records import SuppressionRecord
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.principals import Principal

SUPPRESSIONS = "invitations_suppression"


class InvitationsPart(OverviewCard):
    def steps(self, member: Principal, event: Event) -> Iterable[Step]:
        if not member.may(Permission.MESSAGE_VIEW, event.pk):
            return
        sent = Delivery.objects.filter(event=event, mailing__isnull=False, state=State.HANDED)
        count = sent.count()
        waits = Mailing.objects.filter(event=event, state=Mailing.State.WAITING).exists()
        if count:
            note = ngettext("%d message sent", "%d messages sent", count) % count
        else:
            note = _("A mailing waits for its time") if waits else _("Nothing sent yet")
        yield Step(
            title=_("Invitations"),
            note=note,
            url=reverse("invitations:overview", args=[event.organization_id, event.pk]),
            icon="mail",
            is_done=count > 0,
        )


class KnowsSuppressions(KnowsPeople):
    """That somebody wants no mail. Erased, the address goes; that it gets no mail stays.

    What is left is a keyed hash, without which they would be written to again.
    """

    def person(self, principal: Principal, subject_id: UUID) -> Person | None:  # noqa: ARG002
        return None

    def known(self, principal: Principal, person: Person) -> Iterable[Known]:
        indexes = [
            addresses.address_index(principal.organization_id, each) for each in person.emails
        ]
        rows = Suppression.objects.filter(
            organization_id=principal.organization_id, address_index__in=indexes
        )
        for row in rows.order_by("pk"):
            if address := row.sealed.address:
                facts = [(_("E-mail"), address), (_("Reason"), str(row.get_reason_display()))]
                yield Known(SUPPRESSIONS, row.pk, _("Gets no mail"), facts, by_address=True)

    def erase(
        self, principal: Principal, ids: Mapping[str, Collection[UUID]]
    ) -> Mapping[str, Collection[UUID]]:
        wanted = one_of(list(ids.get(SUPPRESSIONS, ())))
        rows = Suppression.objects.filter(organization_id=principal.organization_id, pk__in=wanted)
        for row in rows.select_for_update():
            row.sealed = SuppressionRecord()
            row.save(update_fields=["sealed"])
        return {}
