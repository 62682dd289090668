"""Sign-ins are counted twice, by two who do not know of each other, and the log is there to see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from seatrobot.accounts.factors.tests.conftest import challenge, enrol, signed_in
from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.sign_in_log.tests.test_a_day import a_day
from seatrobot.conftest import PASSWORD
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.members import Member
from seatrobot.practices.checks import access, browser, sign_in_counts
from seatrobot.practices.checks.sign_in_counts import HOUR, Hour
from seatrobot.practices.models import SignInCount

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = {"username": "alice@seatrobot.test", "password": PASSWORD}
PRESENT = now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def counting_begun(monkeypatch, transactional_db):
    """The first row, as the migration makes it; and no waiting for what is on its way."""
    monkeypatch.setattr(access, "PAUSE_SECONDS", 0)
    SignInCount.objects.update_or_create(
        hour=now().replace(minute=0, second=0, microsecond=0),
        defaults={"count": 0, "since": now() - timedelta(minutes=1)},
    )


def counted() -> int:
    return sum(SignInCount.objects.values_list("count", flat=True))


def measured() -> dict[str, float]:
    values, _notes, altered = access.compared_logs()
    return {**values, "altered": len(altered.differences)}


def wrong() -> dict[str, float]:
    """Return what was found that must not be."""
    right = {"logged", "compared"}
    return {name: count for name, count in measured().items() if count and name not in right}


def test_a_sign_in_is_counted_and_logged(alice):
    Client().post("/sign-in/", ALICE)
    assert counted() == 1
    assert measured()["logged"] == 1
    assert measured()["compared"] == 2, "and the copy of the organization"
    assert wrong() == {}


def test_of_a_whole_day_both_have_the_same(settings):
    """Set-up, password, links, staff with passkeys, mistakes: every way in, and many not in."""
    settings.BASE_URL = ORIGIN
    a_day()
    assert measured()["logged"] == counted() >= 10
    assert wrong() == {}


def test_signing_in_again_while_signed_in_is_a_sign_in_of_its_own(alice, settings):
    """In a second tab that still shows the page to sign in, with a passkey."""
    settings.BASE_URL = ORIGIN
    browser, device = signed_in(), Device()
    enrol(browser, device)
    before = Session.objects.get()
    answer = device.get(challenge(browser, "/sign-in/passkey/options/"))
    assert browser.post("/sign-in/passkey/", {"answer": answer}).status_code == 302
    assert Session.objects.get().created_at > before.created_at
    assert counted() == 2
    assert measured()["logged"] == 2
    assert wrong() == {}


def test_what_is_no_sign_in_is_not_counted(alice, client_of):
    browser = Client()
    browser.post("/sign-in/", ALICE | {"password": "wrong"})
    browser.get("/account/")
    browser.post("/sign-in/", ALICE)
    browser.get("/account/")
    browser.post("/account/confirm/", {"password": PASSWORD})  # a new key for the same session
    new = "an even longer password for alice"
    browser.post("/account/password/", {"old": PASSWORD, "new": new})  # the same
    browser.post("/sign-out/")
    assert counted() == 1
    assert measured()["surplus"] == measured()["missing"] == 0


def test_counting_costs_other_requests_nothing(alice, client_of):
    browser = client_of(alice)
    with CaptureQueriesContext(connection) as statements:
        browser.get("/account/")
        Client().get("/sign-in/")
    assert not any("tally" in statement["sql"] for statement in statements)


def test_a_sign_in_that_was_not_logged_is_missing(alice, monkeypatch):
    from seatrobot.accounts.sign_in_log import recording

    monkeypatch.setattr(recording, "insert", lambda *_: None)
    Client().post("/sign-in/", ALICE)
    assert measured()["missing"] == 1


def test_a_line_that_somebody_deleted_is_missing(alice, superuser_connection):
    Client().post("/sign-in/", ALICE)
    superuser_connection.execute("DELETE FROM accounts_sign_in WHERE organization_id IS NULL")
    assert measured()["missing"] == 1


def test_a_line_that_nobody_made_is_surplus(alice, superuser_connection):
    Client().post("/sign-in/", ALICE)
    superuser_connection.execute("UPDATE practices_sign_in_count SET count = 0")
    assert measured()["surplus"] == 1


def test_counting_that_never_happened_is_seen(alice, monkeypatch):
    monkeypatch.setattr(sign_in_counts, "count", lambda: None)
    Client().post("/sign-in/", ALICE)
    assert measured()["surplus"] == 1


def test_sign_ins_from_before_the_counting_are_no_surplus(alice, superuser_connection):
    Client().post("/sign-in/", ALICE)
    superuser_connection.execute(
        "UPDATE practices_sign_in_count SET count = 0, since = now() + interval '1 second'"
    )
    assert wrong().keys() <= {"recounted"}


def test_a_line_that_says_too_little_is_found(alice, superuser_connection):
    Client().post("/sign-in/", ALICE)
    superuser_connection.execute("UPDATE accounts_sign_in SET device = ''")
    assert measured()["bare"] == 1


def hours(*rows: Hour) -> dict:
    return {PRESENT - back * HOUR: row for back, row in enumerate(reversed(rows))}


def test_one_logged_late_and_counted_in_the_next_hour_is_neither_missing_nor_surplus():
    assert sign_in_counts.differences(hours(Hour(4, 5, 1), Hour(3, 2, 0)), PRESENT) == (0, 0)


def test_what_is_too_many_in_one_hour_and_too_few_in_another_does_not_even_out():
    assert sign_in_counts.differences(hours(Hour(4, 5, 0), Hour(3, 2, 0)), PRESENT) == (1, 1)


def test_an_hour_outside_the_window_does_not_count():
    old = {PRESENT - 26 * HOUR: Hour(9, 1, 0)}
    assert sign_in_counts.differences(old, PRESENT) == (0, 0)


def test_the_pages_are_there_for_whom_they_are(web, used):
    for _time in ("from a place that is new", "from one that is known"):
        found = access.visible()
        assert found.values == {"asked": 12, "wrong": 0}, found.notes
    assert measured()["surplus"] == measured()["missing"] == 0  # the probe's own sign-in too


def test_a_forged_address_that_is_believed_is_found(web, used, monkeypatch):
    """As behind a proxy that passes the header, were its spelling not told apart."""
    monkeypatch.setattr("seatrobot.web.addresses.client_address", lambda *_: browser.FORGED)
    assert "the address of a forged header" in access.visible().notes


def test_nothing_of_it_stays(web, used):
    access.visible()
    accounts = Account.objects.exclude(pk=used.account_id)
    assert accounts.count() == 6
    assert not any(account.has_usable_password() for account in accounts)
    assert not Session.objects.filter(account__in=accounts).exists()


@pytest.mark.parametrize(
    "view", ["organizations.log.entries.page", "accounts.sign_in_log.reading.sessions_of"]
)
def test_a_page_that_breaks_is_found(view, web, used, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(f"seatrobot.{view}", broken)
    assert access.visible().values["wrong"] > 0


def test_a_log_that_is_open_to_members_is_found(web, used, monkeypatch):
    monkeypatch.setattr(Member, "may", lambda *_: True)
    assert access.visible().values["wrong"] == 2


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        pytest.param(
            "UPDATE accounts_sign_in SET outcome = 'failure' WHERE organization_id IS NULL;"
            " UPDATE practices_sign_in_count SET count = count - 1",
            {"unmarked": 1, "unlogged": 1},
            id="the outcome changed, and the count with it",
        ),
        pytest.param(
            "DELETE FROM accounts_sign_in WHERE organization_id IS NOT NULL",
            {"unlogged": 1, "uncopied": 1},
            id="an organization's copies emptied",
        ),
        pytest.param(
            "UPDATE accounts_sign_in SET sealed = sealed || 'x' WHERE organization_id IS NULL",
            {"unmarked": 1, "unlogged": 1},
            id="a record replaced",
        ),
        pytest.param(
            "UPDATE accounts_sign_in SET at = at + interval '1 minute'"
            " WHERE organization_id IS NULL;"
            " UPDATE accounts_sign_in SET at = at + interval '2 minutes'"
            " WHERE organization_id IS NOT NULL",
            {"unmarked": 2, "unlogged": 2, "uncopied": 1},
            id="sign-ins moved, and a copy only after its own",
        ),
        pytest.param(
            "INSERT INTO accounts_sign_in (id, organization_id, at, account_id, method, factors,"
            " outcome, reason, device, session_id, sealed)"
            " SELECT overlay(id::text placing 'ff' from 35)::uuid, organization_id, at, account_id,"
            " method, factors, 'failure', 'wrong-password', device, session_id, sealed"
            " FROM accounts_sign_in",
            {"unmarked": 2},
            id="false failures put in",
        ),
    ],
)
def test_what_somebody_does_to_the_log_is_found(tampering, found, alice, superuser_connection):
    Client().post("/sign-in/", ALICE)
    assert wrong() == {}
    superuser_connection.execute(tampering)
    assert wrong() == found


def test_a_sign_in_that_the_journal_does_not_hold_is_found(alice, monkeypatch):
    from seatrobot.kernel.journal import services as journal

    with monkeypatch.context() as patched:
        patched.setattr(journal, "write", lambda unit: unit.entries.clear())
        Client().post("/sign-in/", ALICE)
    assert wrong() == {"unmarked": 2}


def test_a_sign_in_of_which_organizations_hear_nothing_is_found(alice, monkeypatch):
    from seatrobot.organizations import receivers

    monkeypatch.setattr(receivers, "_each_organization_of", lambda _account: iter(()))
    Client().post("/sign-in/", ALICE)
    assert wrong() == {"uncopied": 1}


def test_the_count_of_an_hour_is_kept_in_the_journal(alice, superuser_connection):
    hour = PRESENT - 2 * HOUR
    SignInCount.objects.create(hour=hour, count=0, since=hour)
    assert wrong() == {}, "it is signed now"
    superuser_connection.execute("UPDATE practices_sign_in_count SET count = 3 WHERE count = 0")
    assert wrong()["recounted"] == 1


def test_counting_that_was_begun_anew_is_found(alice, superuser_connection):
    """As it is done to forget sign-ins that were counted and not logged."""
    Client().post("/sign-in/", ALICE)
    sequence()
    superuser_connection.execute("DELETE FROM accounts_sign_in")
    superuser_connection.execute("UPDATE practices_sign_in_count SET count = 0, since = now()")
    assert wrong()["recounted"] == 1


def test_an_hour_of_the_journal_whose_row_is_gone_is_found(alice, superuser_connection):
    hour = PRESENT - 3 * HOUR
    SignInCount.objects.create(hour=hour, count=2, since=hour)
    measured()
    superuser_connection.execute("DELETE FROM practices_sign_in_count WHERE count = 2")
    assert wrong()["recounted"] == 1


def test_the_examination_reads_what_its_own_sign_in_left(web, used, monkeypatch):
    found = access.signins()
    values = dict(found.values)
    assert values.pop("logged") >= 1
    assert values.pop("compared") >= 2
    assert set(values.values()) == {0}, found.notes
    with monkeypatch.context() as patched:
        patched.setattr("seatrobot.web.addresses.client_address", lambda *_: "")
        assert access.signins().values["untrue"] == 2
    with monkeypatch.context() as patched:
        patched.setattr("seatrobot.kernel.journal.services.origin", lambda: ("", ""))
        assert access.signins().values["untrue"] >= 2
    assert access.signins().values["untrue"] == 0
