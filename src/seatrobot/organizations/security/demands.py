"""Whether a member's request meets what the organization asks; looks at nothing in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address

from django.http import HttpRequest

from seatrobot.accounts.assurance import Assurance, assurance_of
from seatrobot.accounts.models import Session
from seatrobot.kernel.clock import now
from seatrobot.organizations.members import Member
from seatrobot.organizations.security.policy import Factor, Policy


class Demand(StrEnum):
    """What stands between a member and the organization."""

    NETWORK = "network"
    SIGNED_OUT = "signed-out"
    SESSION_TOO_LONG = "session-too-long"
    SESSION_IDLE = "session-idle"
    SECOND_FACTOR = "second-factor"
    PASSKEY = "passkey"


def demand(member: Member, request: HttpRequest) -> Demand | None:
    """Return the first thing this request lacks, or None when it may go on."""
    policy = member.policy
    if policy.networks and not policy.admits(ip_address(request.META["REMOTE_ADDR"])):
        return Demand.NETWORK
    return _of_session(member, request) or _of_factors(policy, request)


def announced(member: Member, request: HttpRequest) -> datetime | None:
    """Return from when on this session will not do any more; None when it will, or is refused."""
    policy = member.policy
    if policy.deadline is None or policy.deadline <= now():
        return None
    return None if meets(policy.factor, assurance_of(request)) else policy.deadline


def meets(factor: Factor, assurance: Assurance) -> bool:
    """Return whether what a session has shown is as strong as `factor`."""
    match factor:
        case Factor.ANY:
            return True
        case Factor.SECOND:
            return assurance.second_factor
        case Factor.PHISHING_RESISTANT:
            return assurance.phishing_resistant


def _of_session(member: Member, request: HttpRequest) -> Demand | None:
    session: Session | None = getattr(request.session, "row", None)
    if session is None:
        return None
    policy = member.policy
    if member.signed_out_at and session.created_at < member.signed_out_at:
        return Demand.SIGNED_OUT
    if policy.longest_session and now() - session.created_at > policy.longest_session:
        return Demand.SESSION_TOO_LONG
    if policy.longest_idle and timedelta(seconds=session.longest_gap) > policy.longest_idle:
        return Demand.SESSION_IDLE
    return None


def _of_factors(policy: Policy, request: HttpRequest) -> Demand | None:
    if policy.factor == Factor.ANY or meets(policy.factor, assurance_of(request)):
        return None
    if policy.deadline is not None and now() < policy.deadline:
        return None
    return Demand.PASSKEY if policy.factor == Factor.PHISHING_RESISTANT else Demand.SECOND_FACTOR
