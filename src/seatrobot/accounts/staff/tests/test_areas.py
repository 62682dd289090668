"""The staff area and the pages of members share no session, no way in and no person."""

import pytest
from django.test import Client

from seatrobot.accounts.factors.tests.conftest import enrol as enrol_member
from seatrobot.accounts.factors.tests.conftest import give_password, signed_in
from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.sign_in_log.tests.people import own_rows
from seatrobot.accounts.tests.test_same_work import work_of  # noqa: F401  a fixture

from .people import COOKIE, DANA, account_of, challenge, is_in, sign_in

MEMBER_PAGES = ["/account/", "/account/ways/", "/organizations/"]
STAFF_PAGES = ["/staff/", "/staff/sign-ins/", "/staff/passkeys/", "/staff/passkeys/add/"]
UNKNOWN = "eve@seatrobot.test"


@pytest.mark.parametrize("page", MEMBER_PAGES)
def test_a_staff_session_opens_no_page_of_members(dana, page):
    dana.cookies["session"] = dana.cookies[COOKIE].value
    assert dana.get(page).url.startswith("/sign-in/?next=")


@pytest.mark.parametrize("page", STAFF_PAGES)
def test_a_session_of_a_member_opens_no_page_of_staff(alice, page):
    client = signed_in()
    client.cookies[COOKIE] = client.cookies["session"].value
    assert client.get(page).url.startswith("/staff/sign-in/?next=")
    assert client.get("/account/").status_code == 200


def test_a_challenge_of_one_area_is_worth_nothing_in_the_other(key):
    client = Client()
    asked = challenge(client, "/sign-in/passkey/options/")
    client.cookies[COOKIE] = client.cookies["session"].value
    assert client.post("/staff/sign-in/", {"answer": key.get(asked)}).status_code == 422


def test_even_a_session_of_staff_among_those_of_members_opens_nothing(key):
    """As if some page of members had let them in: the database gives no such session."""
    client = Client()
    client.force_login(account_of(), "seatrobot.accounts.signing_in.sessions.PasswordBackend")
    assert Session.objects.filter(account=account_of()).exists()
    assert client.get("/account/").status_code == 302


def test_even_a_session_of_a_member_among_those_of_staff_opens_nothing(dana, alice):
    [row] = [row for row in Session.objects.all() if row.account_id]
    Session.objects.filter(pk=row.pk).update(account=alice.account_id)
    assert not is_in(dana)


def test_both_areas_at_once_in_one_browser(key, alice):
    client = signed_in()
    sign_in(client, key)
    assert (is_in(client), client.get("/account/").status_code) == (True, 200)
    client.post("/staff/sign-out/")
    assert (is_in(client), client.get("/account/").status_code) == (False, 200)


def test_the_cookie_goes_to_the_staff_area_alone(key, settings):
    answer = sign_in(Client(), key)
    cookie = answer.cookies[COOKIE]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/staff/", "Strict", True)
    assert (cookie["domain"], cookie["max-age"], cookie["expires"]) == ("", "", "")
    assert "session" not in answer.cookies
    settings.SESSION_COOKIE_SECURE = True
    settings.STAFF_COOKIE_NAME = "__Secure-staff-session"
    cookie = sign_in(Client(), key).cookies["__Secure-staff-session"]
    assert (cookie["secure"], cookie["path"]) == (True, "/staff/")


def test_a_passkey_of_staff_does_not_sign_in_a_member(key):
    client = Client()
    answer = key.get(challenge(client, "/sign-in/passkey/options/"))
    page = client.post("/sign-in/passkey/", {"answer": answer})
    assert page.status_code == 422
    assert "This passkey is not known here." in page.content.decode()
    assert client.get("/account/").status_code == 302


def test_a_passkey_of_a_member_does_not_sign_in_staff(key, alice):
    device = Device()
    enrol_member(signed_in(), device)
    assert sign_in(Client(), device).status_code == 422
    assert own_rows(alice)[-1].outcome == "success"  # nobody's account is named by the refusal


def test_no_password_and_the_same_work_as_for_an_unknown_address(key, work_of):  # noqa: F811
    works, pages = [], []
    for address in (DANA, UNKNOWN):

        def guess(client, address=address):
            answer = client.post("/sign-in/", {"username": address, "password": "!" * 20})
            text = answer.content.decode().replace(address, "").splitlines()
            pages.append((answer.status_code, [line for line in text if "csrf" not in line]))

        works.append(work_of(guess))
    assert works[0] == works[1]
    assert works[0]["argon2"] == 1
    assert pages[0] == pages[1]


def test_asking_for_a_password_costs_and_says_the_same(key, work_of):  # noqa: F811
    def ask(address):
        return lambda client: client.post("/reset-password/", {"email": address})

    assert work_of(ask(DANA)) == work_of(ask(UNKNOWN))


def test_an_unusable_password_is_not_a_password(key):
    stored = Account.objects.values_list("password", flat=True).get(pk=account_of().pk)
    assert stored.startswith("!")
    assert give_password(Client(), DANA).status_code == 422
    for guess in ("", "!", stored):
        form = {"username": DANA, "password": guess}
        assert Client().post("/sign-in/", form).status_code == 422
