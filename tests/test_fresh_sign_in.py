"""Whatever gives, takes or shows access asks who it is, when the last proof is old.

Every URL of the site is in one list here: it asks, or it needs no proof for a reason that stands
above it. A URL that nobody listed fails.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client

from seatrobot.accounts import assurance, unsent
from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.accounts.staff.tests.people import enrol, make_staff
from seatrobot.kernel.clock import now

from .test_permissions import LINK, OF_STAFF, TABLE, address, urls

ASKS = {
    # accounts: ways to sign in, and sessions
    "accounts:add-app",
    "accounts:add-passkey",
    "accounts:add-passkey-options",
    "accounts:change-password",
    "accounts:end-other-sessions",
    "accounts:end-session",
    "accounts:recovery-codes",
    "accounts:remove-factor",
    "accounts:rename-factor",
    # who belongs to an organization, what they may, and what binds them
    "organizations:invite",
    "organizations:member",
    "organizations:remove-member",
    "organizations:resend",
    "organizations:locked",
    "organizations:own-key",
    "organizations:own-key-adopt",
    "organizations:own-key-give-up",
    "organizations:own-key-hold",
    "organizations:own-key-lock",
    "organizations:reset-factors",
    "organizations:security",
    "organizations:sent-mail",
    "organizations:sign-out-everybody",
    "organizations:sign-out-member",
    "organizations:transfer",
    "organizations:withdraw",
    # what staff of the service may see of an organization
    "grants:approve",
    "grants:download",
    "grants:rule",
    "deletion:cancel",
    "deletion:member-receipt",
    "deletion:organization",
    "deletion:erase-person",
    "deletion:person",
    "deletion:person-archive",
    # where facts of an organization are sent
    "organization-practices:add-webhook",
    "organization-practices:remove-webhook",
    # files with names of people
    "archive:download",
    "archive:import",
    "archive:make",
    "guests:export",
    "guests:import-problems",
    "organizations:log-csv",
    "organizations:log-jsonl",
    "organizations:log-proof-file",
    "organizations:sign-ins-csv",
    "organizations:sign-ins-jsonl",
    "seating:document",
    "activity-seating:document",
    # what no journal gives back
    "events:delete",
    "events:deletion-day",
    # staff
    "staff-grants:approve",
    "staff-grants:ask",
    "staff-grants:code",
    "staff-people:confirm-check",
    "staff-people:export",
    "staff-people:record-check",
    "staff-devices:new",
    "staff-devices:remove",
    "staff-organizations:add",
    "staff-providers:add",
    "staff-providers:drop",
    "staff-providers:end",
    "staff-providers:record",
    "staff:add-passkey",
    "staff:add-passkey-options",
    "staff:end-other-sessions",
    "staff:end-session",
    "staff:remove-factor",
    "staff:rename-factor",
}

BEFORE_SIGNING_IN = {name for name, wanted in TABLE.items() if wanted in {"everyone", LINK}}
ASKS_ITSELF = {
    "accounts:confirm",
    "accounts:confirm-options",
    "staff:confirm",
    "staff:confirm-options",
    "staff-promises:sign",  # a passkey signs the statement itself
    "staff-promises:sign-options",
    "staff-devices:confirm",
    "staff-devices:confirm-options",
}
TAKES_ACCESS_FROM_A_THIEF = {"accounts:not-me", "staff:sign-out", "staff-grants:end"}
VISITS = {"visits:unmask"}
"""Opened by a grant, which was asked for with a fresh proof."""
RECORDS_NOTHING_BEFORE_IT_IS_SIGNED = {"staff-promises:attest", "staff-promises:confirm"}
OWN_PAGES = {  # accounts:check-ways asks by itself, while an account is under review
    "accounts:account",
    "accounts:change-name",
    "accounts:check-ways",
    "accounts:ask-to-confirm-address",
    "accounts:confirm-address",
    "accounts:factors",
    "organizations:choose",
    "staff:factors",
    "staff:home",
    "staff:sign-ins",
    "staff-grants:grant",
    "staff-grants:list",
    "staff-grants:pulse",
    "staff-grants:review",
    "staff-duties:course",
    "staff-duties:edition",
    "staff-duties:list",
    "staff-duties:policy",  # signing asks for the passkey itself
    "staff-duties:result",
    "staff-duties:sign-options",
    "staff-deletions:list",
    "staff-devices:list",
    "staff-devices:program",
    "staff-organizations:list",
    "staff-people:list",
    "staff-people:person",
    "staff-promises:list",
    "staff-providers:list",
    "staff-providers:provider",
    "staff-promises:promise",
}
ENDS_ACCESS_OR_IS_SIGNED = {
    "grants:approve-options",
    "grants:deny",
    "grants:deny-options",
    "grants:end",
    "grants:end-options",
    "grants:review",  # decides nothing
}
PAGES_OF_AN_ORGANIZATION = {
    "archive:page",
    "archive:progress",
    "archive:remove",
    "deletion:close-request",
    "deletion:list",
    "grants:one",
    "grants:show",
    "organizations:enter",
    "organizations:members",
    "organizations:settings",
    "organizations:log",
    "organizations:log-proof",
    "organizations:log-checkpoint",
    "organizations:log-sign-ins",
    "organization-practices:overview",
    "organization-practices:exports",
    "organization-practices:deletions",
    "organization-practices:staff",
    "organization-practices:notices",
    "organization-practices:mail-me",
    "organization-practices:test-webhook",
}
DAILY_WORK = {
    name
    for name in TABLE
    if name.split(":")[0]
    in {
        "events",
        "contacts",
        "guests",
        "seating",
        "activity-seating",
        "checkin",
        "activity-checkin",
    }
}
NEEDS_NO_PROOF = (
    BEFORE_SIGNING_IN
    | ASKS_ITSELF
    | RECORDS_NOTHING_BEFORE_IT_IS_SIGNED
    | TAKES_ACCESS_FROM_A_THIEF
    | VISITS
    | OWN_PAGES
    | PAGES_OF_AN_ORGANIZATION
    | ENDS_ACCESS_OR_IS_SIGNED
)
FREE = (DAILY_WORK | OWN_PAGES | PAGES_OF_AN_ORGANIZATION) - ASKS - OF_STAFF
TYPED = "Ana's words, typed with care"
QUESTIONS = ("/account/confirm/?", "/staff/confirm/?")


@pytest.fixture(autouse=True)
def known_address(settings):
    settings.BASE_URL = ORIGIN


def age(client: Client, session: SessionBase | None = None) -> Client:
    """Make the last proof of a browser an old one."""
    session = session or client.session
    moment = now() - assurance.FRESH_FOR - timedelta(seconds=1)
    session[assurance.KEY] = {"methods": ["passkey"], "at": moment.isoformat()}
    session.save()
    return client


def asks(client: Client, name: str, event) -> dict[str, bool]:
    """Return for each method that is allowed whether it leads to the question."""
    url = address(name, event)
    answers = {"GET": client.get(url), "POST": client.post(url)}
    return {
        method: answer.status_code == 302 and answer["Location"].startswith(QUESTIONS)
        for method, answer in answers.items()
        if answer.status_code != 405
    }


def test_every_url_asks_or_needs_no_proof():
    assert urls().keys() == ASKS | NEEDS_NO_PROOF | DAILY_WORK
    assert not ASKS & NEEDS_NO_PROOF


def test_with_an_old_proof_everything_of_access_asks(alice, client_of, dinner):
    client = age(client_of(alice))
    members = {name: asks(client, name, dinner) for name in sorted(ASKS - OF_STAFF)}
    assert {name: told for name, told in members.items() if not all(told.values())} == {}


def test_with_an_old_proof_nothing_else_asks(alice, client_of, dinner):
    client = age(client_of(alice))
    asked = {name: asks(client, name, dinner) for name in sorted(FREE)}
    assert {name: told for name, told in asked.items() if any(told.values())} == {}


def test_no_file_is_given_without_the_question(alice, client_of, dinner):
    """What is among the pages of daily work is no file, except the checkpoint."""
    client = age(client_of(alice))
    answers = {name: client.get(address(name, dinner)) for name in sorted(FREE)}
    files = {name for name, answer in answers.items() if "Content-Disposition" in answer}
    assert files <= {"organizations:log-checkpoint"}


def test_staff_are_asked_too(db, dinner, settings):
    client, device = Client(), Device()
    assert enrol(client, make_staff(), device).status_code == 302
    age(client, StaffSessionStore(client.cookies[settings.STAFF_COOKIE_NAME].value))
    staff = {name: asks(client, name, dinner) for name in sorted(ASKS & OF_STAFF)}
    assert {name: told for name, told in staff.items() if not all(told.values())} == {}


def kept(client: Client, name: str, event) -> str | None:
    """Return what the question keeps of a form that was sent, None where no form is taken."""
    answer = client.post(address(name, event), {"typed": TYPED}, follow=True)
    if answer.status_code == 405:
        return None
    found = re.search(r'name="unsent" value="([^"]+)"', answer.content.decode())
    kept = found and unsent.read(answer.wsgi_request, found[1])
    return dict(kept.fields).get("typed", "") if kept else ""


def test_what_was_typed_is_kept_by_the_question(alice, client_of, dinner):
    client = age(client_of(alice))
    members = {name: kept(client, name, dinner) for name in sorted(ASKS - OF_STAFF)}
    assert {name for name, text in members.items() if text not in {TYPED, None}} == set()


def test_what_staff_typed_is_kept_too(db, dinner, settings):
    client, device = Client(), Device()
    assert enrol(client, make_staff(), device).status_code == 302
    age(client, StaffSessionStore(client.cookies[settings.STAFF_COOKIE_NAME].value))
    staff = {name: kept(client, name, dinner) for name in sorted(ASKS & OF_STAFF)}
    assert {name for name, text in staff.items() if text not in {TYPED, None}} == set()


def test_a_proof_of_just_now_is_enough(alice, client_of, dinner):
    client = client_of(alice)
    assert not any(asks(client, "organizations:invite", dinner).values())
