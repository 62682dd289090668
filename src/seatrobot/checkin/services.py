"""What can be done at the door: each is one change that two doors cannot both make."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from seatrobot.checkin.errors import AlreadyIn, NoPlace, NotIn, UnknownGuest
from seatrobot.checkin.feature import Action, Permission
from seatrobot.guests import arrivals
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import STATUSES, TAKES_PLACE, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal

EXPECTED = sorted(TAKES_PLACE)


def check_in(*, actor: Principal, event_id: UUID, guest_id: UUID) -> datetime:
    """Check one guest in and return when.

    Raises UnknownGuest, NoPlace, or AlreadyIn for the second of two doors: the row is changed by
    one statement that only finds a guest who is not in yet.
    """
    actor.require(Permission.CHECKIN_USE, event_id)
    at, changes = _arrival(actor)
    if not _expected(event_id).filter(pk=guest_id).update(**changes):
        _explain(Guest.objects.filter(event_id=event_id, pk=guest_id))
    journal.record(Action.CHECKIN_GUEST_CHECK_IN, event=event_id, subject=guest_id)
    return at


def check_in_party(
    *, actor: Principal, event_id: UUID, party_id: UUID
) -> tuple[datetime, list[UUID]]:
    """Check in everybody of a party who is expected and not in yet; return when, and whom.

    Raises UnknownGuest, NoPlace or AlreadyIn when there is nobody left to check in.
    """
    actor.require(Permission.CHECKIN_USE, event_id)
    waiting = _expected(event_id).filter(party_id=party_id).order_by("pk").select_for_update()
    guests = list(waiting.values_list("pk", flat=True))
    if not guests:
        _explain(Guest.objects.filter(event_id=event_id, party_id=party_id))
    at, changes = _arrival(actor)
    Guest.objects.filter(pk__in=guests).update(**changes)
    for guest_id in guests:
        journal.record(
            Action.CHECKIN_GUEST_CHECK_IN, event=event_id, subject=guest_id, together=len(guests)
        )
    return at, guests


def undo(*, actor: Principal, event_id: UUID, guest_id: UUID) -> None:
    """Take a check-in back, to the status from before; raise UnknownGuest or NotIn."""
    actor.require(Permission.CHECKIN_USE, event_id)
    guest = Guest.objects.filter(event_id=event_id, pk=guest_id)
    changed = guest.filter(checked_in_at__isnull=False).update(
        status=Coalesce(NullIf("status_before", Value("")), Value(Status.CONFIRMED.value)),
        status_before="",
        checked_in_at=None,
        checked_in_by=None,
        changed_at=now(),
    )
    if not changed:
        raise NotIn if guest.exists() else UnknownGuest
    journal.record(Action.CHECKIN_GUEST_UNDO, event=event_id, subject=guest_id)


def _expected(event_id: UUID) -> QuerySet[Guest]:
    return Guest.objects.filter(event_id=event_id, status__in=EXPECTED, checked_in_at__isnull=True)


def _arrival(actor: Principal) -> tuple[datetime, dict[str, Any]]:
    changes = arrivals.columns(F("status"), Status.ATTENDED, actor.account_id)
    return changes["checked_in_at"], changes


def _explain(guests: QuerySet[Guest]) -> None:
    """Raise what stands in the way of checking these guests in."""
    rows = list(guests.values_list("status", "checked_in_at", "checked_in_by"))
    if not rows:
        raise UnknownGuest
    arrived = [(at, by) for _, at, by in rows if at is not None]
    if arrived:
        raise AlreadyIn(*max(arrived, key=itemgetter(0)))
    raise NoPlace(STATUSES[rows[0][0]])
