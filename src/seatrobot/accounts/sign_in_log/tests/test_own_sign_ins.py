"""One's own page: sign-ins, "This wasn't me", and a mail from a new device or network."""

from dataclasses import replace
from datetime import timedelta

import pytest

from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Authenticator, AuthenticatorRecord, Session
from seatrobot.accounts.sign_in_log import reading
from seatrobot.accounts.sign_in_log.tests.people import (
    FIREFOX,
    IPHONE,
    browser,
    copies,
    own_rows,
    run_jobs,
    sign_in,
)
from seatrobot.accounts.tests.mails import kept_mail
from seatrobot.conftest import PASSWORD, as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.models import SentMail


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)

    return kept_mail


def not_me(client, row):
    return client.post(f"/account/sign-ins/{row.pk}/not-me/")


def test_the_list_goes_on_where_it_stopped(alice, monkeypatch):
    monkeypatch.setattr(reading, "OWN_SIGN_INS", 2)
    for _ in range(4):
        client = browser()
        sign_in(client)
    first = client.get("/account/")
    rest = client.get("/account/", {"before": str(first.context["older_sign_ins"])})
    shown = [line.id for page in (first, rest) for line in page.context["sign_ins"]]
    assert shown == [row.pk for row in reversed(own_rows(alice))]
    assert rest.context["older_sign_ins"] is None


def test_refused_tries_at_ones_account_are_shown(alice):
    sign_in(browser(IPHONE), password="wrong wrong wrong")
    client = browser()
    sign_in(client)
    text = client.get("/account/").content.decode()
    assert "Refused: Wrong password" in text
    assert "iOS 18.0" in text


def test_not_me_ends_every_session_and_the_password(alice, mailbox):
    thief, client = browser(IPHONE, "203.0.113.9"), browser()
    sign_in(thief)
    sign_in(client)
    stolen = own_rows(alice)[0]
    assert not_me(client, stolen).url == "/sign-in/"
    assert not Session.objects.filter(account=alice.account_id).exists()
    assert thief.get("/account/").status_code == 302
    assert sign_in(browser()).status_code == 422
    assert not Account.objects.get().has_usable_password()
    run_jobs("accounts.mail-disowned")
    [mail] = mailbox()
    assert "203.0.113.9" in mail
    assert "/reset-password/" in mail


def test_not_me_takes_away_what_was_enrolled_since(alice):
    client = browser()
    sign_in(client)
    [row] = own_rows(alice)
    with acting(Actor.member(alice.account_id)):
        Authenticator.objects.create(
            account_id=alice.account_id,
            sealed=AuthenticatorRecord("Thief's", b"secret"),
            last_step=0,
            created_at=row.at + timedelta(seconds=1),
        )
    not_me(client, row)
    assert not Authenticator.objects.exists()


def test_not_me_keeps_factors_from_before(alice):
    with acting(Actor.member(alice.account_id)):
        Authenticator.objects.create(
            account_id=alice.account_id,
            sealed=AuthenticatorRecord("Mine", b"secret"),
            last_step=0,
            created_at=Account.objects.get().created_at,
        )
    client = browser()
    client.force_login(
        Account.objects.get(), "seatrobot.accounts.signing_in.sessions.PasswordBackend"
    )
    not_me(client, own_rows(alice)[-1])
    assert Authenticator.objects.exists()


def test_not_me_is_a_security_event_that_administrators_hear_of(alice, bob):
    client = browser(ip="203.0.113.9")
    sign_in(client, "bob")
    not_me(client, own_rows(bob)[0])
    with as_(alice):
        [event] = Entry.objects.filter(
            organization_id=alice.organization_id, action=Action.ACCOUNT_SIGN_IN_DISOWN
        )
        assert event.subject_id == copies(alice)[0].session_id
        [mail] = SentMail.objects.all()
        assert mail.sealed.to == "alice@seatrobot.test"
        assert "203.0.113.9" in mail.sealed.body


def test_what_was_disowned_is_marked_and_offered_no_more(alice):
    client = browser()
    sign_in(client)
    [row] = own_rows(alice)
    not_me(client, row)
    Account.objects.update(unchecked_since=None)  # as after the check of the ways to sign in
    again = browser()
    again.force_login(
        Account.objects.get(), "seatrobot.accounts.signing_in.sessions.PasswordBackend"
    )
    line = next(line for line in again.get("/account/").context["sign_ins"] if line.id == row.pk)
    assert line.disowned
    assert not line.may_be_disowned


@pytest.mark.parametrize("whose", ["somebody else's", "a refusal"])
def test_not_me_is_for_ones_own_successful_sign_ins(alice, charlie, whose):
    victim = browser()
    sign_in(victim, "charlie")
    sign_in(browser(), "alice", "wrong wrong wrong")
    client = browser()
    sign_in(client)
    row = own_rows(charlie if whose == "somebody else's" else alice)[0]
    assert not_me(client, row).status_code == 404
    assert Account.objects.get(pk=charlie.account_id).has_usable_password()
    assert victim.get("/account/").status_code == 200


def test_not_me_needs_post(alice):
    client = browser()
    sign_in(client)
    assert client.get(f"/account/sign-ins/{own_rows(alice)[0].pk}/not-me/").status_code == 405


class TestNewPlaces:
    def mails(self, mailbox) -> int:
        run_jobs("accounts.mail-new-origin")
        return len(mailbox())

    def test_the_first_sign_in_ever_sends_none(self, alice, mailbox):
        sign_in(browser())
        assert self.mails(mailbox) == 0

    @pytest.mark.parametrize(
        ("agent", "ip"), [(IPHONE, "192.0.2.7"), (FIREFOX, "203.0.113.9"), (IPHONE, "2001:db8::1")]
    )
    def test_a_new_device_or_network_sends_one_once(self, alice, mailbox, agent, ip):
        sign_in(browser())
        for _ in range(3):
            sign_in(browser(agent, ip))
        assert self.mails(mailbox) == 1
        assert ip in mailbox()[0]

    def test_an_update_or_a_neighbouring_address_is_not_new(self, alice, mailbox):
        sign_in(browser())
        sign_in(browser(FIREFOX.replace("140", "141"), "192.0.2.200"))
        assert self.mails(mailbox) == 0

    def test_what_others_use_is_not_known_for_me(self, alice, bob, mailbox):
        sign_in(browser(IPHONE), "bob")
        sign_in(browser())
        sign_in(browser(IPHONE))
        assert self.mails(mailbox) == 1

    def test_a_refused_try_makes_nothing_known(self, alice, mailbox):
        sign_in(browser())
        sign_in(browser(IPHONE), password="wrong wrong wrong")
        sign_in(browser(IPHONE), password=PASSWORD)
        assert self.mails(mailbox) == 1

    def test_that_of_somebody_else_is_new_again(self, alice, mailbox):
        sign_in(browser())
        thief = browser(IPHONE, "203.0.113.9")
        sign_in(thief)
        not_me(thief, own_rows(alice)[-1])
        account = Account.objects.get()
        account.set_password(PASSWORD)
        account.save(update_fields=["password"])
        for agent in (IPHONE, IPHONE, FIREFOX):
            sign_in(browser(agent, "203.0.113.9"))
        assert self.mails(mailbox) == 2
