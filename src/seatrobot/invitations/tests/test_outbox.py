"""The outbox: what is handed over once, what is tried again, and what nobody knows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from seatrobot.conftest import as_
from seatrobot.invitations import outbox
from seatrobot.invitations.mailer import MailOffice
from seatrobot.invitations.models import Delivery, Sender, State, Suppression
from seatrobot.invitations.outbox import End, Outbox
from seatrobot.invitations.records import SenderRecord
from seatrobot.invitations.services.suppressing import suppress
from seatrobot.invitations.tests import relay as relays
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.runtime import roles

pytestmark = pytest.mark.django_db(transaction=True)

MESSAGES = 40
SEND = """
import os, random, signal, sys
from dataclasses import replace
from uuid import UUID
import django
django.setup()
from django.conf import settings
from seatrobot.invitations import outbox, smtp
from seatrobot.invitations.mailer import MailOffice
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.vault.holding import process
process.is_named = True
organization, url, most = UUID(sys.argv[1]), sys.argv[2], int(sys.argv[3])
settings.CONFIG = replace(settings.CONFIG, smtp_url=url, mail_from="gala@zone.test")
hand, actor = smtp.Connection.hand, Actor.job("invitations.send")

def run(chance):
    def perhaps():
        if chance.random() < 0.05:
            os.kill(os.getpid(), signal.SIGKILL)

    def handing(self, letter, before_dot):
        def before():
            perhaps()
            said = before_dot()
            perhaps()
            return said
        perhaps()
        answer = hand(self, letter, before)
        perhaps()
        return answer

    smtp.Connection.hand = handing
    office = MailOffice(organization, lambda: acting(actor, organization))
    os._exit(0 if outbox.Outbox(organization, office).run().end.name == "EMPTY" else 1)

for kills in range(most):
    if not (pid := os.fork()):
        run(random.Random(kills))
    status = os.waitpid(pid, 0)[1]
    if os.WIFEXITED(status):
        print(kills, os.WEXITSTATUS(status))
        break
"""


def run(alice):
    return Outbox(alice.organization_id, MailOffice(alice.organization_id, alice.acting)).run()


def test_a_message_is_handed_over_with_what_reports_need(alice, relay, queue, send, states):
    row = queue()
    send()
    [message] = relay.taken
    assert states() == [State.HANDED]
    assert (message.to, message.envid) == ("alma@guests.test", row.pk.hex)
    assert message.notify == "SUCCESS,FAILURE,DELAY"
    assert message.sender.startswith("b+")
    assert message.sender.endswith("@bounces.zone.test")
    assert f"Message-ID: <{row.pk}@zone.test>".encode() in message.content
    assert b"\r\n=2E\r\nthere" in message.content
    with as_(alice):
        record = Delivery.objects.get().sealed
        assert record.answer == "250 2.0.0 Ok: queued as 4FZ"
        assert not record.body
        assert Entry.objects.filter(action="invitation:delivery:send").exists()


def test_many_go_over_one_connection(relay, queue, send, states):
    for number in range(5):
        queue(f"guest{number}@guests.test")
    send()
    assert len(relay.taken) == 5
    assert relay.connections == 1


def test_what_is_put_off_is_tried_later_and_what_is_refused_never(
    alice, relay, queue, send, states
):
    relay.answers = {
        "later@guests.test": ["450 4.2.0 greylisted"],
        "nobody@guests.test": ["550 5.1.1 <nobody@guests.test> unknown"],
    }
    relay.ends = {"full@guests.test": ["452 4.3.1 no room"], "spam@guests.test": ["554 5.7.1 no"]}
    for name in ("later", "nobody", "full", "spam", "fine"):
        queue(f"{name}@guests.test")
    send()
    assert states() == ["queued", "refused", "queued", "refused", "handed"]
    with as_(alice):
        waiting = Delivery.objects.filter(state=State.QUEUED)
        assert all(row.next_at > now() + timedelta(seconds=50) for row in waiting)
        assert Delivery.objects.get(
            state="refused", tries=1, pk__gt=waiting[0].pk, pk__lt=waiting[1].pk
        )
        waiting.update(next_at=now())
    send()
    assert states() == ["handed", "refused", "handed", "refused", "handed"]


def test_a_server_that_ends_without_an_answer_makes_unsure_and_stops(relay, queue, send, states):
    relay.silent = {f"guest{number}@guests.test" for number in range(5)}
    for number in range(5):
        queue(f"guest{number}@guests.test")
    send()
    assert states() == ["unsure", "unsure", "queued", "queued", "queued"]
    send()
    assert len(relay.taken) == 2


def test_a_server_that_is_not_there_is_noted_and_tried_again(
    alice, relay, queue, send, states, settings
):
    works = settings.CONFIG
    settings.CONFIG = replace(works, smtp_url="smtp://127.0.0.1:1")
    queue()
    send()
    with as_(alice):
        row = Sender.objects.get()
        assert "was not reached" in row.error
        assert Delivery.objects.get().tries == 0
        Sender.objects.update(next_at=now())
    settings.CONFIG = works
    send()
    assert states() == ["handed"]
    with as_(alice):
        assert Sender.objects.get().error == ""


@pytest.mark.parametrize("when", ["before", "during"])
def test_who_unsubscribed_gets_none(alice, dinner, relay, queue, send, states, monkeypatch, when):
    """Also where they did so after the message was taken from the queue."""
    row = queue()
    mailing = Delivery.Kind.MAILING

    def unsubscribe():
        with as_(alice):
            suppress(
                organization_id=alice.organization_id,
                address="ALMA@guests.test",
                reason=Suppression.Reason.UNSUBSCRIBED,
            )

    with as_(alice):
        Delivery.objects.filter(pk=row.pk).update(kind=mailing)
    if when == "before":
        unsubscribe()
    else:
        prepare = MailOffice.prepare

        def prepared(self, ids):
            found = prepare(self, ids)
            unsubscribe()
            return found

        monkeypatch.setattr(MailOffice, "prepare", prepared)
    send()
    assert states() == ["suppressed"]
    assert not relay.taken


def test_what_is_stopped_meanwhile_is_not_ended(alice, relay, queue, send, states, monkeypatch):
    queue()
    prepare = MailOffice.prepare

    def prepared(self, ids):
        found = prepare(self, ids)
        Delivery.objects.update(state=State.STOPPED)
        return found

    monkeypatch.setattr(MailOffice, "prepare", prepared)
    send()
    assert states() == ["stopped"]
    assert not relay.taken


def test_the_pace_holds_in_all_and_to_each_domain(alice, relay, queue, states):
    with as_(alice):
        Sender.objects.create(
            organization_id=alice.organization_id,
            sealed=SenderRecord(),
            per_minute=4,
            per_domain=2,
        )
    for number in range(3):
        queue(f"a{number}@one.test")
        queue(f"b{number}@two.test")
    queue("c@three.test")
    result = run(alice)
    assert result.end == End.PACED
    assert Counter(each.to.partition("@")[2] for each in relay.taken) == {
        "one.test": 2,
        "two.test": 2,
    }
    queue("urgent@one.test", urgent=True)
    run(alice)
    assert relay.taken[-1].to == "urgent@one.test"
    assert len(relay.taken) == 5
    with as_(alice):
        Delivery.objects.filter(state="handed").update(handed_at=now() - outbox.MINUTE)
    run(alice)
    assert states().count("queued") == 0


def test_one_process_at_a_time_sends(alice, relay, queue, send, states, postgres):
    queue()
    key = int.from_bytes(alice.organization_id.bytes[-8:], "big", signed=True)
    with psycopg.connect(postgres.url(roles.APP)) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [key])
        send()
        assert states() == ["queued"]
    send()
    assert states() == ["handed"]


def test_what_a_dead_process_left_is_decided(alice, relay, queue, send, states):
    for state in ("handing", "dotting"):
        queue(f"{state}@guests.test", state=state)
    send()
    assert states() == ["handed", "unsure"]
    assert [each.to for each in relay.taken] == ["handing@guests.test"]


def test_killed_at_any_point_nothing_is_sent_twice_and_nothing_is_lost(
    alice, dinner, queue, tmp_path, postgres
):
    """A real server, a real process, SIGKILL before, in the middle of and after each message."""
    box = relays.Relay(log=str(tmp_path / "log"))
    server = relays.start(box)
    for number in range(MESSAGES):
        queue(f"guest{number}@guests.test")
    environment = os.environ | {"DATABASE_URL": postgres.url(roles.APP)}
    arguments = [str(alice.organization_id), f"smtp://127.0.0.1:{server.port}", str(MESSAGES)]
    try:
        command = [sys.executable, "-c", SEND, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    kills, ended = map(int, done.stdout.split())
    assert (kills > 0, ended) == (True, 0)
    taken = Counter(each.envid for each in box.taken)
    assert all(count == 1 for count in taken.values())
    with as_(alice):
        rows = {row.pk.hex: row.state for row in Delivery.objects.all()}
    assert {state for pk, state in rows.items() if pk not in taken} <= {State.UNSURE}
    assert {state for pk, state in rows.items() if pk in taken} <= {State.HANDED, State.UNSURE}
