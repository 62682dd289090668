"""One's own factors renamed and removed, the mail about it, the question before dangerous acts."""

from dataclasses import replace

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.jobs import mail_factor_notice
from seatrobot.accounts.models import Account, Passkey, RecoveryCode, Session
from seatrobot.accounts.tests.mails import kept_mail
from seatrobot.conftest import PASSWORD
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work

from .conftest import challenge, enrol, signed_in
from .device import Device

WORK = Work("accounts.mail-factor-notice", None, None)

CONFIRM = "/account/confirm/"


@pytest.fixture
def browser(alice, device) -> Client:
    client = signed_in()
    enrol(client, device)
    return client


def age(client: Client) -> None:
    """As if the last factor had been shown eleven minutes ago."""
    session = client.session
    session["assurance"] = session["assurance"] | {"at": "2026-01-01T00:00:00+00:00"}
    session.save()


def path(what: str) -> str:
    return f"/account/ways/{Passkey.objects.get().pk}/{what}/"


def notices() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice").order_by("id")
    return [job.args["notice"] for job in jobs]


def test_a_factor_gets_another_name(browser):
    browser.post(path("rename"), {"name": "Work phone"})
    assert "Work phone" in browser.get("/account/ways/").content.decode()
    assert browser.post(path("rename"), {"name": " "}).status_code == 422
    assert notices() == ["added", "new-codes", "renamed"]


def test_the_last_one_takes_the_recovery_codes_with_it(browser):
    assert "the last one" in browser.get(path("remove")).content.decode()
    browser.post(path("remove"))
    assert not Passkey.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert notices()[-1] == "removed"


def test_another_one_leaves_the_codes(browser):
    first = path("remove")
    enrol(browser, Device(), "Key")
    assert "the last one" not in browser.get(first).content.decode()
    browser.post(first)
    assert Passkey.objects.count() == 1
    assert RecoveryCode.objects.count() == 10


@pytest.mark.parametrize("what", ["rename", "remove"])
def test_factors_of_somebody_else_are_not_there(browser, client_of, charlie, what):
    assert client_of(charlie).post(path(what), {"name": "Mine"}).status_code == 404
    assert Passkey.objects.exists()


def test_the_mail_says_what_happened(alice, settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    for number, item in enumerate(Notice):
        mail_factor_notice(
            Work("accounts.mail-factor-notice", None, None), str(alice.account_id), item
        )
        assert len(kept_mail()) == number + 1
    mail_factor_notice(WORK, str(new_id()), Notice.ADDED)
    assert len(kept_mail()) == len(Notice)


PAGES = ["passkey/", "app/"]
FORMS = ["recovery-codes/", "passkey/options/"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_first_and_then_comes(alice, page):
    client = signed_in()
    age(client)
    asked = client.get(f"/account/ways/{page}")
    assert asked.url == f"{CONFIRM}?next=%2Faccount%2Fways%2F{page.replace('/', '%2F')}"
    form = {"password": PASSWORD, "next": f"/account/ways/{page}"}
    assert client.post(CONFIRM, form).url == f"/account/ways/{page}"
    assert client.get(f"/account/ways/{page}").status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_a_form_asks_first_and_goes_back_to_its_page(alice, form):
    client = signed_in()
    age(client)
    asked = client.post(
        f"/account/ways/{form}", headers={"Referer": "http://testserver/account/ways/?a=b"}
    )
    assert asked.url == f"{CONFIRM}?next=%2Faccount%2Fways%2F%3Fa%3Db"
    foreign = client.post(f"/account/ways/{form}", headers={"Referer": "https://evil.test/x"})
    assert foreign.url == f"{CONFIRM}?next=%2F"


def test_a_script_of_a_page_is_led_to_the_question(alice):
    client = signed_in()
    age(client)
    answer = client.post("/account/ways/recovery-codes/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"][:17]) == (401, CONFIRM)


def test_dangerous_acts_ask_first(client_of, alice, dinner):
    client = client_of(alice)
    age(client)
    home = f"/o/{alice.organization_id}"
    for url in (
        f"{home}/events/{dinner.pk}/delete/",
        f"{home}/events/{dinner.pk}/guests/export.csv",
        f"{home}/members/transfer/",
        f"{home}/log/access-log.csv",
        f"{home}/log/access-log.jsonl",
        f"{home}/settings/security/",
    ):
        answer = client.get(url)
        assert (url, answer.status_code) == (url, 302)
        assert answer.url.startswith(CONFIRM)
    answer = client.post("/account/password/", {"old": PASSWORD, "new": "another long password"})
    assert answer.url.startswith(CONFIRM)
    assert Account.objects.get(pk=alice.account_id).check_password(PASSWORD)


def test_the_password_is_not_enough_for_whoever_has_more(browser):
    age(browser)
    page = browser.post(CONFIRM, {"password": PASSWORD})
    assert page.status_code == 422
    assert "Show a passkey or a code" in page.content.decode()
    assert browser.get(path("remove")).url.startswith(CONFIRM)


def test_a_passkey_confirms_and_the_session_gets_a_new_key(browser, device):
    age(browser)
    before, session = browser.cookies["session"].value, Session.objects.get()
    answer = device.get(challenge(browser, "/account/confirm/options/"))
    assert browser.post(CONFIRM, {"answer": answer, "next": "/account/"}).url == "/account/"
    assert browser.cookies["session"].value != before
    assert [row.pk for row in Session.objects.all()] == [session.pk]
    stolen = Client()
    stolen.cookies["session"] = before
    assert stolen.get("/account/").status_code == 302
    assert browser.get(path("remove")).status_code == 200


def test_a_challenge_to_sign_in_does_not_confirm(browser, device):
    age(browser)
    answer = device.get(challenge(browser, "/sign-in/passkey/options/"))
    assert browser.post(CONFIRM, {"answer": answer}).status_code == 422


def test_it_never_leads_to_another_site(alice):
    client = signed_in()
    form = {"password": PASSWORD, "next": "https://evil.test/"}
    assert client.post(CONFIRM, form).url == "/organizations/"


def test_guessing_is_slowed(alice):
    client = signed_in()
    for _ in range(5):
        assert client.post(CONFIRM, {"password": "wrong"}).status_code == 422
    assert client.post(CONFIRM, {"password": PASSWORD}).status_code == 429
