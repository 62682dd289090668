"""The member who acts: loaded once per request, asked by every service."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, Now

from seatrobot.kernel import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.compiled import Compiled
from seatrobot.kernel.features import Permission
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.models import Grant, Membership
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.security import reading
from seatrobot.organizations.security.policy import OPEN, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Principal):
    """An account in an organization, with its role there and its roles in single events.

    grants: a limited member's role by event; the one without an event holds in every event.
    signed_out_at: only sessions that began later enter.
    policy: what the organization asks of a request of this member.
    """

    role: Role
    grants: Mapping[UUID | None, Role] = field(default_factory=dict)
    policy: Policy = OPEN
    signed_out_at: datetime | None = None

    def may(self, permission: Permission, event_id: UUID | None = None) -> bool:
        """Return whether a role includes the permission: in the event, or in any if none is named.

        A role in the organization counts in all of its events.
        """
        if self.role in permission.roles:
            return self.sees(event_id)
        if event_id is None:
            return not permission.roles.isdisjoint(self.grants.values())
        return not permission.roles.isdisjoint(
            {self.grants.get(event_id), self.grants.get(None)} - {None}
        )

    @property
    def events(self) -> AbstractSet[UUID] | None:
        if self.role != Role.LIMITED or None in self.grants:
            return None
        return {event_id for event_id in self.grants if event_id}


_COLUMNS = ("role", "granted", "created_at", "signed_out_at", *reading.COLUMNS)
_GRANTS = (
    Grant.objects.filter(membership=OuterRef("pk"))
    .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
    .values_list(Concat("role", Value(":"), Cast("event_id", CharField())))
)
_MEMBERSHIP = Compiled(
    lambda account, organization: (
        Membership.objects.filter(account_id=account, organization_id=organization)
        .annotate(granted=ArraySubquery(_GRANTS))
        .values_list(*_COLUMNS)
    ),
    account=UUID(int=1),
    organization=UUID(int=2),
)


def load(account_id: UUID, organization_id: UUID, actor: Actor | None = None) -> Member | None:
    """Return an account's membership, or None; call inside `acting` for that organization."""
    found = _MEMBERSHIP.first(account=account_id, organization=organization_id)
    if found is None:
        return None
    row = dict(zip(_COLUMNS, found, strict=True))
    return Member(
        actor=actor or Actor.member(account_id),
        organization_id=organization_id,
        role=Role(row["role"]),
        grants=dict(map(_grant, row["granted"])),
        policy=reading.policy_of(row, organization_id, row["created_at"]),
        signed_out_at=row["signed_out_at"],
    )


def _grant(text: str) -> tuple[UUID | None, Role]:
    role, _, event = text.partition(":")
    return UUID(event) if event else None, Role(role)


def belongs_elsewhere(account_id: UUID, organization_id: UUID) -> bool:
    """Return whether an account is a member of another organization too."""
    with acting.acting(acting.current().actor, person_id=account_id):
        theirs = Membership.objects.filter(account_id=account_id)
        return theirs.exclude(organization_id=organization_id).exists()


def behind(work: Work, event_id: UUID | None = None) -> Member | None:
    """Return who asked for a job, or None once they belong no more; call inside `work.acting`.

    event_id: the event it works in, whose special data it may open when the member may.
    """
    assert work.account_id is not None
    assert work.organization_id is not None
    member = load(work.account_id, work.organization_id, acting.current().actor)
    if member is not None:
        member.hold_keys(event_id)
    return member
