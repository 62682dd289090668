"""Mail to a person: from a template, journalled once by how it ended, not once for each try."""

import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from procrastinate.contrib.django import app

from seatrobot.accounts import jobs, mail
from seatrobot.accounts.factors import resets
from seatrobot.accounts.factors.services import Notice
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, AccountRecord
from seatrobot.accounts.sign_in_log.tests.people import browser, own_rows, sign_in
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry

pytestmark = pytest.mark.django_db
MAILS = {Action.MAIL_SEND, Action.MAIL_FAIL, Action.ACCOUNT_PASSWORD_RESET_SEND}


@pytest.fixture
def mailbox(settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)

    def read():
        with acting(Actor.operator("tests")):
            return mail.kept()

    return read


@pytest.fixture
def no_server(settings):
    settings.CONFIG = replace(settings.CONFIG, smtp_url="smtp://127.0.0.1:1")


def work(member, *, is_last_try: bool = True) -> Work:
    return Work("accounts.tests", None, member.account_id, is_last_try)


def outcomes(member) -> list[str]:
    with acting(Actor.member(member.account_id)):
        rows = Entry.objects.filter(organization_id=None, action__in=MAILS).order_by("id")
        return [row.action for row in rows if row.subject_id == member.account_id]


def test_a_mail_that_was_taken_is_journalled_as_sent(alice, mailbox):
    jobs.mail_factor_notice(work(alice), str(alice.account_id), Notice.ADDED)
    assert len(mailbox()) == 1
    assert outcomes(alice) == [Action.MAIL_SEND]


def test_a_reset_link_is_journalled_as_given_out_once_it_is(alice, mailbox):
    jobs.mail_reset_link(work(alice), str(alice.account_id))
    assert outcomes(alice) == [Action.ACCOUNT_PASSWORD_RESET_SEND]


def test_one_that_is_refused_three_times_is_journalled_once_as_failed(alice, no_server):
    for number in range(3):
        with pytest.raises(mail.MailNotSent):
            jobs.mail_factor_notice(
                work(alice, is_last_try=number == 2), str(alice.account_id), Notice.ADDED
            )
    assert outcomes(alice) == [Action.MAIL_FAIL]


def test_one_that_is_taken_at_the_second_try_is_journalled_once_as_sent(alice, mailbox, settings):
    configured = settings.CONFIG
    settings.CONFIG = replace(configured, smtp_url="smtp://127.0.0.1:1")
    with pytest.raises(mail.MailNotSent):
        jobs.mail_reset_link(work(alice, is_last_try=False), str(alice.account_id))
    assert outcomes(alice) == []
    settings.CONFIG = configured
    jobs.mail_reset_link(work(alice, is_last_try=False), str(alice.account_id))
    assert outcomes(alice) == [Action.ACCOUNT_PASSWORD_RESET_SEND]


@pytest.mark.parametrize(("before", "journalled"), [(0, []), (1, []), (2, [Action.MAIL_FAIL])])
def test_the_queue_says_which_try_is_the_last(alice, no_server, monkeypatch, before, journalled):
    """A job that runs three times in all counts its tries from zero."""
    monkeypatch.setattr("seatrobot.kernel.jobs.close_old_connections", lambda: None)
    context = SimpleNamespace(job=SimpleNamespace(attempts=before))
    alice_id = str(alice.account_id)
    with pytest.raises(mail.MailNotSent):
        app.tasks["accounts.mail-reset-link"].func(
            context, organization="", account=alice_id, account_id=alice_id
        )
    assert outcomes(alice) == journalled


class TestTexts:
    """Every template has one line of subject, greets the person and leads somewhere."""

    def read(self, mailbox):
        [message] = mailbox()
        text = message.get_content()
        assert text.startswith("Hello Alice,\n\n")
        assert len(re.findall(r"http://\S+", text)) == 1
        assert "\n\n\n" not in text
        assert not re.search(r"&#|&quot;|&amp;|[{}%]", text)
        return message["Subject"], text

    def test_reset_link(self, alice, mailbox):
        jobs.mail_reset_link(work(alice), str(alice.account_id))
        subject, text = self.read(mailbox)
        assert subject == "Set a new password"
        assert "within 60 minutes" in text

    @pytest.mark.parametrize("notice", Notice)
    def test_factor_notice(self, alice, mailbox, notice):
        jobs.mail_factor_notice(work(alice), str(alice.account_id), notice)
        subject, text = self.read(mailbox)
        assert subject == "Ways to sign in to your account"
        assert str(notice.label) in " ".join(text.split())

    def test_reset_warning(self, alice, mailbox):
        with acting(Actor.member(alice.account_id)):
            pending = resets.ask(
                Account.objects.get(),
                organization_id=alice.organization_id,
                asked_by=alice.account_id,
            )
        jobs.mail_reset_warning(work(alice), str(pending.pk))
        subject, text = self.read(mailbox)
        assert subject == "Your second factors will be reset"
        assert f"{pending.asked_at + timedelta(hours=72):%Y-%m-%d %H:%M} UTC" in text

    @pytest.mark.parametrize(
        ("mail_job", "subject"),
        [
            (jobs.mail_new_origin, "New sign-in to your account"),
            (jobs.mail_disowned, "Your account is secured"),
        ],
    )
    def test_a_sign_in(self, alice, mailbox, mail_job, subject):
        sign_in(browser(ip="203.0.113.9"))
        [row] = own_rows(alice)
        mail_job(work(alice), str(row.pk), str(alice.account_id))
        found, text = self.read(mailbox)
        assert found == subject
        assert "IP address: 203.0.113.9" in text

    def test_a_name_is_no_markup_and_breaks_no_header(self, settings, mailbox):
        person = AccountRecord("alice@seatrobot.test", "<b>A & B</b> {{ link }}")
        message = mail.to_person(person, "reset_link", link="http://x/?a=1&b=2")
        assert message.body.startswith("Hello <b>A & B</b> {{ link }},")
        assert "http://x/?a=1&b=2" in message.body
        assert "\n" not in message.subject
