"""Asking for grants in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from seatrobot.grants.models import Category, GrantRecord, GrantText, Mode, StaffGrant, State
from seatrobot.grants.services import asking, commanding, deciding
from seatrobot.grants.services.asking import Wanted
from seatrobot.grants.services.common import as_staff
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.members import Member

WANTED = Wanted(
    category=Category.FAULT, reason="The plan shows an empty table", ticket="SR-12", minutes=60
)


def ask(staff_id: UUID, organization_id: UUID, **more: Any) -> StaffGrant:
    with as_staff(staff_id, organization_id):
        return asking.ask(
            staff_id=staff_id, organization_id=organization_id, wanted=replace(WANTED, **more)
        )


def code_for(row: StaffGrant) -> str:
    """Have the holder of a grant make a code for a command."""
    with as_staff(row.account_id, row.organization_id):
        return commanding.make_code(
            staff_id=row.account_id, organization_id=row.organization_id, grant_id=row.pk
        )


def end(staff_id: UUID, row: StaffGrant) -> State:
    with as_staff(staff_id, row.organization_id):
        return asking.end(staff_id=staff_id, organization_id=row.organization_id, grant_id=row.pk)


def lockbox(member: Member) -> None:
    """Let an organization approve before anything opens."""
    with member.acting():
        deciding.change_mode(actor=member, mode=Mode.APPROVE)


def stored(staff_id: UUID, organization_id: UUID, *, asked: datetime, opened: bool) -> StaffGrant:
    """Store a grant of an earlier time, an hour long."""
    with acting(Actor.system("tests"), organization_id):
        row = StaffGrant.objects.create(
            organization_id=organization_id,
            account_id=staff_id,
            category=Category.FAULT,
            minutes=60,
            asked_at=asked,
        )
        GrantText.objects.create(grant=row, sealed=GrantRecord("An old reason"))
        if opened:
            row.state, row.opens_at = State.LIVE, asked
            row.expires_at = asked + timedelta(hours=1)
            row.review_due_at = asked + timedelta(days=30)
            row.save()
    return row


def current(row: StaffGrant) -> StaffGrant:
    with acting(Actor.system("tests"), row.organization_id):
        return StaffGrant.objects.get(pk=row.pk)


def entries(organization_id: UUID, action: str = "") -> list[Entry]:
    """Return what the organization's log says, the newest last."""
    with acting(Actor.system("tests"), organization_id):
        found = list(Entry.objects.filter(organization_id=organization_id).order_by("id"))
        return [entry for entry in found if not action or entry.action == action]


def ago(**parts: int) -> datetime:
    return now() - timedelta(**parts)
