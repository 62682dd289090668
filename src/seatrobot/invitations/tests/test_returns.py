"""What comes back: reports are read, settle what was unsure, and cannot be forged."""

from __future__ import annotations

import asyncio
import smtplib
import threading

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.invitations import inlet, returns, tokens
from seatrobot.invitations.models import Delivery, Outcome, Report, State, Suppression
from seatrobot.kernel.ids import new_id

DOMAIN = "bounces.zone.test"
DSN = """\
From: MAILER-DAEMON@relay.test
To: {to}
Subject: Undelivered Mail
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.test

Original-Recipient: rfc822;{recipient}
Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b
Content-Type: text/rfc822-headers

Subject: Gala
--b--
"""
COMPLAINT = """\
From: abuse@mailbox.test
To: {to}
Subject: complaint
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

Somebody pressed a button.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Some/1.0
Version: 1

--b
Content-Type: message/rfc822

Subject: Gala

x
--b--
"""
VACATION = (
    "From: alma@guests.test\nTo: {to}\nAuto-Submitted: auto-replied\nSubject: Away\n\nAway.\n"
)
ANSWER = "From: alma@guests.test\nTo: {to}\nSubject: Re: Gala\n\nI will come: 550 5.1.1!\n"


def report(action, status, said="", recipient="alma@guests.test", to="b@x"):
    return DSN.format(
        action=action, status=status, said=said or f"550 {status} no", recipient=recipient, to=to
    ).encode()


@pytest.fixture
def listening(db):
    """An inlet in a thread, as LMTP speaks it; returns its port."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(inlet.serve("127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.mark.parametrize(
    ("raw", "kind", "hard"),
    [
        (report("failed", "5.1.1"), "bounce", True),
        (report("failed", "4.2.0", "450 4.2.0 greylisted"), "bounce", False),
        (report("failed", "5.2.2"), "bounce", False),
        (report("failed", "5.0.0", "550 5.1.1 unknown"), "bounce", True),
        (report("delayed", "4.4.1"), "delayed", False),
        (report("relayed", "2.0.0"), "relayed", False),
        (report("delivered", "2.0.0"), "delivered", False),
        (COMPLAINT.encode(), "complaint", False),
        (VACATION.encode(), "automatic", False),
        (ANSWER.encode(), "answer", False),
        (b"no header\n\n", "answer", False),
        (b"Subject: =?utf-8?q?=ff=fe?=\n\nx", "", False),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000, "", False),
    ],
)
def test_messages_are_read_for_what_they_are(raw, kind, hard):
    found = returns.read(raw)
    assert (found.kind, found.hard) == (kind or found.kind, hard)


def test_a_return_path_cannot_be_made_by_anybody_else(alice):
    organizations = [new_id(), alice.organization_id]
    delivery = new_id()
    path = tokens.return_path(alice.organization_id, delivery, DOMAIN)
    assert len(path.partition("@")[0]) <= 64
    assert tokens.whose(path.upper(), organizations) == (alice.organization_id, delivery)
    assert tokens.whose(path, [new_id()]) is None
    local = path.partition("@")[0]
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for place in range(2, len(local)):
        for letter in letters:
            if letter != local[place]:
                forged = f"{local[:place]}{letter}{local[place + 1 :]}@{DOMAIN}"
                assert tokens.whose(forged, organizations) is None, forged


@pytest.mark.django_db(transaction=True)
def test_reports_settle_deliveries_and_forged_ones_are_refused(alice, queue, add, listening):
    anna = add("Alma Adams", email="alma@guests.test")
    bounced = queue(state=State.HANDED, guest=anna)
    with as_(alice):
        bounced.sealed.guests = [anna.pk]
        bounced.save()
    unsure = queue("ben@guests.test", state=State.UNSURE)
    complained = queue("carl@guests.test", state=State.HANDED)
    passed_on = queue("dan@guests.test", state=State.HANDED)
    away = queue("eve@guests.test", state=State.HANDED)

    def path(row):
        return tokens.return_path(alice.organization_id, row.pk, DOMAIN)

    forged = path(bounced).replace("b+", "b+a")[:-1]
    with smtplib.LMTP("127.0.0.1", listening) as client:
        client.ehlo()
        client.sendmail("", [path(bounced)], report("failed", "5.1.1", to=path(bounced)))
        client.sendmail("", [path(bounced)], report("failed", "5.1.1", to=path(bounced)))
        relayed = report("relayed", "2.0.0", recipient="ben@guests.test")
        client.sendmail("", [path(unsure)], relayed)
        client.sendmail("", [path(away)], relayed)
        client.sendmail("", [path(complained)], COMPLAINT.encode())
        other = report("failed", "5.1.1", recipient="private@elsewhere.test")
        client.sendmail("", [path(passed_on)], other)
        client.sendmail("", [path(away)], VACATION.encode())
        for wrong in (forged, path(bounced)[3:], f"b+{'a' * 52}@{DOMAIN}", "postmaster@zone.test"):
            assert client.docmd("MAIL", "FROM:<>")[0] == 250
            assert client.docmd("RCPT", f"TO:<{wrong}>")[0] == 550
            client.rset()
    with as_(alice):
        rows = {row.pk: row for row in Delivery.objects.all()}
        assert (rows[bounced.pk].outcome, rows[bounced.pk].hard) == (Outcome.BOUNCED, True)
        assert rows[bounced.pk].sealed.why == "5.1.1 smtp; 550 5.1.1 no"
        assert Report.objects.filter(delivery=bounced).count() == 1
        assert Guest.objects.get(pk=anna.pk).status == "bounced"
        assert rows[unsure.pk].state == State.HANDED
        assert rows[complained.pk].outcome == Outcome.COMPLAINED
        assert (rows[away.pk].outcome, rows[passed_on.pk].outcome) == ("relayed", "bounced")
        reasons = {row.sealed.address: row.reason for row in Suppression.objects.all()}
        assert reasons == {"alma@guests.test": "dead", "carl@guests.test": "complained"}


@pytest.mark.django_db(transaction=True)
def test_a_bounce_does_not_undo_an_answer(alice, queue, add):
    anna = add("Alma Adams", email="alma@guests.test")
    row = queue(state=State.HANDED, guest=anna)
    with as_(alice):
        row.sealed.guests = [anna.pk]
        row.save()
        Guest.objects.filter(pk=anna.pk).update(reply="confirmed")
    said = inlet.take(
        tokens.return_path(alice.organization_id, row.pk, DOMAIN), report("failed", "5.1.1")
    )
    assert said.startswith("250")
    with as_(alice):
        assert Guest.objects.get(pk=anna.pk).delivery == ""
