"""Who belongs to an organization, and as what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.versions import ChangedMeanwhile, version_of
from seatrobot.organizations import event_titles
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.models import Invitation, Membership
from seatrobot.organizations.permissions import GRANTED_ROLES, GrantedRole, Role
from seatrobot.organizations.services.founding import give, noted, set_role

ROLE_FIELDS = ["role", "administrator_since", "administrator_by"]


def change_member(
    *,
    actor: Principal,
    membership_id: UUID,
    role: Role,
    grants: Sequence[GrantedRole] = (),
    seen: str = "",
) -> None:
    """Give another member another role, or other roles in events; raises Refused.

    seen: the version that was looked at (`member_version`).
    """
    actor.require(Permission.MEMBER_CHANGE)
    membership = _other(actor, membership_id)
    if seen and seen != member_version(
        membership.role, (g.granted for g in membership.grants.all())
    ):
        raise ChangedMeanwhile(_("Somebody else changed this member meanwhile."))
    before = membership.role
    set_role(membership, may_be_given(role), by=actor.account_id)
    membership.save(update_fields=ROLE_FIELDS)
    if role not in Permission.MEMBER_CHANGE.roles:
        withdraw_all_of(membership.account_id, actor.organization_id)
    membership.grants.all().delete()
    given = checked(role, grants)
    give(given, organization_id=actor.organization_id, membership=membership)
    journal.record(
        Action.MEMBER_CHANGE,
        subject_id=membership.account_id,
        before=before,
        after=str(role),
        grants=noted(given),
    )


def member_version(role: str, grants: Iterable[GrantedRole]) -> str:
    """Return a text that changes with a member's roles."""
    return version_of(str(role), sorted(f"{g.event_id} {g.role} {g.expires_at}" for g in grants))


def remove_member(*, actor: Principal, membership_id: UUID) -> int:
    """End another member's access at once; return how many invitations of theirs are withdrawn.

    Raises Refused.
    """
    actor.require(Permission.MEMBER_CHANGE)
    membership = _other(actor, membership_id)
    withdrawn = withdraw_all_of(membership.account_id, actor.organization_id)
    journal.record(Action.MEMBER_REMOVE, subject_id=membership.account_id)
    membership.delete()
    return withdrawn


def withdraw_all_of(inviter_id: UUID, organization_id: UUID) -> int:
    """Withdraw the open invitations of somebody who may invite no longer; return how many."""
    rows = Invitation.objects.select_for_update()
    invitations = list(rows.filter(organization_id=organization_id, invited_by=inviter_id))
    for invitation in invitations:
        journal.record(Action.MEMBER_INVITE_WITHDRAW, subject_id=invitation.pk)
        invitation.delete()
    return len(invitations)


def transfer_ownership(*, actor: Principal, membership_id: UUID, password: str) -> None:
    """Make another member the Primary Owner, and the present one an Administrator.

    Raises Refused, or accounts.services.WrongPassword when the password is not the actor's.
    """
    actor.require(Permission.ORGANIZATION_TRANSFER)
    assert actor.account_id is not None
    accounts.confirm_password(Account.objects.get(pk=actor.account_id), password)
    owner = _lock(actor).get(role=Role.OWNER)
    if owner.account_id != actor.account_id:
        raise Refused(_("Only the Primary Owner can hand the organization over."))
    heir = _other(actor, membership_id)
    set_role(owner, Role.ADMINISTRATOR, by=actor.account_id)
    set_role(heir, Role.OWNER, by=actor.account_id)
    owner.save(update_fields=ROLE_FIELDS)
    heir.save(update_fields=ROLE_FIELDS)
    heir.grants.all().delete()
    journal.record(Action.ORGANIZATION_TRANSFER, subject_id=heir.account_id)
    journal.record(
        Action.MEMBER_CHANGE,
        subject_id=owner.account_id,
        before=str(Role.OWNER),
        after=str(Role.ADMINISTRATOR),
    )


def may_be_given(role: Role) -> Role:
    """Return the role in the organization, unless it moves only by transfer; raises Refused."""
    if role == Role.OWNER:
        raise Refused(_("The Primary Owner changes only by handing the organization over."))
    if role in GRANTED_ROLES:
        raise Refused(_("This role is given in events, not in the whole organization."))
    return role


def checked(role: Role, grants: Sequence[GrantedRole]) -> list[GrantedRole]:
    """Return the grants that go with a role, one an event; raises Refused without any."""
    if role != Role.LIMITED:
        return []
    known = event_titles.existing([grant.event_id for grant in grants if grant.event_id])
    chosen = {grant.event_id: grant for grant in grants if grant.event_id in {None, *known}}
    if not chosen:
        raise Refused(_("Choose a role in at least one event."))
    if any(grant.role not in GRANTED_ROLES for grant in chosen.values()):
        raise Refused(_("This role is not given in events."))
    return list(chosen.values())


def _lock(actor: Principal) -> QuerySet[Membership]:
    return Membership.objects.select_for_update().filter(organization_id=actor.organization_id)


def _other(actor: Principal, membership_id: UUID) -> Membership:
    membership = _lock(actor).filter(pk=membership_id).first()
    if membership is None:
        raise Refused(_("This person is not a member any more."))
    if membership.account_id == actor.account_id:
        raise Refused(_("You cannot change your own membership; ask another administrator."))
    if membership.role == Role.OWNER:
        raise Refused(_("The Primary Owner changes only by handing the organization over."))
    return membership


def _name(membership: Membership) -> str:
    return accounts.people([membership.account_id])[membership.account_id].name
