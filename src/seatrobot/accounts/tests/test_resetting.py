"""A forgotten password: the same for everybody, a link once and for an hour."""

import argparse
import os
import re
import stat
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts import commands
from seatrobot.accounts.jobs import mail_reset_link, purge_kept_mail
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.passwords.resetting import tokens
from seatrobot.accounts.tests.mails import kept_mail
from seatrobot.conftest import PASSWORD, as_
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.organizations.models import SentMail

NEW = "another long enough password"
WORK = Work("accounts.mail-reset-link", None, None)


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    return tmp_path / "mail"


def link_of(member) -> str:
    return resetting.link(Account.objects.get(pk=member.account_id))


def test_the_link_is_kept_sealed_for_the_operator_and_not_in_sent_mail(alice, mailbox):
    mail_reset_link(WORK, account_id=str(alice.account_id))
    [path] = mailbox.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for clear in (b"reset-password", b"alice", b"Alice"):
        assert clear not in path.read_bytes()
    [text] = kept_mail()
    assert re.search(r"/reset-password/[^\s]+/", text)
    with as_(alice):
        assert not SentMail.objects.exists()


def test_kept_mail_goes_after_a_day(alice, mailbox):
    mail_reset_link(WORK, account_id=str(alice.account_id))
    [path] = mailbox.iterdir()
    purge_kept_mail(Work("accounts.purge-kept-mail", None, None))
    assert path.exists()
    a_day_ago = (now() - timedelta(days=1, seconds=1)).timestamp()
    os.utime(path, (a_day_ago, a_day_ago))
    purge_kept_mail(Work("accounts.purge-kept-mail", None, None))
    assert not path.exists()


def test_known_and_unknown_addresses_cost_and_say_the_same(alice):
    texts = []
    for email in ("alice@seatrobot.test", "eve@seatrobot.test"):
        answer = Client().post("/reset-password/", {"email": email})
        lines = answer.content.decode().replace(email, "").splitlines()
        texts.append([line for line in lines if "csrf" not in line])
    assert texts[0] == texts[1]
    assert ProcrastinateJob.objects.filter(task_name="accounts.mail-reset-link").count() == 2


def test_nobody_gets_mail_for_an_unknown_address(db, mailbox):
    mail_reset_link(WORK, account_id=str(new_id()))
    assert not mailbox.exists()


def test_a_new_password_ends_sessions_and_the_link(client_of, alice):
    signed_in, link = client_of(alice), link_of(alice)
    assert Client().get(link).status_code == 200
    answer = Client().post(link, {"password": NEW})
    assert answer.url == "/sign-in/"
    assert signed_in.get("/account/").status_code == 302
    assert not Session.objects.filter(account_id=alice.account_id).exists()
    assert Client().post(link, {"password": NEW}).status_code == 410
    form = {"username": "alice@seatrobot.test", "password": NEW}
    assert Client().post("/sign-in/", form).status_code == 302


def test_of_two_who_use_it_at_once_the_first_sets_the_password(alice, monkeypatch):
    """The second one's page was let through before the first one's password was set."""
    account, link = Account.objects.get(), link_of(alice)
    Client().post(link, {"password": NEW})
    monkeypatch.setattr(resetting, "account_of_link", lambda *_link: account)
    assert Client().post(link, {"password": f"{NEW} of mine"}).status_code == 410
    assert Account.objects.get().check_password(NEW)


def test_a_new_password_ends_the_wait_at_sign_in(alice):
    form = {"username": "alice@seatrobot.test", "password": NEW}
    for _ in range(6):
        Client(REMOTE_ADDR="203.0.113.9").post("/sign-in/", form)
    Client().post(link_of(alice), {"password": NEW})
    assert Client().post("/sign-in/", form).status_code == 302


def test_wrong_old_and_foreign_links_say_the_same(alice, charlie, settings):
    link = link_of(alice)
    foreign = link.replace(str(alice.account_id), str(charlie.account_id))
    settings.PASSWORD_RESET_TIMEOUT = -1
    for dead in (link, foreign, link[:-4] + "xxx/"):
        answer = Client().get(dead)
        assert answer.status_code == 410
        assert "does not work any more" in answer.content.decode()


def test_a_bad_password_keeps_the_link(alice):
    link = link_of(alice)
    assert "at least 15" in Client().post(link, {"password": "short"}).content.decode()
    assert Client().get(link).status_code == 200


def ask(client=None, email="alice@seatrobot.test", **more):
    return (client or Client()).post("/reset-password/", {"email": email}, **more)


def mails() -> int:
    return ProcrastinateJob.objects.filter(task_name="accounts.mail-reset-link").count()


def test_mails_to_one_address_are_slowed_and_the_answer_stays_the_same(alice):
    """A stranger who asks often keeps nobody from an answer, nor from the mails that came."""
    answers = [ask(REMOTE_ADDR=f"203.0.113.{number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 7
    assert mails() == 5
    ask(email="alice@seat\ufe0frobot.test")
    assert mails() == 5


def test_a_device_of_the_person_gets_a_mail_whatever_strangers_ask(alice):
    own = Client()
    form = {"username": "alice@seatrobot.test", "password": PASSWORD}
    assert own.post("/sign-in/", form).status_code == 302
    for _ in range(21):
        answer = ask()
    assert answer.status_code == 429
    before = mails()
    assert ask(own).status_code == 200
    assert mails() == before + 1


def test_the_operator_prints_a_link(alice, capsys):
    assert commands.run_reset_link(argparse.Namespace(email="ALICE@seatrobot.test")) == 0
    link = capsys.readouterr().out.splitlines()[0]
    assert Client().get(link).status_code == 200


def test_the_operator_is_told_of_an_unknown_address(db, capsys):
    assert commands.run_reset_link(argparse.Namespace(email="eve@seatrobot.test")) == 1
    assert "Nobody" in capsys.readouterr().err


def test_the_token_is_bound_to_the_password(alice):
    account = Account.objects.get(pk=alice.account_id)
    token = tokens.make_token(account)
    account.set_password(NEW)
    assert not tokens.check_token(account, token)


@pytest.mark.django_db
def test_a_link_is_promised_where_mail_is_sent_alone(client, monkeypatch):
    for has_mail in (True, False):
        monkeypatch.setattr(
            "seatrobot.accounts.mail.has_server", lambda has_mail=has_mail: has_mail
        )
        page = client.get("/reset-password/").content.decode()
        assert ("We mail you a link" in page) is has_mail
        assert ("seatrobot reset-link" in page) is not has_mail
