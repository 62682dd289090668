"""Rows of an organization, authorised and fetched in one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.accounts import mail as transport
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import words
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.models import (
    Invitation,
    Membership,
    Organization,
    SentMail,
    without_links,
)
from seatrobot.organizations.permissions import GrantedRole, Role


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member as the list shows them. events: a limited member's role in each, as text."""

    id: UUID
    account_id: UUID
    name: str
    email: str
    role: Role
    events: list[str]
    grants: list[GrantedRole]
    joined: datetime
    last_sign_in: datetime | None
    mine: bool

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def is_limited(self) -> bool:
        return self.role == Role.LIMITED


@dataclass(frozen=True, slots=True)
class InvitationLine:
    id: UUID
    name: str
    email: str
    role: Role
    events: list[str]
    expires: datetime
    is_expired: bool

    @property
    def is_limited(self) -> bool:
        return self.role == Role.LIMITED


@dataclass(frozen=True, slots=True)
class SentMailLine:
    """A message as administrators may read it."""

    id: UUID
    to: str
    subject: str
    body: str
    created_at: datetime
    sent_at: datetime | None
    error: str


def load_organization(member: Principal) -> Organization:
    return Organization.objects.get(pk=member.organization_id)


def load_members(member: Principal, titles: dict[UUID, str]) -> list[MemberLine]:
    """Return everybody in the organization, by role and name."""
    member.require(Permission.MEMBER_VIEW)
    rows = Membership.objects.filter(organization_id=member.organization_id)
    lines = [_member_line(row, titles, member) for row in _with_grants(rows)]
    order = list(Role)
    return sorted(lines, key=lambda line: (order.index(line.role), words(line.name)))


def load_member(member: Principal, membership_id: UUID, titles: dict[UUID, str]) -> MemberLine:
    """Return one member; Http404 when there is none here."""
    member.require(Permission.MEMBER_VIEW)
    rows = Membership.objects.filter(organization_id=member.organization_id, pk=membership_id)
    row = _with_grants(rows).first()
    if row is None:
        raise Http404
    return _member_line(row, titles, member)


def load_invitations(member: Principal, titles: dict[UUID, str]) -> list[InvitationLine]:
    """Return the invitations that nobody has followed yet, the newest first."""
    member.require(Permission.MEMBER_VIEW)
    rows = Invitation.objects.filter(organization_id=member.organization_id)
    return [
        InvitationLine(
            id=row.pk,
            name=row.sealed.name,
            email=row.sealed.email,
            role=Role(row.role),
            events=[_grant_text(grant.granted, titles) for grant in row.grants.all()],
            expires=row.expires_at,
            is_expired=row.expires_at <= now(),
        )
        for row in rows.prefetch_related("grants").order_by("-created_at")
    ]


def load_sent_mail(member: Principal, before: UUID | None, size: int) -> list[SentMailLine]:
    """Return messages older than `before`, the newest first.

    Links are left out where the message goes to its address: whoever has one is that person.
    """
    member.require(Permission.MAIL_SENT_VIEW)
    rows = SentMail.objects.filter(organization_id=member.organization_id).order_by("-id")
    return [_mail_line(row) for row in (rows.filter(id__lt=before) if before else rows)[:size]]


def _mail_line(row: SentMail) -> SentMailLine:
    is_delivered = transport.has_server() or row.sent_at is not None
    return SentMailLine(
        id=row.pk,
        to=row.sealed.to,
        subject=row.sealed.subject,
        body=(without_links(row.sealed) if is_delivered else row.sealed).body,
        created_at=row.created_at,
        sent_at=row.sent_at,
        error=row.error,
    )


def _with_grants(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    return rows.select_related("account").prefetch_related("grants")


def _grant_text(grant: GrantedRole, titles: dict[UUID, str]) -> str:
    event = titles.get(grant.event_id, "") if grant.event_id else _("every event")
    words = {"role": grant.role.label, "event": event}
    if grant.expires_at is None:
        return _("%(role)s: %(event)s") % words
    if grant.expires_at <= now():
        return _("%(role)s: %(event)s (ended)") % words
    day = date_format(grant.expires_at - timedelta(seconds=1), "DATE_FORMAT")
    return _("%(role)s: %(event)s, until %(day)s") % {**words, "day": day}


def _member_line(row: Membership, titles: dict[UUID, str], member: Principal) -> MemberLine:
    grants = [grant.granted for grant in row.grants.all()]
    return MemberLine(
        id=row.pk,
        account_id=row.account_id,
        name=row.account.sealed.name,
        email=row.account.sealed.email,
        role=Role(row.role),
        events=[_grant_text(grant, titles) for grant in grants],
        grants=grants,
        joined=row.created_at,
        last_sign_in=row.account.last_login,
        mine=row.account_id == member.account_id,
    )
