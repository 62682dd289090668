"""A session: a new key at each sign-in, a cookie no script reads, an end that comes by itself."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.test import Client

from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.signing_in.sessions import LONGEST, LONGEST_IDLE, STALE_AFTER, SessionStore
from seatrobot.conftest import PASSWORD
from seatrobot.kernel.clock import now

FORM = {"username": "alice@seatrobot.test", "password": PASSWORD}


@pytest.fixture
def browser(alice) -> Client:
    client = Client()
    client.post("/sign-in/", FORM)
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def wind_back(**ago: timedelta) -> None:
    for row in Session.objects.all():
        for name, value in ago.items():
            setattr(row, name, getattr(row, name) - value)
        row.save(update_fields=[*ago])


class TestCookie:
    def test_no_script_reads_it_and_no_other_site_sends_it(self, alice):
        cookie = Client().post("/sign-in/", FORM).cookies["session"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["domain"] == ""

    def test_over_tls_it_is_secure_and_of_this_host_alone(self, alice, settings):
        settings.SESSION_COOKIE_SECURE = True
        settings.SESSION_COOKIE_NAME = "__Host-session"
        answer = Client().post("/sign-in/", FORM, secure=True)
        for name in ("__Host-session", "__Host-device"):
            cookie = answer.cookies[name]
            assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")

    def test_its_key_is_random_and_stored_only_as_a_hash(self, browser):
        key = browser.cookies["session"].value
        assert re.fullmatch("[a-z0-9]{32}", key)  # 165 bits
        [row] = Session.objects.all()
        assert key.encode() not in bytes(row.key_hash)
        assert len({SessionStore()._get_new_session_key() for _ in range(100)}) == 100


class TestFixation:
    def test_a_key_from_before_the_sign_in_is_worth_nothing_after_it(self, alice):
        attacker = Client()
        session = attacker.session
        session["planted"] = "1"
        session.save()
        planted = session.session_key
        victim = Client()
        victim.cookies = SimpleCookie({"session": planted})
        victim.post("/sign-in/", FORM)
        assert is_in(victim)
        attacker.cookies = SimpleCookie({"session": planted})
        assert not is_in(attacker)

    def test_a_key_made_up_is_not_taken_over(self, alice):
        victim = Client()
        victim.cookies = SimpleCookie({"session": "a" * 32})
        victim.post("/sign-in/", FORM)
        assert victim.cookies["session"].value != "a" * 32

    def test_showing_again_who_it_is_changes_the_key(self, browser):
        before = browser.cookies["session"].value
        browser.post("/account/confirm/", {"password": PASSWORD})
        after = browser.cookies["session"].value
        assert before != after
        stale = Client()
        stale.cookies = SimpleCookie({"session": before})
        assert (is_in(browser), is_in(stale)) == (True, False)

    def test_a_new_password_changes_the_key(self, browser):
        before = browser.cookies["session"].value
        new = "zebra umbrella lantern accordion"
        browser.post("/account/password/", {"old": PASSWORD, "new": new})
        assert is_in(browser)
        assert browser.cookies["session"].value != before

    def test_signing_out_ends_it_at_the_server(self, browser):
        key = browser.cookies["session"].value
        browser.post("/sign-out/")
        again = Client()
        again.cookies = SimpleCookie({"session": key})
        assert not is_in(again)


class TestEnd:
    def test_it_ends_when_it_is_not_used(self, browser):
        wind_back(used_at=LONGEST_IDLE - timedelta(minutes=1))
        assert is_in(browser)
        wind_back(used_at=LONGEST_IDLE)
        assert not is_in(browser)

    def test_it_ends_however_much_it_is_used(self, browser):
        for _ in range(13):
            wind_back(created_at=timedelta(days=1))
            session = browser.session
            session["used"] = now().isoformat()
            session.save()
            assert is_in(browser)
        wind_back(created_at=timedelta(days=1))
        assert not is_in(browser)
        assert LONGEST.days == 14

    def test_a_new_key_does_not_prolong_it(self, browser):
        wind_back(created_at=LONGEST - timedelta(minutes=1))
        browser.post("/account/confirm/", {"password": PASSWORD})
        assert is_in(browser)
        wind_back(created_at=timedelta(minutes=2))
        assert not is_in(browser)

    def test_it_ends_with_the_account(self, browser):
        Account.objects.update(is_active=False)
        assert not is_in(browser)

    @pytest.mark.parametrize("page", ["/account/", "/organizations/"])
    def test_every_page_offers_to_sign_out(self, browser, page):
        assert 'action="/sign-out/"' in browser.get(page, follow=True).content.decode()

    def test_signing_in_anew_begins_it_anew(self, browser):
        wind_back(created_at=LONGEST)
        assert not is_in(browser)
        browser.post("/sign-in/", FORM)
        wind_back(created_at=timedelta(days=13))
        assert is_in(browser)

    def test_the_longest_pause_is_kept(self, browser):
        wind_back(used_at=timedelta(hours=2))
        assert is_in(browser)
        wind_back(used_at=timedelta(hours=1))
        assert is_in(browser)
        [gap] = Session.objects.values_list("longest_gap", flat=True)
        assert 2 * 3600 <= gap < 2 * 3600 + 60
        assert timedelta(minutes=15) > STALE_AFTER


class TestHeaders:
    @pytest.mark.parametrize(
        "following", ["/a\r\nSet-Cookie: x=1", "//evil.test/", "\\\\evil.test"]
    )
    def test_nothing_is_injected_into_a_redirect(self, alice, following):
        answer = Client().post("/sign-in/", FORM | {"next": following})
        assert "evil" not in answer.get("Location", "")
        assert "\n" not in answer.get("Location", "")
        assert "x" not in answer.cookies

    def test_an_agent_of_any_size_and_kind_signs_in(self, alice):
        for agent in ("A" * 1_000_000, "x\r\nX-Evil: 1", "\x00\x1b[31m", "é" * 1000):
            answer = Client(headers={"User-Agent": agent}).post("/sign-in/", FORM)
            assert answer.status_code == 302
            assert "X-Evil" not in answer

    def test_a_forged_host_is_refused(self, db):
        assert Client().get("/sign-in/", headers={"Host": "evil.test"}).status_code == 400

    def test_a_request_for_another_port_is_refused(self, db, settings):
        settings.ALLOWED_HOSTS, settings.ALLOWED_PORTS = ["localhost"], {"8000"}
        hosts = {
            "localhost": 200,
            "localhost:8000": 200,
            "localhost:99999": 400,
            "localhost:8": 400,
        }
        asked = {host: Client().get("/sign-in/", headers={"Host": host}) for host in hosts}
        assert {host: answer.status_code for host, answer in asked.items()} == hosts


@pytest.mark.parametrize(
    ("address", "secure", "names"),
    [
        ("https://seats.example", True, ["__Host-session", "__Host-csrf"]),
        ("http://127.0.0.1:8080", False, ["session", "csrf"]),
    ],
)
def test_cookies_are_secure_wherever_there_is_tls(address, secure, names):
    wanted = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_NAME")
    script = (
        "import json; from seatrobot import settings as s;"
        f"print(json.dumps([getattr(s, name) for name in {(*wanted, 'CSRF_COOKIE_NAME')}]))"
    )
    environment = os.environ | {"SEATROBOT_BASE_URL": address}
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    assert json.loads(said.stdout) == [secure, secure, *names]
