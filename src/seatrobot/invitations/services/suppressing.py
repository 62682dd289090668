"""Who gets no mail any more: by their own act, by a complaint, because the address is dead."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from seatrobot.contacts.models import Delivery as ContactDelivery
from seatrobot.contacts.models import Source
from seatrobot.contacts.services import set_delivery_of_address
from seatrobot.events.models import Event
from seatrobot.invitations import addresses
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.models import Delivery, Suppression
from seatrobot.invitations.records import SuppressionRecord
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Operator, Principal

OF_CONTACTS = {
    Suppression.Reason.UNSUBSCRIBED: ContactDelivery.UNSUBSCRIBED,
    Suppression.Reason.COMPLAINED: ContactDelivery.COMPLAINED,
    Suppression.Reason.DEAD: ContactDelivery.BOUNCED,
    Suppression.Reason.STAFF: ContactDelivery.BLOCKED,
}
"""What contacts with such an address are told."""
BY_MAIL = frozenset({Suppression.Reason.COMPLAINED, Suppression.Reason.DEAD})


def suppress(
    *,
    organization_id: UUID,
    address: str,
    reason: Suppression.Reason,
    event_id: UUID | None = None,
) -> bool:
    """Note that an address gets no mailing any more; False where that was noted already.

    event_id: of one event alone. A wider one takes the place of narrower ones. Called by the holder
    of a link, by what comes back, and by staff, each of whom was asked for their right before.
    """
    rows = _of(organization_id, address)
    known = set(rows.values_list("event_id", flat=True))
    if known & {None, event_id}:
        return False
    if event_id is None:
        rows.filter(event_id__isnull=False).delete()
    row = Suppression(
        organization_id=organization_id,
        event_id=event_id,
        reason=reason,
        address_index=addresses.address_index(organization_id, address),
        at=now(),
        sealed=SuppressionRecord(address),
    )
    Suppression.objects.bulk_create([row], ignore_conflicts=True)
    held = [pk for noted, pk in rows.values_list("event_id", "pk") if noted == event_id]
    if held and held != [row.pk]:
        return False  # somebody else noted it in the same moment
    if event_id is None:
        set_delivery_of_address(
            actor=Operator.service(organization_id, "invitations"),
            email=address,
            state=OF_CONTACTS[reason],
            source=Source.MAIL if reason in BY_MAIL else Source.PERSON,
        )
    journal.record(
        Action.SUPPRESSION_ADD, event_id=event_id, subject_id=row.pk, reason=reason.value
    )
    return True


def lift(*, actor: Principal, suppression_id: UUID) -> None:
    """Let an address get mail again, as its owner has asked the team to; Http404 without one."""
    actor.require(Permission.SENDER_CHANGE)
    rows = Suppression.objects.filter(organization_id=actor.organization_id, pk=suppression_id)
    if not rows.delete()[0]:
        raise Http404
    journal.record(Action.SUPPRESSION_LIFT, subject_id=suppression_id)


def unsubscribe(*, delivery: Delivery, whole: bool) -> bool:
    """Unsubscribe the address that a message went to, by its link.

    whole: from everything of the organization; else from messages about the one event.
    """
    return suppress(
        organization_id=delivery.organization_id,
        address=delivery.sealed.to,
        reason=Suppression.Reason.UNSUBSCRIBED,
        event_id=None if whole else delivery.event_id,
    )


def subscribe_again(*, delivery: Delivery) -> bool:
    """Take back what the owner of an address has said before, by the link of the same message."""
    rows = _of(delivery.organization_id, delivery.sealed.to)
    gone = list(rows.filter(reason=Suppression.Reason.UNSUBSCRIBED).select_for_update())
    for row in gone:
        row_id = row.pk
        row.delete()
        journal.record(Action.SUPPRESSION_LIFT, event_id=row.event_id, subject_id=row_id)
    if any(row.event_id is None for row in gone):
        set_delivery_of_address(
            actor=Operator.service(delivery.organization_id, "invitations"),
            email=delivery.sealed.to,
            state=ContactDelivery.ACTIVE,
            source=Source.PERSON,
        )
    return bool(gone)


def is_suppressed(delivery: Delivery) -> bool:
    """Return whether the address of a delivery gets no mailing of its event."""
    rows = _of(delivery.organization_id, delivery.sealed.to)
    return any(row.event_id in {None, delivery.event_id} for row in rows)


def event_title(delivery: Delivery) -> str:
    event = Event.objects.filter(pk=delivery.event_id).first()
    return event.title if event else ""


def _of(organization_id: UUID, address: str) -> QuerySet[Suppression]:
    index = addresses.address_index(organization_id, address)
    return Suppression.objects.filter(organization_id=organization_id, address_index=index)
