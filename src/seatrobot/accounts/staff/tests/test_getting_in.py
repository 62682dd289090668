"""Staff get in with a passkey, or with the operator's link to make one; every attempt is logged."""

import pytest
from django.db import connection
from django.test import Client

from seatrobot.accounts.factors.tests.device import PRESENT, Device
from seatrobot.accounts.models import Passkey, RecoveryCode, Session, StaffLink
from seatrobot.accounts.sign_in_log.tests.people import counted
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.tokens import token_hash

from .people import (
    COOKIE,
    OPERATOR,
    account_of,
    challenge,
    disable,
    enable,
    enrol,
    is_in,
    link_for,
    rows,
    sign_in,
)

ENROLLED = ("staff-link", "success", "")
IN = ("staff", "success", "")


class TestLink:
    def test_makes_the_passkey_and_signs_in(self, link):
        client = Client()
        page = client.get(link).content.decode()
        assert "Welcome, Dana" in page
        assert enrol(client, link, Device()).url == "/staff/"
        assert is_in(client)
        assert rows() == [ENROLLED]
        assert not RecoveryCode.objects.exists()

    def test_is_stored_as_a_hash_only(self, link):
        token = link.split("/")[-2]
        [row] = StaffLink.objects.all()
        assert bytes(row.token_hash) == token_hash(token)
        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM accounts_staff_link t")
            assert token not in cursor.fetchone()[0]

    def test_works_once(self, link):
        enrol(Client(), link, Device())
        again = Client().get(link)
        assert again.status_code == 410
        assert "ask the operator for a new one" in again.content.decode()
        assert Client().post(f"{link}options/").status_code == 410
        assert rows() == [ENROLLED]
        assert counted() == [("staff-link", "dead-link", 2)]

    def test_dies_after_a_day(self, link):
        row = StaffLink.objects.get()
        assert (row.expires_at - row.created_at).total_seconds() == 24 * 3600
        StaffLink.objects.update(expires_at=now())
        assert Client().get(link).status_code == 410
        assert Client().post(link, {"name": "x", "answer": "{}"}).status_code == 410

    def test_a_tampered_one_opens_nothing(self, link):
        assert Client().get(f"{link[:-3]}xx/").status_code == 410
        assert rows() == []
        assert counted() == [("staff-link", "dead-link", 1)]

    def test_a_newer_one_kills_the_older(self, link):
        link_for()
        assert Client().get(link).status_code == 410

    def test_two_tabs_at_once_make_one_passkey(self, link):
        tabs, devices = (Client(), Client()), (Device(), Device())
        asked = [challenge(tab, f"{link}options/") for tab in tabs]
        forms = [
            {"name": "Tab", "answer": device.create(one)}
            for device, one in zip(devices, asked, strict=True)
        ]
        answers = [tab.post(link, form) for tab, form in zip(tabs, forms, strict=True)]
        assert [answer.status_code for answer in answers] == [302, 410]
        assert Passkey.objects.count() == 1
        assert (is_in(tabs[0]), is_in(tabs[1])) == (True, False)

    def test_two_tabs_of_one_browser_share_the_last_challenge(self, link):
        client, device = Client(), Device()
        first = challenge(client, f"{link}options/")
        challenge(client, f"{link}options/")
        answer = client.post(link, {"name": "Tab", "answer": device.create(first)})
        assert answer.status_code == 422
        assert "nothing changed" in answer.content.decode()
        assert enrol(client, link, device).status_code == 302

    @pytest.mark.parametrize(
        "device", [Device(origin="https://evil.test"), Device(flags=PRESENT), Device(host="evil")]
    )
    def test_a_forged_answer_changes_nothing(self, link, device):
        answer = enrol(Client(), link, device)
        assert answer.status_code == 422
        assert not Passkey.objects.exists()
        assert rows() == [("staff-link", "failure", "wrong-passkey")]
        assert enrol(Client(), link, Device()).status_code == 302

    def test_a_lost_passkey_is_void_once_the_new_link_is_used(self, dana, key):
        newer, device = link_for(), Device()
        assert is_in(dana)
        assert "older passkeys are void" in Client().get(newer).content.decode()
        enrol(Client(), newer, device)
        assert not is_in(dana)
        assert sign_in(Client(), key).status_code == 422
        assert sign_in(Client(), device).status_code == 302
        assert Passkey.objects.count() == 1


class TestSignIn:
    def test_with_the_passkey(self, key):
        client = Client()
        assert sign_in(client, key).url == "/staff/"
        assert is_in(client)
        assert rows() == [ENROLLED, IN]

    def test_a_passkey_of_nobody(self, key):
        answer = sign_in(Client(), Device())
        assert answer.status_code == 422
        assert "This passkey is not known here." in answer.content.decode()
        assert rows()[-1] == ("staff", "failure", "wrong-passkey")

    @pytest.mark.parametrize("fault", ["origin", "flags", "host", "challenge", "garbage"])
    def test_a_forged_answer(self, key, fault):
        client = Client()
        asked = challenge(client, "/staff/sign-in/options/")
        match fault:
            case "origin":
                key.origin = "https://evil.test"
            case "flags":
                key.flags = PRESENT
            case "host":
                key.host = "evil.test"
            case "challenge":
                asked = "AAAA"
        answer = "{" if fault == "garbage" else key.get(asked)
        page = client.post("/staff/sign-in/", {"answer": answer})
        assert page.status_code == 422
        assert not is_in(client)
        assert rows()[-1] == ("staff", "failure", "wrong-passkey")

    def test_a_replayed_answer(self, key):
        client = Client()
        answer = key.get(challenge(client, "/staff/sign-in/options/"))
        client.post("/staff/sign-in/", {"answer": answer})
        client.post("/staff/sign-out/")
        for browser in (client, Client()):
            assert browser.post("/staff/sign-in/", {"answer": answer}).status_code == 422
            assert not is_in(browser)

    def test_a_disabled_person_is_told_so_and_nobody_else_is(self, key):
        disable()
        answer = sign_in(Client(), key)
        assert answer.status_code == 422
        assert "Your staff account is disabled" in answer.content.decode()
        thief = Device(identifier=key.identifier)
        assert "disabled" not in sign_in(Client(), thief).content.decode()
        enable()
        assert sign_in(Client(), key).status_code == 302
        assert [row[2] for row in rows()] == ["", "inactive", "wrong-passkey", ""]

    def test_guessing_is_slowed_and_logged(self, key):
        for _ in range(20):
            Client().post("/staff/sign-in/", {"answer": "{"})
        slowed = Client().post("/staff/sign-in/", {"answer": "{"})
        assert slowed.status_code == 429
        assert len(rows()) == 21  # with the enrolment
        assert counted() == [("staff", "too-many-tries", 1)]

    def test_a_key_planted_before_is_worth_nothing_after(self, key):
        client = Client()
        challenge(client, "/staff/sign-in/options/")
        planted = client.cookies[COOKIE].value
        sign_in(client, key)
        assert client.cookies[COOKIE].value != planted
        attacker = Client()
        attacker.cookies[COOKIE] = planted
        assert (is_in(client), is_in(attacker)) == (True, False)

    def test_a_new_sign_in_ends_the_session_before_it(self, dana, key):
        before = dana.cookies[COOKIE].value
        sign_in(dana, key)
        stale = Client()
        stale.cookies[COOKIE] = before
        assert (is_in(dana), is_in(stale)) == (True, False)

    def test_it_never_leaves_the_staff_area(self, key):
        for page in ("https://evil.test/", "/account/", "//evil.test/staff/"):
            assert sign_in(Client(), key, next=page).url == "/staff/"
        assert sign_in(Client(), key, next="/staff/passkeys/").url == "/staff/passkeys/"

    def test_signing_out_ends_it_at_the_server(self, dana):
        cookie = dana.cookies[COOKIE].value
        assert dana.post("/staff/sign-out/").url == "/staff/sign-in/"
        stale = Client()
        stale.cookies[COOKIE] = cookie
        assert not is_in(stale)


class TestDisabled:
    def test_sessions_end_at_once_and_the_link_is_dead(self, dana):
        link = link_for()
        disable()
        assert not is_in(dana)
        assert not Session.objects.filter(account=account_of()).exists()
        assert Client().get(link).status_code == 410
        enable()
        assert not is_in(dana)
        assert Client().get(link).status_code == 410

    def test_a_session_that_is_still_there_opens_nothing(self, dana):
        [session] = [row for row in Session.objects.all() if row.account_id]
        disable()
        with acting(OPERATOR):
            session.save(force_insert=True)
        again = Client()
        again.cookies[COOKIE] = dana.cookies[COOKIE].value
        assert not is_in(dana)
        enable()
        assert is_in(again)
