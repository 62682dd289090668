"""After "This wasn't me": a new password, then a look at every way to sign in, then the rest."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import services
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Authenticator, Passkey, RecoveryCode, Session, SignIn
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.sign_in_log import disowning
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.conftest import PASSWORD, as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal.models import Entry

from .conftest import (
    ALICE,
    challenge,
    code_of,
    codes_on,
    enrol,
    enrol_app,
    forget_last_step,
    give_password,
    signed_in,
)
from .device import Device

PAGE = "/account/ways/check/"
NEW = "a wholly other long password"
JSON = {"accept": "application/json"}
HTMX = {"HX-Request": "true"}


def disown(client: Client, account: Account) -> None:
    """Say "This wasn't me" of the newest sign-in."""
    with acting(Actor.member(account.pk)):
        mine = SignIn.objects.filter(organization_id=None, account_id=account.pk)
        row = mine.filter(outcome=Outcome.SUCCESS).order_by("-id").first()
    assert client.post(f"/account/sign-ins/{row.pk}/not-me/").url == "/sign-in/"


def read_again(account: Account) -> None:
    account.refresh_from_db(fields=["password", "unchecked_since", "last_login"])


def reset(client: Client, account: Account) -> None:
    """Follow the link in the mail and set the new password."""
    read_again(account)
    link = urlsplit(resetting.link(account)).path
    assert client.post(link, {"password": NEW}).url == "/sign-in/"


def come_back(client: Client):
    return client.post("/sign-in/", {"username": ALICE, "password": NEW})


@pytest.fixture
def account(alice) -> Account:
    return Account.objects.get(pk=alice.account_id)


@pytest.fixture
def browser(account) -> Client:
    """Somebody with an app, a passkey and codes who disowned a sign-in and is back with both."""
    client = signed_in()
    secret, _page = enrol_app(client)
    enrol(client, Device())
    Client().post("/sign-in/", {"username": ALICE, "password": PASSWORD})
    with acting(Actor.member(account.pk)):
        for model in (Passkey, Authenticator, RecoveryCode):
            model.objects.update(created_at=account.created_at)
    disown(client, account)
    reset(client, account)
    assert come_back(client).url.startswith("/sign-in/second-step/")
    forget_last_step()
    assert client.post("/sign-in/second-step/", {"code": code_of(secret)}).status_code == 302
    return client


def answers(**changes: str) -> dict[str, str]:
    """Return a form that keeps everything, with changes by `passkey`, `app` and `codes`."""
    said = {"passkey": "mine", "app": "mine", "codes": "keep"} | changes
    return {
        str(Passkey.objects.get().pk): said["passkey"],
        str(Authenticator.objects.get().pk): said["app"],
        "codes": said["codes"],
    }


def test_every_page_leads_to_the_one(browser, alice, dinner):
    home = f"/o/{alice.organization_id}"
    for address in (
        "/",
        "/account/",
        "/account/ways/",
        "/account/ways/passkey/",
        "/organizations/",
        f"{home}/events/",
        f"{home}/events/{dinner.pk}/guests/",
        f"{home}/members/",
        f"{home}/log/sign-ins/sign-ins.csv",
    ):
        answer = browser.get(address)
        assert (address, answer.status_code) == (address, 302)
        assert urlsplit(answer.url).path == PAGE


@pytest.mark.parametrize(
    "name",
    ["accounts:recovery-codes", "accounts:change-password", "accounts:end-other-sessions"],
)
def test_no_form_is_taken(browser, account, name):
    codes = set(RecoveryCode.objects.values_list("pk", flat=True))
    assert browser.post(reverse(name), {"old": NEW, "new": PASSWORD}).url == PAGE
    read_again(account)
    assert account.check_password(NEW)
    assert set(RecoveryCode.objects.values_list("pk", flat=True)) == codes


@pytest.mark.parametrize("headers", [JSON, HTMX])
def test_a_script_gets_one_problem(browser, alice, dinner, headers):
    state = reverse("seating:state", args=[alice.organization_id, dinner.pk])
    answer = browser.get(state, headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "check your ways" in answer.json()["detail"]
    assert answer["HX-Redirect"] == PAGE


def test_a_page_that_does_not_exist_is_not_there(browser):
    assert browser.get("/no-such-page/").status_code == 404


def test_signing_out_is_possible(browser):
    assert browser.post("/sign-out/").url == "/sign-in/"


def test_it_shows_each_way_with_when_it_was_added_and_used(browser):
    page = browser.get(PAGE).content.decode()
    assert "Phone" in page
    assert "never used" in page
    assert "just now" in page
    assert "10 are left" in page


def test_keeping_everything_lifts_it_once_and_is_journalled(browser, account, alice):
    assert browser.post(f"{PAGE}?next=/account/", answers()).url == "/account/"
    assert browser.get("/account/").status_code == 200
    assert (Passkey.objects.count(), RecoveryCode.objects.count()) == (1, 10)
    with as_(alice):
        noted = Entry.objects.filter(organization_id=alice.organization_id)
        assert noted.filter(action=Action.ACCOUNT_FACTOR_CHECK).count() == 1
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice")
    assert jobs.order_by("-id").first().args["notice"] == "reviewed"
    assert browser.get(PAGE).url == "/organizations/"


def test_what_is_not_ones_own_is_removed_and_codes_are_made_anew(browser):
    old = set(RecoveryCode.objects.values_list("pk", flat=True))
    page = browser.post(PAGE, answers(passkey="remove", codes="new"))
    assert len(codes_on(page)) == 10
    assert not Passkey.objects.exists()
    assert Authenticator.objects.exists()
    assert not old & set(RecoveryCode.objects.values_list("pk", flat=True))


def test_removing_everything_voids_the_codes(browser):
    assert (
        browser.post(PAGE, answers(passkey="remove", app="remove", codes="new")).status_code == 302
    )
    assert not RecoveryCode.objects.exists()


@pytest.mark.parametrize("missing", ["passkey", "app", "codes"])
def test_each_has_to_be_answered(browser, account, missing):
    form = answers(**{missing: ""})
    page = browser.post(PAGE, form)
    assert page.status_code == 422
    assert "Choose one of the two" in page.content.decode()
    read_again(account)
    assert account.unchecked_since
    assert Passkey.objects.exists()


def test_an_answer_made_up_is_refused(browser):
    assert browser.post(PAGE, answers(app="perhaps")).status_code == 422


def test_it_asks_for_a_fresh_sign_in(browser, account):
    form = answers()
    session = browser.session
    session["assurance"] = session["assurance"] | {"at": "2026-01-01T00:00:00+00:00"}
    session.save()
    assert browser.get(PAGE).url.startswith("/account/confirm/?next=")
    assert browser.post(PAGE, form).url.startswith("/account/confirm/")
    read_again(account)
    assert account.unchecked_since
    assert browser.get("/account/confirm/").status_code == 200


def test_finishing_ends_the_other_sessions(browser, account):
    """One of them may have begun with what is removed now."""
    thief = Client()
    thief.force_login(account, "seatrobot.accounts.signing_in.sessions.PasswordBackend")
    browser.post(PAGE, answers(passkey="remove"))
    assert Session.objects.filter(account=account).count() == 1
    assert thief.get("/account/").url.startswith("/sign-in/")


class TestThief:
    """Who has left a passkey before, or says "This wasn't me" of the owner's own sign-in."""

    @pytest.fixture
    def passkey(self, account) -> Device:
        device = Device()
        client = signed_in()
        enrol(client, device)
        with acting(Actor.member(account.pk)):
            Passkey.objects.update(created_at=account.created_at - timedelta(days=1))
        disown(client, account)
        return device

    def with_passkey(self, device: Device) -> Client:
        client = Client()
        answer = device.get(challenge(client, "/sign-in/passkey/options/"))
        assert client.post("/sign-in/passkey/", {"answer": answer}).status_code == 302
        return client

    @pytest.mark.parametrize("is_reset", [False, True])
    def test_a_passkey_alone_neither_confirms_nor_removes_anything(
        self, passkey, account, is_reset
    ):
        if is_reset:
            reset(Client(), account)
        thief = self.with_passkey(passkey)
        assert thief.get("/account/").url.startswith(PAGE)
        form = {str(Passkey.objects.get().pk): "mine", "codes": "keep"}
        for answer in (thief.get(PAGE), thief.post(PAGE, form)):
            assert answer.status_code == 403
            assert "First your new password" in answer.content.decode()
        read_again(account)
        assert account.unchecked_since
        assert Passkey.objects.exists()

    def test_signing_in_does_not_void_the_link_in_the_mailbox(self, passkey, account):
        read_again(account)
        link = urlsplit(resetting.link(account)).path
        self.with_passkey(passkey)
        assert Client().post(link, {"password": NEW}).url == "/sign-in/"
        assert Client().post(link, {"password": NEW}).status_code == 410

    def test_the_old_password_does_not_come_back(self, passkey, account):
        assert give_password(Client()).status_code == 422
        thief = self.with_passkey(passkey)
        thief.post("/account/password/", {"old": PASSWORD, "new": NEW})
        read_again(account)
        assert not account.has_usable_password()

    def test_the_new_password_alone_does_not_come_in(self, passkey, account):
        client = Client()
        reset(client, account)
        assert come_back(client).url.startswith("/sign-in/second-step/")
        assert client.get(PAGE).url.startswith("/sign-in/")

    def test_a_second_step_that_waits_for_the_old_password_does_not_count(self, account):
        """A thief who knows a code too has another browser at the second step meanwhile."""
        client = signed_in()
        secret, _page = enrol_app(client)
        thief = Client()
        assert give_password(thief).url.startswith("/sign-in/second-step/")
        Authenticator.objects.update(created_at=account.created_at - timedelta(days=1))
        disown(client, account)
        forget_last_step()
        for answer in (
            thief.get("/sign-in/second-step/"),
            thief.post("/sign-in/second-step/", {"code": code_of(secret)}),
        ):
            assert answer.url == "/sign-in/"
        assert thief.get(PAGE).url.startswith("/sign-in/")
        assert not Session.objects.filter(account=account).exists()

    @pytest.mark.parametrize("add", ["passkey", "app"])
    def test_nothing_is_enrolled_by_a_request_that_was_on_its_way(self, account, add):
        disown(signed_in(), account)
        given = {"account": account, "name": "Thief's"}
        with acting(Actor.member(account.pk)), pytest.raises(FactorRefused) as refused:
            if add == "passkey":
                services.add_passkey(**given, answer="{}", challenge=b"")
            else:
                services.add_authenticator(**given, sealed="", code="")
        assert refused.value.detail == "unchecked"

    def test_no_password_is_set_by_a_request_that_was_on_its_way(self, account):
        disown(signed_in(), account)
        given = {"account": account, "old": PASSWORD, "new": NEW, "session": None}
        with acting(Actor.member(account.pk)), pytest.raises(accounts.WrongPassword):
            accounts.change_password(**given)
        read_again(account)
        assert not account.has_usable_password()


class TestUnlockedScreen:
    """Somebody else sits before a browser that is signed in, and shows no factor."""

    @pytest.fixture(autouse=True)
    def no_factor_was_shown_lately(self, monkeypatch):
        monkeypatch.setattr(disowning, "FRESH_FOR", timedelta(0))

    def test_is_not_enough_to_be_rid_of_the_factors(self, account):
        client = signed_in()
        enrol(client, Device())
        disown(client, account)
        assert (Passkey.objects.count(), RecoveryCode.objects.count()) == (1, 10)
        reset(Client(), account)
        assert come_back(client).url.startswith("/sign-in/second-step/")

    def test_but_what_came_after_the_owner_was_last_sure_goes(self, account):
        owner, thief = signed_in(), signed_in()
        enrol(thief, Device())
        disown(owner, account)
        assert not Passkey.objects.exists()
        assert not RecoveryCode.objects.exists()


def test_codes_and_factors_made_since_are_void(account):
    """A thief who made new codes has the only ones."""
    client = signed_in()
    enrol_app(client)
    disown(client, account)
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_without_any_factor_it_is_one_click(account, alice):
    client = signed_in()
    disown(client, account)
    reset(client, account)
    come_back(client)
    page = client.get(PAGE)
    assert "no passkey and no app" in page.content.decode()
    assert client.post(PAGE).status_code == 302
    assert client.get("/account/").status_code == 200


def test_colleagues_are_not_asked(browser, client_of, bob):
    assert client_of(bob).get("/account/").status_code == 200
    assert client_of(bob).get(PAGE).url == "/organizations/"


def test_it_costs_no_statement(client_of, alice, monkeypatch, settings):
    client = client_of(alice)
    address = reverse("events:list", args=[alice.organization_id])
    client.get(address)
    with CaptureQueriesContext(connection) as guarded:
        client.get(address)
    guard = "seatrobot.accounts.factors.review.review_first"
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if each != guard]
    other = client_of(alice)
    other.get(address)
    with CaptureQueriesContext(connection) as plain:
        other.get(address)
    assert len(guarded) == len(plain)
