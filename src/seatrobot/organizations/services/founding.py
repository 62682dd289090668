"""Making an organization, and its name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.accounts.services import is_staff
from seatrobot.kernel import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.versions import ChangedMeanwhile, version_of
from seatrobot.organizations import members
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import (
    Grant,
    Invitation,
    Membership,
    Organization,
    OrganizationRecord,
)
from seatrobot.organizations.permissions import GrantedRole, Role


def found(*, name: str, owner: Account) -> Member:
    """Make an organization with its own keyring and its Primary Owner.

    Opens a unit of work of its own, for the organization that is new; joins the one around it.
    """
    actor = acting.current().actor
    organization_id = new_id()
    vault.create_keyring(organization_id)
    with acting.acting(actor, organization_id):
        Organization.objects.create(
            id=organization_id, sealed=OrganizationRecord(name.strip()), created_at=now()
        )
        add_member(organization_id, owner, Role.OWNER)
        journal.record(Action.ORGANIZATION_CREATE, subject_id=owner.pk)
        member = members.load(owner.pk, organization_id)
    assert member is not None
    return member


def add_member(
    organization_id: UUID,
    account: Account,
    role: Role,
    grants: Sequence[GrantedRole] = (),
    *,
    by: UUID | None = None,
) -> Membership:
    """Give an account its place in an organization; callers check who may. Refused to staff.

    Its entry in the journal is what `access.rights` compares the place with. grants: the roles of a
    limited member in events. by: the account that gives the place.
    """
    if is_staff(account):
        raise Refused(_("Staff of the service belong to no organization."))
    membership = Membership(organization_id=organization_id, account=account, created_at=now())
    set_role(membership, role, by=by)
    membership.save(force_insert=True)
    give(grants, organization_id=organization_id, membership=membership)
    if role != Role.OWNER:  # the entry of the organization names its founder
        given = noted(grants)
        journal.record(Action.MEMBER_JOIN, subject_id=account.pk, role=str(role), grants=given)
    return membership


def noted(grants: Iterable[GrantedRole]) -> list[str]:
    """Return roles in events as the journal has them: event or `all`, role, end or `open`."""
    ends = {
        each: int(each.expires_at.timestamp()) if each.expires_at else "open" for each in grants
    }
    return sorted(f"{each.event_id or 'all'}/{each.role}/{end}" for each, end in ends.items())


def set_role(membership: Membership, role: Role, *, by: UUID | None) -> None:
    """Set a member's role, and since when and by whom they are an administrator; does not save."""
    membership.role = role
    if role not in Permission.MEMBER_CHANGE.roles:
        membership.administrator_since = membership.administrator_by = None
    elif membership.administrator_since is None:
        membership.administrator_since, membership.administrator_by = now(), by


def give(
    grants: Sequence[GrantedRole],
    *,
    organization_id: UUID,
    membership: Membership | None = None,
    invitation: Invitation | None = None,
) -> None:
    """Write the grants of a membership, or of the invitation to one."""
    Grant.objects.bulk_create(
        Grant(
            organization_id=organization_id,
            membership=membership,
            invitation=invitation,
            **grant._asdict(),
        )
        for grant in grants
    )


def rename(*, actor: Principal, name: str, seen: str = "") -> None:
    """Change the name of the organization; seen: the version of the name that was looked at."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    if seen and seen != version_of(organization.sealed.name):
        raise ChangedMeanwhile(_("Somebody else changed the name meanwhile."))
    organization.sealed = OrganizationRecord(name.strip())
    organization.save(update_fields=["sealed"])
    journal.record(Action.ORGANIZATION_CHANGE, subject_id=organization.pk)
