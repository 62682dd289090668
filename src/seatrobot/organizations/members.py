"""The member who acts: loaded once per request, asked by every service."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from seatrobot.kernel import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.compiled import Compiled
from seatrobot.kernel.features import Permission
from seatrobot.kernel.jobs import Work
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import SCOPED_ROLES, Role
from seatrobot.organizations.security import reading
from seatrobot.organizations.security.policy import OPEN, Policy


class NotAllowed(Exception):
    """The member's role does not include what was asked."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who acts in an organization, and as what.

    events: the events a scoped role sees; None means all of the organization.
    policy: what the organization asks of a request of this member.
    """

    organization_id: UUID
    account_id: UUID | None
    role: Role
    events: frozenset[UUID] | None
    actor: Actor
    policy: Policy = OPEN

    def may(self, permission: Permission, event_id: UUID | None = None) -> bool:
        """Return whether the role includes the permission, and sees the event if one is named."""
        return self.role in permission.roles and self.sees(event_id)

    def sees(self, event_id: UUID | None) -> bool:
        return event_id is None or self.events is None or event_id in self.events

    def require(self, permission: Permission, event_id: UUID | None = None) -> None:
        """Raise NotAllowed unless the member may."""
        if not self.may(permission, event_id):
            raise NotAllowed(f"{self.role} may not {permission}")


_COLUMNS = ("role", "events", "created_at", *reading.COLUMNS)
_MEMBERSHIP = Compiled(
    lambda account, organization: Membership.objects.filter(
        account_id=account, organization_id=organization
    ).values_list(*_COLUMNS),
    account=UUID(int=1),
    organization=UUID(int=2),
)


def load(account_id: UUID, organization_id: UUID, actor: Actor | None = None) -> Member | None:
    """Return an account's membership, or None; call inside `acting` for that organization."""
    found = _MEMBERSHIP.first(account=account_id, organization=organization_id)
    if found is None:
        return None
    row = dict(zip(_COLUMNS, found, strict=True))
    role = Role(row["role"])
    events = frozenset(row["events"]) if role in SCOPED_ROLES else None
    policy = reading.policy_of(row, organization_id, row["created_at"])
    actor = actor or Actor.member(account_id)
    return Member(organization_id, account_id, role, events, actor, policy)


def behind(work: Work) -> Member | None:
    """Return who asked for a job, or None once they belong no more; call inside `work.acting`."""
    assert work.account_id is not None
    assert work.organization_id is not None
    return load(work.account_id, work.organization_id, acting.current().actor)


def operator(organization_id: UUID, command: str) -> Member:
    """Return the operator at the command line, who may do what the Primary Owner may."""
    return Member(organization_id, None, Role.OWNER, None, Actor.system(command))
