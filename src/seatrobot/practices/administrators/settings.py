"""Whether what administrators set stops a member, over HTTP, in the organization kept for this."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from seatrobot.accounts.assurance import Assurance
from seatrobot.accounts.models import Session
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import Found
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.security import services as security
from seatrobot.organizations.security.policy import Factor
from seatrobot.organizations.security.services import Wanted
from seatrobot.organizations.services import change_member
from seatrobot.practices.outside import Browser
from seatrobot.practices.probe import canaries
from seatrobot.practices.probe.services import Probing, account_of, browser_of, probing, session_of

OK = 200
ELSEWHERE = ("192.0.2.0/24", "192.0.2.7")
"""A network for documentation (RFC 5737), from which nobody comes, and an address in it."""
EVENTS, NEW_EVENT = "events/", "events/new/"


@dataclass(frozen=True, slots=True)
class Case:
    """A setting, the factors of a member whom it stops, and what makes their session old."""

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


def look() -> Found:
    """Try each setting; return which stop nobody, and which stop where nothing is set."""
    ineffective, sticking = [], []
    with probing() as probe:
        for name, (before, during, after) in _tries(probe):
            if during:
                ineffective.append(f"{name} stops nobody")
            if not (before and after):
                sticking.append(f"{name} stops although it is not set")
    count = len(CASES) + len(ACTS)
    return Found(
        {"tried": count, "ineffective": len(ineffective), "sticking": len(sticking)},
        [*ineffective, *sticking],
    )


def _tries(probe: Probing) -> Iterator[tuple[str, tuple[bool, bool, bool]]]:
    """Yield of each setting whether a member gets in before it, with it, and without it again."""
    for case in CASES:
        browser = browser_of(probe.member, *case.shown)
        if case.age:
            case.age(session_of(browser))
        before = _gets_in(probe, browser)
        with _in_force(probe, case.wanted):
            during = _gets_in(probe, browser)
        yield case.name, (before, during, _gets_in(probe, browser_of(probe.member, *case.shown)))
    for name, act in ACTS.items():
        yield name, act(probe)


def _gets_in(probe: Probing, browser: Browser, page: str = EVENTS) -> bool:
    return browser.get(probe.path(page)).status == OK


@contextmanager
def _in_force(probe: Probing, wanted: Wanted) -> Iterator[None]:
    _set(probe, wanted)
    try:
        yield
    finally:
        _set(probe, Wanted())


def _set(probe: Probing, wanted: Wanted) -> None:
    strong = Assurance(frozenset({Method.PASSKEY}), now())
    with acting(probe.administrator.actor, probe.organization_id):
        security.change(
            actor=probe.administrator, wanted=wanted, assurance=strong, address=ELSEWHERE[1]
        )


def _sign_out_member(probe: Probing) -> tuple[bool, bool, bool]:
    return _signed_out(probe, lambda: _sign_out(probe))


def _sign_out_everybody(probe: Probing) -> tuple[bool, bool, bool]:
    def everybody() -> None:
        with acting(probe.administrator.actor, probe.organization_id):
            security.sign_out_everybody(actor=probe.administrator, keep=None)

    return _signed_out(probe, everybody)


def _role(probe: Probing) -> tuple[bool, bool, bool]:
    """Make a member of the team a viewer of one event, who may make no events."""
    browser = browser_of(probe.member, Method.PASSWORD)
    before = _gets_in(probe, browser, NEW_EVENT)
    event = canaries.write_event(probe, "Probe")
    _change_role(probe, Role.LIMITED, [GrantedRole(Role.VIEWER, event.pk)])
    during = _gets_in(probe, browser, NEW_EVENT)
    _change_role(probe, Role.TEAM, [])
    return before, during, _gets_in(probe, browser, NEW_EVENT)


ACTS = {
    "signing a member out": _sign_out_member,
    "signing everybody out": _sign_out_everybody,
    "roles": _role,
}


def _signed_out(probe: Probing, act: Callable[[], None]) -> tuple[bool, bool, bool]:
    browser = browser_of(probe.member, Method.PASSWORD)
    before = _gets_in(probe, browser)
    act()
    during = _gets_in(probe, browser)
    return before, during, _gets_in(probe, browser_of(probe.member, Method.PASSWORD))


def _sign_out(probe: Probing) -> None:
    with acting(probe.administrator.actor, probe.organization_id):
        row = Membership.objects.get(account=account_of(probe.member))
        security.sign_out_member(actor=probe.administrator, membership_id=row.pk)


def _change_role(probe: Probing, role: Role, grants: list[GrantedRole]) -> None:
    with acting(probe.administrator.actor, probe.organization_id):
        row = Membership.objects.get(account=account_of(probe.member))
        change_member(actor=probe.administrator, membership_id=row.pk, role=role, grants=grants)
