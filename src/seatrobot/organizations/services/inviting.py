"""Inviting people to join, and joining. A link works for seven days, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import mail as transport
from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.kernel.repeats import inserting
from seatrobot.kernel.tokens import new_token, token_hash
from seatrobot.organizations import mail
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.models import (
    Invitation,
    InvitationRecord,
    Membership,
    Organization,
    SecuritySettings,
)
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.services.founding import add_member, give, noted
from seatrobot.organizations.services.membership import checked, may_be_given

TAKEN = gettext_lazy(
    "Nobody can join as a new person with this address. If you sign in with it already, sign in "
    "first and open the link again; else ask for an invitation to another address."
)
"""The same whether a member of any organization or the staff has the address."""
VALID_FOR = timedelta(days=7)


def invite(  # noqa: PLR0913  one argument per thing that is said
    *,
    actor: Principal,
    email: str,
    name: str,
    role: Role,
    grants: Sequence[GrantedRole] = (),
    invitation_id: UUID | None = None,
) -> Invitation:
    """Invite a person by mail; raises Refused, or ValidationError for the address or name.

    invitation_id: an identifier that the form carries, so that one sent twice invites once.
    """
    actor.require(Permission.MEMBER_CHANGE)
    key = invitation_id or new_id()
    if again := _lock(actor.organization_id).filter(pk=key).first():
        return again
    address = accounts.clean_address(email)
    _check_domain(actor.organization_id, address)
    _check_is_new(actor, address)
    token = new_token()
    invitation = Invitation(
        pk=key,
        organization_id=actor.organization_id,
        sealed=InvitationRecord(address, accounts.clean_name(name)),
        role=may_be_given(role),
        token_hash=token_hash(token),
        invited_by=actor.account_id,
        is_mailed=transport.has_server(),
        created_at=now(),
        expires_at=now() + VALID_FOR,
    )
    with inserting():
        invitation.save(force_insert=True)
    given = checked(role, grants)
    give(given, organization_id=actor.organization_id, invitation=invitation)
    journal.record(
        Action.MEMBER_INVITE, subject_id=invitation.pk, role=str(role), grants=noted(given)
    )
    _send(actor, invitation, token)
    return invitation


def resend(*, actor: Principal, invitation_id: UUID) -> None:
    """Send an invitation again with a new link; the old link dies. Raises Refused."""
    actor.require(Permission.MEMBER_CHANGE)
    invitation = _lock(actor.organization_id).filter(pk=invitation_id).first()
    if invitation is None:
        raise Refused(_("This invitation was used or withdrawn."))
    token = new_token()
    invitation.token_hash = token_hash(token)
    invitation.expires_at = now() + VALID_FOR
    invitation.invited_by = actor.account_id  # who sends it again answers for it
    invitation.is_mailed = transport.has_server()
    invitation.save(update_fields=["token_hash", "expires_at", "invited_by", "is_mailed"])
    journal.record(Action.MEMBER_INVITE_RESEND, subject_id=invitation.pk)
    _send(actor, invitation, token)


def withdraw(*, actor: Principal, invitation_id: UUID) -> None:
    """Make an invitation's link worthless; harmless when it already is."""
    actor.require(Permission.MEMBER_CHANGE)
    invitation = _lock(actor.organization_id).filter(pk=invitation_id).first()
    if invitation is None:
        return
    journal.record(Action.MEMBER_INVITE_WITHDRAW, subject_id=invitation.pk)
    invitation.delete()


def find_invitation(organization_id: UUID, token: str) -> Invitation:
    """Return the invitation of a link, inside `acting` for its organization; raises LinkDead."""
    return _alive(Invitation.objects.filter(organization_id=organization_id), token)


def accept(*, organization_id: UUID, token: str, account: Account) -> None:
    """Let an account join by link, and use the link up; raises LinkDead or Refused."""
    invitation = _alive(_lock(organization_id), token)
    _check_domain(organization_id, account.sealed.email)
    role, grants = Role(invitation.role), [grant.granted for grant in invitation.grants.all()]
    inviter = invitation.invited_by
    if invitation.is_mailed and invitation.sealed.email == account.sealed.email:
        accounts.confirm_address(account)
    invitation.delete()
    if Membership.objects.filter(organization_id=organization_id, account=account).exists():
        raise Refused(_("You are a member already."))
    add_member(organization_id, account, role, grants, by=inviter)


def join_as_new_person(*, organization_id: UUID, token: str, name: str, password: str) -> Account:
    """Make an account for the invited address and let it join.

    Raises LinkDead, Refused, or ValidationError.
    """
    invitation = _alive(_lock(organization_id), token)
    _check_domain(organization_id, invitation.sealed.email)
    organization = Organization.objects.get(pk=organization_id).sealed.name
    try:
        account = accounts.create_account(
            email=invitation.sealed.email, name=name, password=password, organization=organization
        )
    except accounts.AddressTaken as error:
        raise Refused(TAKEN) from error
    accept(organization_id=organization_id, token=token, account=account)
    return account


def _alive(invitations: QuerySet[Invitation], token: str) -> Invitation:
    found = invitations.filter(token_hash=token_hash(token), expires_at__gt=now()).first()
    if found is None or not _may_invite(found):
        raise LinkDead(
            _("An invitation works once and for 7 days: ask whoever invited you to send it again.")
        )
    return found


def _may_invite(invitation: Invitation) -> bool:
    """Return whether the inviter still may invite; the operator always may."""
    if invitation.invited_by is None:
        return True
    return Membership.objects.filter(
        organization_id=invitation.organization_id,
        account_id=invitation.invited_by,
        account__is_active=True,
        role__in=Permission.MEMBER_CHANGE.roles,
    ).exists()


def _lock(organization_id: UUID) -> QuerySet[Invitation]:
    return Invitation.objects.select_for_update().filter(organization_id=organization_id)


def _check_is_new(actor: Principal, address: str) -> None:
    account = accounts.find(address)
    here = Membership.objects.filter(organization_id=actor.organization_id)
    if account and here.filter(account=account).exists():
        raise Refused(_("This person is a member already."))
    if any(
        row.sealed.email.casefold() == address.casefold() for row in _lock(actor.organization_id)
    ):
        raise Refused(_("This person is invited already: send the invitation again instead."))


def _check_domain(organization_id: UUID, address: str) -> None:
    """Refuse an e-mail address outside the domains the organization allows its members."""
    row = SecuritySettings.objects.filter(organization_id=organization_id).first()
    allowed = row.sealed.domains if row else []
    if allowed and address.rpartition("@")[2].lower() not in allowed:
        raise Refused(
            _("Members need an address at %(domains)s, and this is %(address)s.")
            % {"domains": ", ".join(allowed), "address": address}
        )


def _send(actor: Principal, invitation: Invitation, token: str) -> None:
    organization = Organization.objects.get(pk=actor.organization_id).sealed.name
    place = {"organization": actor.organization_id, "token": token}
    mail.send_template(
        actor.organization_id,
        invitation.sealed.email,
        "invitation",
        name=invitation.sealed.name,
        inviter=_inviter(actor, organization),
        organization=organization,
        role=Role(invitation.role).label,
        link=f"{settings.BASE_URL}{reverse('organizations:join', kwargs=place)}",
    )


def _inviter(actor: Principal, organization: str) -> str:
    if actor.account_id is None:
        return organization
    return accounts.people([actor.account_id])[actor.account_id].name
