"""Access logging: every sign-in leaves an entry that users and administrators can read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import DeviceType, Method, Outcome
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, Number, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault.looks import SHORTEST
from seatrobot.practices.checks import (
    definitions,
    reconciling,
    rights,
    sign_in_counts,
    support_access,
)
from seatrobot.practices.checks.browser import FORGED, Answer, Browser
from seatrobot.practices.checks.probe import (
    ProbeOrganization,
    account_of,
    as_enabled_staff,
    browser_of,
    probe_organization,
    session_of,
    with_password,
)

ELSEWHERE = (rights.rights,)
"""A promise of this section that is declared in a module of its own."""
TRIES = 4
PAUSE_SECONDS = 1.0
"""A sign-in is logged a moment before it is counted; a later try finds both."""
BARE = """
    SELECT count(*) FROM accounts_sign_in
    WHERE organization_id IS NULL AND outcome = %s AND at > %s AND id >= %s
      AND (device = '' OR length(sealed) < %s)
"""

CLOCK = timedelta(seconds=2)
OWN = """
    SELECT id FROM accounts_sign_in
    WHERE organization_id IS NOT DISTINCT FROM %s AND account_id = %s AND id >= %s
"""
OK, FOUND, FORBIDDEN = 200, 302, 403
SIGN_IN = "/sign-in/"
LOG, SIGN_INS = "log/", "log/sign-ins/"
WHOLE_LOG = "log/?show=everything"
"""The first view of the log is without sign-ins, and the newest entry is one of a sign-in."""
NEWEST_SIGN_IN = """
    SELECT session_id FROM accounts_sign_in
    WHERE organization_id = %s AND account_id = %s AND outcome = %s ORDER BY id DESC LIMIT 1
"""
NEWEST_ENTRY = """
    SELECT id FROM journal_entry WHERE organization_id = %s AND actor_id = %s
    ORDER BY id DESC LIMIT 1
"""
NEWEST_OF_STAFF = """
    SELECT id FROM journal_entry
    WHERE organization_id = %s AND actor_kind = 'staff' AND actor_id = %s AND id >= %s
    ORDER BY id DESC LIMIT 1
"""


@promise(
    "access.signins",
    sentence=_("Every sign-in is logged with the type of device and the IP address."),
    measured_by=_(
        "The web server counts the sessions it hands out at a sign-in, without a look at the log,"
        " and the journal keeps the count of each hour; another database role compares that with"
        " the sign-ins logged in the last 24 hours. For each row of the log of the last 24 hours,"
        " up to 50,000, and of six hours chosen by chance, there must be one entry of the journal"
        " with its hash, and for each such entry its row, in the log of the service and in those of"
        " all organizations; and organizations must have a copy of what the last 100 accounts did."
        " The examination signs in over HTTP, opens the records of that, and compares address,"
        " browser and device with what it sent. The tables must be as the migrations of this"
        " version make them."
    ),
    measures=[
        Measure("logged", _("sign-ins logged in the last 24 hours"), least=1),
        Measure("compared", _("rows of the log compared with the journal"), least=1),
        Measure("missing", _("sign-ins missing in the log"), most=0),
        Measure("surplus", _("made-up sign-ins in the log"), most=0),
        Measure("bare", _("sign-ins whose device or record is missing"), most=0),
        Measure("unmarked", _("rows of the log unknown to the journal"), most=0),
        Measure("unlogged", _("entries of the journal whose row is gone or changed"), most=0),
        Measure("uncopied", _("sign-ins missing in the log of an organization"), most=0),
        Measure("recounted", _("hours whose count differs from the journal"), most=0),
        Measure("untrue", _("records of the own sign-in that say something else"), most=0),
        definitions.ALTERED,
    ],
    every=timedelta(minutes=15),
)
def signins() -> Measurement:
    """Sign in, then compare the web server's count, the log, the journal and all copies."""
    with probe_organization() as probe:
        untrue = _own_sign_in(probe)
    values, wrong, altered = compared_logs()
    altered.demand(is_wrong=bool(untrue or wrong))
    return Measurement(
        {**values, "untrue": len(untrue), "altered": len(altered.differences)},
        [*altered.notes, *untrue, *wrong],
    )


def compared_logs() -> tuple[dict[str, Number], list[str], definitions.Comparison]:
    """Compare the count, the log, the journal and the definitions; return numbers and notes."""
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
        found = reconciling.reconcile(examiner, moment)
        counts = sign_in_counts.recounted(examiner, moment)
        altered = definitions.compared(examiner).of("accounts_sign_in", "practices_sign_in")
    with acting(ACTOR):
        sign_in_counts.sign(counts.unsigned)
    notes = [*found.unmarked, *found.unlogged, *found.uncopied]
    notes += [f"the count of the hour {hour:%Y-%m-%d %H:00} was changed" for hour in counts.changed]
    if counts.begun_anew:
        notes.append(f"counting was begun anew at {counts.begun_anew:%Y-%m-%d %H:%M}")
    numbers = {"missing": missing, "surplus": surplus, "bare": bare}
    notes += [f"{name}: {number}" for name, number in numbers.items() if number]
    return (
        {
            "logged": sum(hour.logged for hour in hours.values()),
            "compared": found.compared,
            **numbers,
            "unmarked": len(found.unmarked),
            "unlogged": len(found.unlogged),
            "uncopied": len(found.uncopied),
            "recounted": len(counts.changed) + bool(counts.begun_anew),
        },
        notes,
        altered,
    )


def _own_sign_in(probe: ProbeOrganization) -> list[str]:
    """Sign in over HTTP; return what the records of it say other than what was sent."""
    before = now()
    with with_password(probe.member) as (address, password), Browser() as browser:
        entered = browser.post(SIGN_IN, {"username": address, "password": password})
        if entered.status != FOUND:
            raise CannotMeasure(gettext("Nobody could sign in, so no sign-in could be looked at."))
    account_id = account_of(probe.member).pk
    wrong = []
    for organization_id in (None, probe.organization_id):
        whose = "the organization" if organization_id else "the person"
        with examining() as examiner:
            values = [organization_id, account_id, first_id(before - CLOCK)]
            ids = [row[0] for row in examiner.execute(OWN, values)]
        rows = reconciling.opened(ids, organization_id, account_id)
        rows = [row for row in rows if row.sealed.agent == browser.agent]
        if len(rows) != 1:
            wrong.append(f"{len(rows)} records for {whose} name the browser that signed in")
        wrong += [
            f"the record for {whose} says otherwise: {name}"
            for row in rows
            for name, is_right in {
                "address": row.sealed.ip == browser.source,
                "device": row.device == DeviceType.DESKTOP,
                "outcome": row.outcome == Outcome.SUCCESS,
                "method": row.method == Method.PASSWORD,
            }.items()
            if not is_right
        ]
    return wrong


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
        " member is refused and a stranger is asked to sign in. An account of staff that is kept"
        " for this asks for a page with a grant that has expired, and the access log must show it."
    ),
    measures=[
        Measure("asked", _("pages asked for"), least=9),
        Measure("wrong", _("pages that answered wrongly"), most=0),
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
    log = browser.get(probe.path(WHOLE_LOG))
    answers.expect("access log", holds=log.status == OK and str(entry) in log.text)
    sign_ins = browser.get(probe.path(SIGN_INS))
    answers.expect("sign-in log", holds=sign_ins.status == OK and str(session) in sign_ins.text)
    answers.expect("the address of a forged header", holds=FORGED not in sign_ins.text)
    visit = _as_staff(probe)
    log = browser.get(probe.path(WHOLE_LOG))
    answers.expect("a try of staff", holds=visit is not None and str(visit) in log.text)


def _as_staff(probe: ProbeOrganization) -> UUID | None:
    """Ask for a page with an expired grant, as staff; return the entry of it, if there is one."""
    place, begun = probe.organization_id, first_id(now())
    grant = support_access.store_grant(place, Account(pk=probe.staff_id), since=timedelta(hours=2))
    with as_enabled_staff(probe) as staff:
        staff.get(support_access.PAGE.format(grant=grant.pk, organization=place))
    with examining() as examiner:
        row = examiner.execute(NEWEST_OF_STAFF, [place, probe.staff_id, begun]).fetchone()
    return row[0] if row else None


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
