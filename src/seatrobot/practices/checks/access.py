"""Access logging: every sign-in leaves an entry that users and administrators can read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.kernel.vault.looks import SHORTEST
from seatrobot.practices.checks import definitions, sign_in_counts
from seatrobot.practices.checks.browser import FORGED, Answer, Browser
from seatrobot.practices.checks.probe import (
    ProbeOrganization,
    browser_of,
    probe_organization,
    session_of,
    with_password,
)

TRIES = 4
PAUSE_SECONDS = 1.0
"""A sign-in is logged a moment before it is counted; a later try finds both."""
BARE = """
    SELECT count(*) FROM accounts_sign_in
    WHERE organization_id IS NULL AND outcome = %s AND at > %s AND id >= %s
      AND (device = '' OR length(sealed) < %s)
"""

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


@promise(
    "access.signins",
    sentence=_("Every sign-in is logged with the type of device and the IP address."),
    measured_by=_(
        "The web server counts the sessions it hands out at a sign-in, without a look at the log;"
        " another database role compares that with the sign-ins logged in the last 24 hours, and"
        " looks whether each has a type of device and a sealed record, which it cannot open, and"
        " whether the tables are as the migrations of this version make them."
    ),
    measures=[
        Measure("logged", _("sign-ins logged in the last 24 hours")),
        Measure("missing", _("sign-ins that are not in the log"), most=0),
        Measure("surplus", _("sign-ins in the log that nobody made"), most=0),
        Measure("bare", _("sign-ins without a device or record"), most=0),
        definitions.ALTERED,
    ],
    every=timedelta(minutes=15),
)
def signins() -> Measurement:
    """Compare the web server's count of sign-ins with the log, and look for incomplete rows.

    CannotMeasure where nobody signed in: nothing says anything about every sign-in then.
    """
    with examining() as examiner:
        for attempt in range(TRIES):
            moment = now()
            hours = sign_in_counts.hours(examiner, moment)
            missing, surplus = sign_in_counts.differences(hours, moment)
            if not missing and not surplus:
                break
            if attempt < TRIES - 1:
                time.sleep(PAUSE_SECONDS)
        bare = _bare(examiner, moment)
        altered = definitions.compared(examiner).of("accounts_sign_in", "practices_sign_in")
    altered.demand(is_wrong=bool(missing or surplus or bare))
    logged = sum(hour.logged for hour in hours.values())
    if not logged and not missing and not altered.differences:
        raise CannotMeasure(
            gettext("No sign-in was counted in the last 24 hours, so none can be looked at.")
        )
    return Measurement(
        {
            "logged": logged,
            "missing": missing,
            "surplus": surplus,
            "bare": bare,
            "altered": len(altered.differences),
        },
        altered.notes,
    )


def _bare(examiner: psycopg.Connection, moment: datetime) -> int:
    """Count sign-ins without a device or without a sealed record."""
    since = moment - timedelta(hours=sign_in_counts.WINDOW)
    row = examiner.execute(BARE, [Outcome.SUCCESS, since, first_id(since), SHORTEST]).fetchone()
    assert row is not None
    return int(row[0])


@dataclass(slots=True)
class Expectations:
    """How many answers were checked, and which of them were wrong."""

    checked: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, what: str, *, holds: bool) -> None:
        self.checked += 1
        if not holds:
            self.wrong.append(what)


@promise(
    "access.visible",
    sentence=_("The log is there for users and for their administrators."),
    measured_by=_(
        "In an organization kept for this an administrator signs in over HTTP: the page of the"
        " account lists the session, the access log and the sign-in log show the sign-in, a plain"
        " member is refused and a stranger is asked to sign in."
    ),
    measures=[
        Measure("asked", _("pages asked for"), least=8),
        Measure("wrong", _("pages that did not answer as they must"), most=0),
    ],
    every=timedelta(minutes=30),
)
def visible() -> Measurement:
    """Sign in as an administrator, open the pages of the log, and try them as others."""
    answers = Expectations()
    with probe_organization() as probe:
        with with_password(probe.administrator) as (address, password):
            _as_administrator(probe, address, password, answers)
        _as_member(probe, answers)
        _as_stranger(probe, answers)
    return Measurement({"asked": answers.checked, "wrong": len(answers.wrong)}, answers.wrong)


def _as_administrator(
    probe: ProbeOrganization, address: str, password: str, answers: Expectations
) -> None:
    other = session_of(browser_of(probe.administrator, "password"))
    browser = Browser()
    entered = browser.post(SIGN_IN, {"username": address, "password": password})
    answers.expect("signing in", holds=entered.status == FOUND)
    own = browser.get("/account/")
    answers.expect("own sessions", holds=own.status == OK and str(other.pk) in own.text)
    session, entry = _newest(probe)
    log = browser.get(probe.path(LOG))
    answers.expect("access log", holds=log.status == OK and str(entry) in log.text)
    sign_ins = browser.get(probe.path(SIGN_INS))
    answers.expect("sign-in log", holds=sign_ins.status == OK and str(session) in sign_ins.text)
    answers.expect("the address of a forged header", holds=FORGED not in sign_ins.text)


def _as_member(probe: ProbeOrganization, answers: Expectations) -> None:
    browser = browser_of(probe.member, "password")
    answers.expect("a member's own page", holds=browser.get("/account/").status == OK)
    for page in (LOG, SIGN_INS):
        refused = browser.get(probe.path(page)).status == FORBIDDEN
        answers.expect(f"{page} to a member", holds=refused)


def _as_stranger(probe: ProbeOrganization, answers: Expectations) -> None:
    for page in ("/account/", probe.path(LOG), probe.path(SIGN_INS)):
        what = f"{page.rpartition('/o/')[0] or page.split('/', 3)[-1]} to a stranger"
        answers.expect(what, holds=_asks_to_sign_in(Browser().get(page)))


def _asks_to_sign_in(answer: Answer) -> bool:
    return answer.status == FOUND and answer.location.startswith(SIGN_IN)


def _newest(probe: ProbeOrganization) -> tuple[UUID | None, UUID | None]:
    """Return the newest session and journal entry of the administrator, as the examiner."""
    who = (probe.organization_id, probe.administrator.account_id)
    with examining() as examiner:
        session = examiner.execute(NEWEST_SIGN_IN, [*who, Outcome.SUCCESS]).fetchone()
        entry = examiner.execute(NEWEST_ENTRY, who).fetchone()
    return (session[0] if session else None), (entry[0] if entry else None)
