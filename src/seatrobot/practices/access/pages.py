"""Whether people find their own sign-ins and administrators the log, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Found
from seatrobot.practices.outside import Answer, Browser
from seatrobot.practices.probe.services import (
    Probing,
    browser_of,
    probing,
    session_of,
    with_password,
)

OK, FOUND, FORBIDDEN = 200, 302, 403
SIGN_IN = "/sign-in/"
LOG, SIGN_INS = "log/", "log/sign-ins/"
NEWEST_SIGN_IN = """
    SELECT session_id FROM accounts_sign_in
    WHERE organization_id = %s AND account_id = %s AND outcome = %s ORDER BY id DESC LIMIT 1
"""
NEWEST_ENTRY = """
    SELECT id FROM journal_entry WHERE organization_id = %s AND actor_id = %s
    ORDER BY id DESC LIMIT 1
"""


@dataclass(slots=True)
class Tally:
    """How many answers were looked at, and what was wrong with which."""

    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, *, holds: bool) -> None:
        self.asked += 1
        if not holds:
            self.wrong.append(what)


def look() -> Found:
    """Sign in as an administrator of the organization kept for this, and open the pages."""
    tally = Tally()
    with probing() as probe:
        with with_password(probe.administrator) as (address, password):
            _as_administrator(probe, address, password, tally)
        _as_member(probe, tally)
        _as_stranger(probe, tally)
    return Found({"asked": tally.asked, "wrong": len(tally.wrong)}, tally.wrong)


def _as_administrator(probe: Probing, address: str, password: str, tally: Tally) -> None:
    other = session_of(browser_of(probe.administrator, "password"))
    browser = Browser()
    entered = browser.post(SIGN_IN, {"username": address, "password": password})
    tally.expect("signing in", holds=entered.status == FOUND)
    own = browser.get("/account/")
    tally.expect("own sessions", holds=own.status == OK and str(other.pk) in own.text)
    session, entry = _newest(probe)
    log = browser.get(probe.path(LOG))
    tally.expect("access log", holds=log.status == OK and str(entry) in log.text)
    sign_ins = browser.get(probe.path(SIGN_INS))
    tally.expect("sign-in log", holds=sign_ins.status == OK and str(session) in sign_ins.text)


def _as_member(probe: Probing, tally: Tally) -> None:
    browser = browser_of(probe.member, "password")
    tally.expect("a member's own page", holds=browser.get("/account/").status == OK)
    for page in (LOG, SIGN_INS):
        refused = browser.get(probe.path(page)).status == FORBIDDEN
        tally.expect(f"{page} to a member", holds=refused)


def _as_stranger(probe: Probing, tally: Tally) -> None:
    for page in ("/account/", probe.path(LOG), probe.path(SIGN_INS)):
        what = f"{page.rpartition('/o/')[0] or page.split('/', 3)[-1]} to a stranger"
        tally.expect(what, holds=_asks_to_sign_in(Browser().get(page)))


def _asks_to_sign_in(answer: Answer) -> bool:
    return answer.status == FOUND and answer.place.startswith(SIGN_IN)


def _newest(probe: Probing) -> tuple[UUID | None, UUID | None]:
    """Return the session and the journal entry that the sign-in has just left, from outside."""
    who = (probe.organization_id, probe.administrator.account_id)
    with examining() as outside:
        session = outside.execute(NEWEST_SIGN_IN, [*who, Outcome.SUCCESS]).fetchone()
        entry = outside.execute(NEWEST_ENTRY, who).fetchone()
    return (session[0] if session else None), (entry[0] if entry else None)
