"""What a report does: it settles what was unsure, says what became of mail, stops dead addresses.

A report is known by the return path that it was sent to, whose tag nobody else can make. It changes
the one delivery and, where it names the same address, whether that gets more mail; never an answer.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Delivery as GuestDelivery
from seatrobot.guests.statuses import Reply
from seatrobot.invitations.feature import Action
from seatrobot.invitations.models import Delivery, Outcome, Report, State, Suppression
from seatrobot.invitations.records import ReportRecord
from seatrobot.invitations.returns import Returned, read
from seatrobot.invitations.services.suppressing import suppress
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.normalizing import fold

OUTCOMES = {
    Report.Kind.BOUNCE: Outcome.BOUNCED,
    Report.Kind.DELAYED: Outcome.DELAYED,
    Report.Kind.RELAYED: Outcome.RELAYED,
    Report.Kind.DELIVERED: Outcome.DELIVERED,
    Report.Kind.COMPLAINT: Outcome.COMPLAINED,
}
RANKS = [
    "",
    Outcome.DELAYED,
    Outcome.RELAYED,
    Outcome.DELIVERED,
    Outcome.BOUNCED,
    Outcome.COMPLAINED,
]
"""A later one counts more, whichever report comes first."""
MOST_REPORTS = 50


def take(*, delivery_id: UUID, raw: bytes) -> Report.Kind | None:
    """Take what came back about a delivery; None where there is no such delivery any more.

    The same message taken twice counts once.
    """
    rows = Delivery.objects.select_for_update(of=("self",), no_key=True)
    delivery = rows.filter(pk=delivery_id).first()
    if delivery is None:
        return None
    found = read(raw)
    digest = hashlib.sha256(raw).digest()
    known = Report.objects.filter(delivery=delivery)
    if known.filter(digest=digest).exists() or known.count() >= MOST_REPORTS:
        return found.kind
    Report.objects.create(
        organization_id=delivery.organization_id,
        event_id=delivery.event_id,
        delivery=delivery,
        kind=found.kind,
        digest=digest,
        at=now(),
        sealed=ReportRecord(found.status, found.diagnostic, found.recipient),
    )
    journal.record(
        Action.REPORT_TAKE,
        event_id=delivery.event_id,
        subject_id=delivery.pk,
        kind=found.kind.value,
        status=found.status,
    )
    if found.kind in OUTCOMES:
        _apply(delivery, found)
    return found.kind


def _apply(delivery: Delivery, found: Returned) -> None:
    outcome = OUTCOMES[found.kind]
    if delivery.state in {State.DOTTING, State.UNSURE}:
        # Somebody reports what was sent, so the server had accepted it.
        delivery.state, delivery.handed_at = State.HANDED, now()
    if RANKS.index(outcome) >= RANKS.index(delivery.outcome):
        delivery.outcome, delivery.returned_at = outcome, now()
        delivery.hard = found.hard
        why = " ".join(filter(None, (found.status, found.diagnostic)))
        delivery.sealed = msgspec.structs.replace(delivery.sealed, why=why)
    delivery.save(update_fields=["state", "handed_at", "outcome", "hard", "returned_at", "sealed"])
    if found.kind == Report.Kind.COMPLAINT:
        _suppress(delivery, Suppression.Reason.COMPLAINED)
    elif found.kind == Report.Kind.BOUNCE and _names(delivery, found):
        if found.hard:
            _suppress(delivery, Suppression.Reason.DEAD)
        _tell_guests(delivery)


def _names(delivery: Delivery, found: Returned) -> bool:
    """Whether a report is about the address itself, and not about one that mail is passed on to."""
    return not found.recipient or fold(found.recipient) == fold(delivery.sealed.to)


def _suppress(delivery: Delivery, reason: Suppression.Reason) -> None:
    suppress(organization_id=delivery.organization_id, address=delivery.sealed.to, reason=reason)


def _tell_guests(delivery: Delivery) -> None:
    """Note at guests who have not answered that mail to them came back."""
    waiting = Guest.objects.filter(pk__in=delivery.sealed.guests, event_id=delivery.event_id)
    waiting = waiting.filter(reply__in=(Reply.OUTSTANDING, Reply.TENTATIVE))
    waiting.update(delivery=GuestDelivery.BOUNCED, changed_at=now())
