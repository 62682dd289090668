"""What administrators can do to protect everybody in their organization."""

from __future__ import annotations

from dataclasses import dataclass, fields
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts.assurance import Assurance
from seatrobot.accounts.models import Session
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.versions import ChangedMeanwhile, version_of
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.members import belongs_elsewhere
from seatrobot.organizations.models import Membership
from seatrobot.organizations.security.demands import meets
from seatrobot.organizations.security.models import SecurityRecord, SecuritySettings
from seatrobot.organizations.security.policy import Factor, Policy

STRENGTH = list(Factor)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The settings as a person sees them. domains in lower case, networks as CIDR."""

    factor: Factor = Factor.ANY
    grace_days: int = 0
    session_hours: int | None = None
    idle_minutes: int | None = None
    domains: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


def load(actor: Principal) -> Wanted:
    """Return the settings in force."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    return _seen(_row(actor))


def version(settings: Wanted) -> str:
    """Return a text that changes with the settings."""
    return version_of(settings)


def change(
    *, actor: Principal, wanted: Wanted, assurance: Assurance, address: str, seen: str = ""
) -> None:
    """Put settings in force; Refused when they would lock out the member who saves them.

    assurance, address: how the actor signed in, and from where. seen: the version looked at.
    """
    actor.require(Permission.ORGANIZATION_CHANGE)
    _check_not_locked_out(wanted, assurance, address)
    found = _row(actor, lock=True)
    before = _seen(found)
    if seen and seen != version(before):
        raise ChangedMeanwhile(_("Somebody else changed these settings meanwhile."))
    if wanted == before:
        return
    row = found or SecuritySettings(organization_id=actor.organization_id)
    if STRENGTH.index(wanted.factor) > STRENGTH.index(before.factor):
        row.factor_since = now()
    elif wanted.factor == Factor.ANY:
        row.factor_since = None
    row.factor, row.grace_days = wanted.factor, wanted.grace_days
    row.session_hours, row.idle_minutes = wanted.session_hours, wanted.idle_minutes
    row.limits_networks = bool(wanted.networks)
    row.sealed = SecurityRecord(list(wanted.domains), list(wanted.networks))
    row.save()
    _record(before, wanted)


def sign_out_member(*, actor: Principal, membership_id: UUID) -> int:
    """End every session of another member in this organization; return how many.

    One who belongs to another organization too stays signed in there.
    """
    actor.require(Permission.MEMBER_CHANGE)
    rows = Membership.objects.filter(organization_id=actor.organization_id, pk=membership_id)
    membership = rows.select_related("account").first()
    if membership is None or membership.account_id == actor.account_id:
        raise Refused(_("You end your own sessions on the page of your account."))
    ended = _end_sessions(membership)
    journal.record(
        Action.MEMBER_SIGN_OUT,
        subject_id=membership.account_id,
        sessions=ended,
    )
    return ended


def sign_out_everybody(*, actor: Principal, keep: UUID | None) -> int:
    """End every session of every member but one session; return how many. See above."""
    actor.require(Permission.ORGANIZATION_CHANGE)
    rows = Membership.objects.filter(organization_id=actor.organization_id)
    ended = sum(_end_sessions(row) for row in rows.exclude(account_id=actor.account_id))
    own = Session.objects.filter(account_id=actor.account_id).exclude(pk__in=[keep] if keep else [])
    ended += own.delete()[0]
    journal.record(Action.SECURITY_SIGN_OUT, sessions=ended)
    return ended


def _end_sessions(membership: Membership) -> int:
    """End a person's sessions, or where they belong elsewhere too, keep those out of here."""
    sessions = Session.objects.filter(account_id=membership.account_id)
    if not belongs_elsewhere(membership.account_id, membership.organization_id):
        return sessions.delete()[0]
    membership.signed_out_at = now()
    membership.save(update_fields=["signed_out_at"])
    return sessions.count()


def _check_not_locked_out(wanted: Wanted, assurance: Assurance, address: str) -> None:
    networks = tuple(ip_network(text) for text in wanted.networks)
    if not Policy(networks=networks).admits(ip_address(address)):
        raise Refused(
            _("You would lock yourself out: your own address %s is in none of these networks.")
            % address
        )
    if meets(wanted.factor, assurance):
        return
    if wanted.factor == Factor.PHISHING_RESISTANT:
        raise Refused(_("You would lock yourself out: first sign in with a passkey yourself."))
    raise Refused(_("You would lock yourself out: first sign in with a second factor yourself."))


def _row(actor: Principal, *, lock: bool = False) -> SecuritySettings | None:
    rows = SecuritySettings.objects.filter(organization_id=actor.organization_id)
    return (rows.select_for_update() if lock else rows).first()


def _seen(row: SecuritySettings | None) -> Wanted:
    if row is None:
        return Wanted()
    return Wanted(
        factor=Factor(row.factor),
        grace_days=row.grace_days,
        session_hours=row.session_hours,
        idle_minutes=row.idle_minutes,
        domains=tuple(row.sealed.domains),
        networks=tuple(row.sealed.networks),
    )


def _record(before: Wanted, after: Wanted) -> None:
    """Tell the journal each setting that changed, as it was and as it is."""
    names = [each.name for each in fields(Wanted)]
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    journal.record(
        Action.SECURITY_CHANGE,
        before=[f"{name}: {_word(getattr(before, name))}" for name in changed],
        after=[f"{name}: {_word(getattr(after, name))}" for name in changed],
    )


def _word(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
