"""Mail: to SMTP where configured, else to the page Sent mail; never a forged header."""

import socket
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from seatrobot.accounts import mail as transport
from seatrobot.accounts.feature import Action
from seatrobot.conftest import as_
from seatrobot.kernel import tls
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations import mail
from seatrobot.organizations.jobs import MailMissing, deliver
from seatrobot.organizations.models import SentMail


class Postbox(Sink):
    def __init__(self):
        super().__init__()
        self.envelopes = []
        self.refuse = False

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's
        if self.refuse:
            return f"550 no such mailbox <{address}>"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
def postbox(settings):
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.CONFIG = replace(settings.CONFIG, smtp_url=f"smtp://127.0.0.1:{port}")
    yield box
    server.stop()


def send(member, subject="Invitation", body="Hello Zoë,\n"):
    with as_(member):
        return mail.send(member.organization_id, "vera@seatrobot.test", subject, body).pk


def run(member, pk):
    work = Work("organizations.deliver-mail", member.organization_id, member.account_id)
    deliver(work, mail_id=str(pk))


def test_a_message_reaches_the_server_and_is_marked(alice, postbox):
    pk = send(alice)
    run(alice, pk)
    [envelope] = postbox.envelopes
    assert envelope.rcpt_tos == ["vera@seatrobot.test"]
    assert b"Subject: Invitation" in envelope.content
    with as_(alice):
        assert SentMail.objects.get(pk=pk).sent_at is not None
        assert Entry.objects.filter(action=Action.MAIL_SEND, subject_id=pk).exists()


def test_a_message_that_is_not_there_is_looked_for_again(alice, postbox):
    """The queue tries again what raised: a job may begin before its message is committed."""
    with pytest.raises(MailMissing):
        run(alice, new_id())
    assert not postbox.envelopes


def test_a_sent_message_is_not_sent_again(alice, postbox):
    pk = send(alice)
    run(alice, pk)
    run(alice, pk)
    assert len(postbox.envelopes) == 1


def test_a_refused_message_says_why_without_the_address(alice, postbox):
    postbox.refuse = True
    pk = send(alice)
    with pytest.raises(transport.MailNotSent) as failure:
        run(alice, pk)
    assert "vera" not in str(failure.value)
    with as_(alice):
        row = SentMail.objects.get(pk=pk)
    assert (row.sent_at, row.error) == (None, "The mail server refused the address.")


def test_a_server_that_is_away_is_said_and_tried_again(alice, settings):
    settings.CONFIG = replace(settings.CONFIG, smtp_url="smtp://127.0.0.1:1")
    with pytest.raises(transport.MailNotSent, match="was not reached"):
        run(alice, send(alice))


def test_a_server_elsewhere_must_speak_tls(alice, settings):
    server = transport._server("smtp://user:p%40ss@mail.example.org")
    assert (server.use_tls, server.port, server.password) == (True, 587, "p@ss")
    assert server.ssl_context.check_hostname
    assert transport._server("smtps://mail.example.org").use_ssl


def test_a_plain_server_is_refused_when_tls_is_asked_for(alice, postbox, settings, monkeypatch):
    monkeypatch.setattr(tls, "is_here", lambda _host: False)
    with pytest.raises(transport.MailNotSent):
        run(alice, send(alice))
    assert not postbox.envelopes


@pytest.mark.parametrize("url", ["http://127.0.0.1", "smtp://", "mail"])
def test_a_wrong_url_is_said(alice, settings, url):
    settings.CONFIG = replace(settings.CONFIG, smtp_url=url)
    with pytest.raises(transport.MailNotSent, match="SEATROBOT_SMTP_URL"):
        run(alice, send(alice))


def test_headers_cannot_be_forged(alice, postbox):
    run(alice, send(alice, subject="Hello\r\nBcc: eve@seatrobot.test"))
    [envelope] = postbox.envelopes
    assert envelope.rcpt_tos == ["vera@seatrobot.test"]
    assert b"\nBcc:" not in envelope.content


class TestPage:
    def url(self, member):
        return f"/o/{member.organization_id}/mail/"

    def test_says_that_no_server_is_configured_and_shows_the_message(self, client_of, alice):
        send(alice)
        text = client_of(alice).get(self.url(alice)).content.decode()
        assert "No mail server is configured" in text
        assert "vera@seatrobot.test" in text
        assert "Kept here" in text

    def test_is_for_administrators_of_this_organization(self, client_of, alice, bob, charlie):
        assert client_of(bob).get(self.url(alice)).status_code == 403
        assert client_of(charlie).get(self.url(alice)).status_code == 404
        send(alice)
        assert "vera" not in client_of(charlie).get(self.url(charlie)).content.decode()

    def test_goes_on_page_by_page(self, client_of, alice):
        for number in range(26):
            send(alice, subject=f"Number {number:02}")
        client = client_of(alice)
        first = client.get(self.url(alice))
        assert "Number 25" in first.content.decode()
        second = client.get(self.url(alice), {"before": str(first.context["older"])})
        assert "Number 00" in second.content.decode()
        assert client.get(self.url(alice), {"before": "nonsense"}).status_code == 200


def test_names_stand_in_a_mail_as_they_are(alice):
    with as_(alice):
        sent = mail.send_template(
            alice.organization_id,
            "vera@seatrobot.test",
            "invitation",
            name="Vera O'Neil",
            inviter="Alice",
            organization="Smith & Sons <Berlin>",
            role="Viewer",
            link="http://localhost/join/",
        )
    assert sent.sealed.subject == "Invitation to Smith & Sons <Berlin>"
    assert sent.sealed.body.startswith("Hello Vera O'Neil,\n\nAlice invites you")
    assert "Subject" not in sent.sealed.body
