"""Rows of an organization for whoever may see them: authorised and fetched in one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404

from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.models import Invitation, Membership, Organization, SentMail
from seatrobot.organizations.permissions import SCOPED_ROLES, Role


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member as the list shows them. events: titles, for a scoped role."""

    id: UUID
    account_id: UUID
    name: str
    email: str
    role: Role
    events: list[str]
    event_ids: list[UUID]
    joined: datetime
    last_sign_in: datetime | None
    mine: bool

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def is_scoped(self) -> bool:
        return self.role in SCOPED_ROLES


@dataclass(frozen=True, slots=True)
class InvitationLine:
    id: UUID
    name: str
    email: str
    role: Role
    expires: datetime
    is_expired: bool


def load_organization(member: Principal) -> Organization:
    return Organization.objects.get(pk=member.organization_id)


def load_members(member: Principal, titles: dict[UUID, str]) -> list[MemberLine]:
    """Return everybody in the organization, by role and name."""
    member.require(Permission.MEMBER_VIEW)
    rows = Membership.objects.filter(organization_id=member.organization_id)
    lines = [_member_line(row, titles, member) for row in rows.select_related("account")]
    order = list(Role)
    return sorted(lines, key=lambda line: (order.index(line.role), line.name.casefold()))


def load_member(member: Principal, membership_id: UUID, titles: dict[UUID, str]) -> MemberLine:
    """Return one member; Http404 when there is none here."""
    member.require(Permission.MEMBER_VIEW)
    row = (
        Membership.objects.filter(organization_id=member.organization_id, pk=membership_id)
        .select_related("account")
        .first()
    )
    if row is None:
        raise Http404
    return _member_line(row, titles, member)


def load_invitations(member: Principal) -> list[InvitationLine]:
    """Return the invitations that nobody has followed yet, the newest first."""
    member.require(Permission.MEMBER_VIEW)
    rows = Invitation.objects.filter(organization_id=member.organization_id)
    return [
        InvitationLine(
            id=row.pk,
            name=row.sealed.name,
            email=row.sealed.email,
            role=Role(row.role),
            expires=row.expires_at,
            is_expired=row.expires_at <= now(),
        )
        for row in rows.order_by("-created_at")
    ]


def load_sent_mail(member: Principal, before: UUID | None, size: int) -> list[SentMail]:
    """Return messages older than `before`, the newest first."""
    member.require(Permission.MAIL_SENT_VIEW)
    rows = SentMail.objects.filter(organization_id=member.organization_id).order_by("-id")
    return list((rows.filter(id__lt=before) if before else rows)[:size])


def _member_line(row: Membership, titles: dict[UUID, str], member: Principal) -> MemberLine:
    return MemberLine(
        id=row.pk,
        account_id=row.account_id,
        name=row.account.sealed.name,
        email=row.account.sealed.email,
        role=Role(row.role),
        events=[titles[pk] for pk in row.events if pk in titles],
        event_ids=row.events,
        joined=row.created_at,
        last_sign_in=row.account.last_login,
        mine=row.account_id == member.account_id,
    )
