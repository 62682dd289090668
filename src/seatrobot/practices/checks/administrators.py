"""Security features for administrators: each setting is made, and must stop a member over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.assurance import Assurance
from seatrobot.accounts.models import Session
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import Measure, Measurement, promise
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.security import services as security
from seatrobot.organizations.security.policy import Factor
from seatrobot.organizations.security.services import Wanted
from seatrobot.organizations.services import change_member
from seatrobot.practices.checks import canaries
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import (
    ProbeOrganization,
    account_of,
    browser_of,
    probe_organization,
    session_of,
)

OK = 200
ELSEWHERE = ("192.0.2.0/24", "192.0.2.7")
"""A network for documentation (RFC 5737), which no request comes from, and an address in it."""
EVENTS, NEW_EVENT = "events/", "events/new/"


class Attempt(NamedTuple):
    """Whether a member was let in before a setting was made, with it, and after it was undone."""

    before: bool
    during: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A setting. shown: the factors of a member whom it must stop. age: makes their session old."""

    name: str
    wanted: Wanted
    shown: tuple[str, ...] = (Method.PASSWORD,)
    age: Callable[[Session], None] | None = None


def _begun_long_ago(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(created_at=now() - timedelta(hours=2))


def _unused_long(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(longest_gap=2 * 60 * 60)


CASES = [
    Case("second factor", Wanted(factor=Factor.SECOND)),
    Case("passkey", Wanted(factor=Factor.PHISHING_RESISTANT), (Method.PASSWORD, Method.TOTP)),
    Case("longest session", Wanted(session_hours=1), age=_begun_long_ago),
    Case("idle time", Wanted(idle_minutes=60), age=_unused_long),
    Case("networks", Wanted(networks=(ELSEWHERE[0],))),
]


@promise(
    "administrators.tools",
    sentence=_(
        "Administrators can protect their users: second factors, session lifetime, networks,"
        " roles, signing others out."
    ),
    measured_by=_(
        "Each setting is made, not through its page, in an organization kept for this, and a"
        " member of it, who was let in before, is seen to be stopped over HTTP, and let in again"
        " when it is taken back."
    ),
    measures=[
        Measure("tried", _("settings tried"), least=8),
        Measure("ineffective", _("ineffective settings"), most=0),
        Measure("sticking", _("settings that stop more than they should"), most=0),
    ],
    every=timedelta(minutes=30),
    timeout=timedelta(seconds=60),
)
def tools() -> Measurement:
    """Try each setting; count those that stop nobody, and those that stop more than they should."""
    ineffective, sticking = [], []
    with probe_organization() as probe:
        for name, attempt in _attempts(probe):
            if attempt.during:
                ineffective.append(f"{name} stops nobody")
            if not (attempt.before and attempt.after):
                sticking.append(f"{name} stops although it is not set")
    return Measurement(
        {
            "tried": len(CASES) + len(ACTS),
            "ineffective": len(ineffective),
            "sticking": len(sticking),
        },
        [*ineffective, *sticking],
    )


def _attempts(probe: ProbeOrganization) -> Iterator[tuple[str, Attempt]]:
    """Yield each setting with whether a member was let in."""
    for case in CASES:
        browser = browser_of(probe.member, *case.shown)
        if case.age:
            case.age(session_of(browser))
        before = _gets_in(probe, browser)
        with _in_force(probe, case.wanted):
            during = _gets_in(probe, browser)
        after = _gets_in(probe, browser_of(probe.member, *case.shown))
        yield case.name, Attempt(before, during, after)
    for name, act in ACTS.items():
        yield name, act(probe)


def _gets_in(probe: ProbeOrganization, browser: Browser, page: str = EVENTS) -> bool:
    return browser.get(probe.path(page)).status == OK


@contextmanager
def _in_force(probe: ProbeOrganization, wanted: Wanted) -> Iterator[None]:
    _set(probe, wanted)
    try:
        yield
    finally:
        _set(probe, Wanted())


def _set(probe: ProbeOrganization, wanted: Wanted) -> None:
    strong = Assurance(frozenset({Method.PASSKEY}), now())
    with acting(probe.administrator.actor, probe.organization_id):
        security.change(
            actor=probe.administrator, wanted=wanted, assurance=strong, address=ELSEWHERE[1]
        )


def _sign_out_member(probe: ProbeOrganization) -> Attempt:
    return _signed_out(probe, lambda: _sign_out(probe))


def _sign_out_everybody(probe: ProbeOrganization) -> Attempt:
    def everybody() -> None:
        with acting(probe.administrator.actor, probe.organization_id):
            security.sign_out_everybody(actor=probe.administrator, keep=None)

    return _signed_out(probe, everybody)


def _role(probe: ProbeOrganization) -> Attempt:
    """Make a member of the team a viewer of one event, who may make no events."""
    browser = browser_of(probe.member, Method.PASSWORD)
    before = _gets_in(probe, browser, NEW_EVENT)
    event = canaries.write_event(probe, "Probe")
    _change_role(probe, Role.LIMITED, [GrantedRole(Role.VIEWER, event.pk)])
    during = _gets_in(probe, browser, NEW_EVENT)
    _change_role(probe, Role.TEAM, [])
    return Attempt(before, during, _gets_in(probe, browser, NEW_EVENT))


ACTS = {
    "signing a member out": _sign_out_member,
    "signing everybody out": _sign_out_everybody,
    "roles": _role,
}


def _signed_out(probe: ProbeOrganization, act: Callable[[], None]) -> Attempt:
    browser = browser_of(probe.member, Method.PASSWORD)
    before = _gets_in(probe, browser)
    act()
    during = _gets_in(probe, browser)
    return Attempt(before, during, _gets_in(probe, browser_of(probe.member, Method.PASSWORD)))


def _sign_out(probe: ProbeOrganization) -> None:
    with acting(probe.administrator.actor, probe.organization_id):
        row = Membership.objects.get(account=account_of(probe.member))
        security.sign_out_member(actor=probe.administrator, membership_id=row.pk)


def _change_role(probe: ProbeOrganization, role: Role, grants: list[GrantedRole]) -> None:
    with acting(probe.administrator.actor, probe.organization_id):
        row = Membership.objects.get(account=account_of(probe.member))
        change_member(actor=probe.administrator, membership_id=row.pk, role=role, grants=grants)
