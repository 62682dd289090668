"""Requests of people about their data, with the day by which each is answered."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.deletion.feature import Action, Permission
from seatrobot.deletion.models import SubjectRequest
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import once

LONGEST_PAST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """days: until it has to be answered; negative when that is past."""

    row: SubjectRequest
    days: int

    @property
    def is_late(self) -> bool:
        return self.days < 0


def due(received_on: date) -> date:
    """Return the same day of the next month, or its last one (GDPR, article 12)."""
    year, month = received_on.year + received_on.month // 12, received_on.month % 12 + 1
    return date(year, month, min(received_on.day, calendar.monthrange(year, month)[1]))


def note(
    *, actor: Principal, subject_id: UUID, kind: str, received_on: date, request_id: UUID
) -> SubjectRequest:
    """Note a request; a form sent twice (`request_id`) notes one. Raises Refused."""
    actor.require(Permission.PERSON_VIEW)
    age = (now().date() - received_on).days
    if not 0 <= age <= LONGEST_PAST_DAYS:
        raise Refused(_("Choose the day on which it arrived."), field="received_on")
    rows = SubjectRequest.objects.filter(pk=request_id)

    def make() -> SubjectRequest:
        row = SubjectRequest.objects.create(
            pk=request_id,
            organization_id=actor.organization_id,
            subject_id=subject_id,
            kind=kind,
            received_on=received_on,
            due_on=due(received_on),
        )
        journal.record(Action.REQUEST_NOTE, subject_id=subject_id, kind=kind)
        return row

    return once(rows.first, make)


def close(*, actor: Principal, request_id: UUID) -> None:
    """Note that a request is answered; Http404 when there is none that waits."""
    actor.require(Permission.PERSON_VIEW)
    row = SubjectRequest.objects.select_for_update().filter(pk=request_id, closed_at=None).first()
    if row is None:
        raise Http404
    row.closed_at, row.closed_by = now(), actor.account_id
    row.save(update_fields=["closed_at", "closed_by"])
    journal.record(Action.REQUEST_CLOSE, subject_id=row.subject_id, kind=row.kind)


def forget(actor: Principal, ids: set[UUID]) -> None:
    """Let requests name nobody who was erased; a request to be erased is answered by that."""
    rows = SubjectRequest.objects.filter(
        organization_id=actor.organization_id, subject_id__in=list(ids)
    )
    for row in rows.filter(closed_at=None, kind=SubjectRequest.Kind.ERASURE):
        close(actor=actor, request_id=row.pk)
    rows.update(subject_id=None)


def waiting(actor: Principal, subject_id: UUID | None = None) -> list[OpenRequest]:
    """Return what waits for an answer, the most urgent first; of one person if named."""
    actor.require(Permission.PERSON_VIEW)
    rows = SubjectRequest.objects.filter(organization_id=actor.organization_id, closed_at=None)
    if subject_id:
        rows = rows.filter(subject_id=subject_id)
    today = now().date()
    return [OpenRequest(row, (row.due_on - today).days) for row in rows.order_by("due_on", "pk")]
