"""Every attempt of every method leaves one row that says what, from where and with which end.

What is refused unexamined, above a limit or by a dead link, is counted in one row an hour.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seatrobot.accounts.models import Account, RefusalCount, Session, SignIn
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.sign_in_log import recording
from seatrobot.accounts.sign_in_log.tests.people import (
    FIREFOX,
    IPHONE,
    browser,
    copies,
    counted,
    own_rows,
    run_jobs,
    sign_in,
)
from seatrobot.conftest import PASSWORD, as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.organizations import services as organizations
from seatrobot.organizations import setup
from seatrobot.organizations.models import SentMail
from seatrobot.organizations.permissions import Role

VALUES = r"'[^']*'(::\w+)?|\"s\d+_x\d+\"|NULL"
NEW = "another long enough password"


def written(superuser_connection) -> list[int]:
    """Return how many rows there are where nobody may delete any, and how many jobs wait."""
    tables = ("accounts_sign_in", "journal_entry", "procrastinate_jobs")
    counts = [f"SELECT count(*) FROM {table}" for table in tables]
    return [superuser_connection.execute(count).fetchone()[0] for count in counts]


def ends(rows) -> list[tuple[str, str, str]]:
    return [(row.method, row.outcome, row.reason) for row in rows]


@pytest.fixture
def unknown(monkeypatch):
    """Collect rows that belong to nobody, which nobody may read back."""
    rows = []
    insert = recording.insert

    def collected(row, *more):
        rows.append(row)
        insert(row, *more)

    monkeypatch.setattr(recording, "insert", collected)
    return rows


def test_a_sign_in_says_what_from_where_and_which_session(alice):
    before = now()
    sign_in(browser(IPHONE, "2001:db8::7"))
    [row] = own_rows(alice)
    assert before <= row.at <= now()
    assert (row.method, row.factors, row.outcome, row.reason) == (
        "password",
        ["password"],
        "success",
        "",
    )
    assert (row.device, row.sealed.browser, row.sealed.system) == (
        "phone",
        "Safari 18.0",
        "iOS 18.0",
    )
    assert (row.sealed.ip, row.sealed.agent) == ("2001:db8::7", IPHONE)
    assert row.session_id == Session.objects.get().pk


def test_a_second_person_at_one_browser_has_a_session_of_their_own(alice, bob):
    client = browser()
    sign_in(client)
    client.post("/sign-out/")
    sign_in(client, "bob")
    [row] = own_rows(bob)
    assert row.session_id == Session.objects.get(account_id=bob.account_id).pk


def test_refusals_say_why(alice):
    sign_in(browser(), password="wrong wrong wrong")
    Account.objects.update(is_active=False)
    sign_in(browser())
    assert ends(own_rows(alice)) == [
        ("password", "failure", "wrong-password"),
        ("password", "failure", "inactive"),
    ]


@pytest.mark.django_db(transaction=True)
def test_tries_above_the_limit_are_counted_in_one_row(alice, superuser_connection):
    """Whoever floods the site adds no row, no journal entry and no job with each request."""
    for _ in range(5):
        sign_in(browser(), password="wrong wrong wrong")
    before = written(superuser_connection)
    for _ in range(20):
        assert sign_in(browser(), password="wrong wrong wrong").status_code == 429
    assert written(superuser_connection) == before
    assert [row.reason for row in own_rows(alice)] == ["wrong-password"] * 5
    assert counted() == [("password", "too-many-tries", 20)]


def test_dead_links_are_counted_by_network_and_hour(db, monkeypatch):
    path = f"/reset-password/{new_id()}/abc-123/"
    for ip in ("192.0.2.7", "192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8::2"):
        assert browser(ip=ip).get(path).status_code == 410
    numbers = [count for _method, _reason, count in counted()]
    assert numbers == [2, 1, 2]
    later = now() + timedelta(hours=1)
    monkeypatch.setattr(recording, "now", lambda: later)
    browser().get(path)
    assert counted()[-1] == ("reset-link", "dead-link", 1)
    with acting(Actor.operator("tests")):
        networks = [row.sealed.network for row in RefusalCount.objects.order_by("id")]
    assert networks == ["192.0.2.7", "192.0.2.8", "2001:db8::/64", "192.0.2.7"]


@pytest.mark.django_db(transaction=True)
def test_refusals_at_the_same_moment_are_all_counted():
    def refuse(_: int) -> None:
        browser().get(f"/reset-password/{new_id()}/abc-123/")
        connection.close()

    with ThreadPoolExecutor(4) as strangers:
        list(strangers.map(refuse, range(16)))
    assert counted() == [("reset-link", "dead-link", 16)]


def test_counts_name_no_address_in_clear(db):
    browser().get(f"/reset-password/{new_id()}/abc-123/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text, sealed FROM accounts_refusal_count t")
        [(text, sealed)] = cursor.fetchall()
    assert "192.0.2.7" not in text
    assert b"192.0.2.7" not in bytes(sealed)


@pytest.mark.parametrize(
    "address", ["eve@seatrobot.test", "no address at all", "", "\x00", "\ud800"]
)
def test_an_unknown_address_is_written_nowhere(db, unknown, address):
    body = urlencode({"username": address, "password": PASSWORD}, errors="surrogatepass")
    answer = browser().post("/sign-in/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 422
    [row] = unknown
    assert (row.account_id, row.reason) == (None, "unknown-address")
    assert "eve" not in repr(row.sealed) + repr(vars(row))


def test_a_form_without_a_password_is_an_attempt_too(alice):
    browser().post("/sign-in/", {"username": "alice@seatrobot.test"})
    assert ends(own_rows(alice)) == [("password", "failure", "wrong-password")]


def test_a_reset_link_is_a_step_and_a_dead_one_a_refusal(alice, unknown):
    link = resetting.link(Account.objects.get())
    path = link[link.index("/reset") :]
    browser().post(path, {"password": NEW})
    assert ends(own_rows(alice)) == [("reset-link", "continued", "")]
    assert browser().get(path).status_code == 410
    assert counted() == [("reset-link", "dead-link", 1)]


def test_a_set_up_link_signs_in_once(db, unknown):
    path = setup.first_run_link()
    facts = {"organization": "F", "name": "Alice", "email": "a@seatrobot.test", "password": NEW}
    browser().post(path, facts)
    browser().post(path, facts)
    signed_in = [row for row in unknown if isinstance(row, SignIn) and not row.organization_id]
    assert ends(signed_in) == [("set-up-link", "success", "")]
    assert counted() == [("set-up-link", "dead-link", 1)]


def test_an_invitation_link_signs_in(alice, unknown):
    with as_(alice):
        organizations.invite(actor=alice, email="bob@seatrobot.test", name="Bob", role=Role.TEAM)
        link = SentMail.objects.get().sealed.body.partition("/join/")[2].split()[0]
    answer = browser().post(f"/join/{link}", {"name": "Bob", "password": NEW})
    assert answer.status_code == 302
    signed_in = [row for row in unknown if isinstance(row, SignIn) and not row.organization_id]
    assert ends(signed_in) == [("invitation-link", "success", "")]
    assert browser().get(f"/join/{link}").status_code == 410
    assert counted() == [("invitation-link", "dead-link", 1)]


def test_address_and_agent_are_sealed(alice):
    sign_in(browser())
    with acting(Actor.member(alice.account_id)), connection.cursor() as cursor:
        cursor.execute("SELECT t::text, sealed FROM accounts_sign_in t")
        for text, sealed in cursor.fetchall():
            for secret in ("192.0.2.7", "Firefox", "Gecko"):
                assert secret not in text
                assert secret.encode() not in bytes(sealed)


def test_the_organization_has_a_refusal_as_soon_as_the_job_ran(alice):
    sign_in(browser(), password="wrong wrong wrong")
    assert copies(alice) == []
    assert run_jobs("accounts.copy-refused-sign-in") == 1
    [copy] = copies(alice)
    assert (copy.reason, copy.sealed.ip) == ("wrong-password", "192.0.2.7")


def test_nobody_learns_from_the_work_done_whether_an_address_exists(alice):
    def statements(name: str, ip: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            sign_in(browser(ip=ip), name, "wrong wrong wrong")
        return [re.sub(VALUES, "?", query["sql"]) for query in captured]

    assert statements("alice", "192.0.2.1") == statements("eve", "192.0.2.2")


def test_the_factors_of_a_sign_in_are_all_named(alice):
    from django.test import RequestFactory

    from seatrobot.accounts.sign_in_log.kinds import Method, Outcome
    from seatrobot.accounts.sign_in_log.recording import record

    record(
        RequestFactory().get("/"),
        account=Account.objects.get(),
        method=Method.TOTP,
        factors=[Method.PASSWORD, Method.TOTP],
        outcome=Outcome.SUCCESS,
    )
    [row] = own_rows(alice)
    assert row.factors == ["password", "totp"]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "desktop"),
        (IPHONE, "phone"),
        (FIREFOX.replace("Windows NT 10.0", "Android 15; Mobile"), "phone"),
        (IPHONE.replace("iPhone;", "iPad;"), "tablet"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("curl/8.5", "bot"),
        ("", "unknown"),
    ],
)
def test_the_type_of_device(alice, agent, device):
    sign_in(browser(agent))
    [row] = own_rows(alice)
    assert row.device == device


@pytest.mark.parametrize(
    "agent",
    ["A" * 1_000_000, "Firefox\r\nSet-Cookie: a=b", "a\x00b\x07\x1b[31m", "\ud800\udfff", "Ünï😀"],
    ids=["1 MB", "header injection", "control characters", "lone surrogates", "letters"],
)
def test_whatever_calls_itself_a_browser_is_cut_and_cleaned(alice, agent):
    client = browser(agent)
    assert sign_in(client).status_code == 302
    [row] = own_rows(alice)
    assert len(row.sealed.agent) <= 400
    assert row.sealed.agent.isprintable()
    page = client.get("/account/")
    assert page.status_code == 200
    assert "Set-Cookie: a=b" not in str(page.headers)


def test_the_rows_survive_and_cannot_be_changed(alice, db):
    from django.db import ProgrammingError, transaction

    sign_in(browser())
    with acting(Actor.member(alice.account_id)):
        for act in (
            lambda: SignIn.objects.update(outcome="failure"),
            lambda: SignIn.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                act()
