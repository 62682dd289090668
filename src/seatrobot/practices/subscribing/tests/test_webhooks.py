"""An organization's webhooks: signed, tried again, switched off, and seen by nobody else."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from seatrobot.conftest import as_
from seatrobot.grants import jobs as support
from seatrobot.grants.models import Category, GrantRecord, GrantText, StaffGrant
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal import signing
from seatrobot.practices.subscribing import jobs, webhooks
from seatrobot.practices.subscribing.models import Hook, Listener


@pytest.fixture
def hook(alice, receiver) -> Hook:
    with as_(alice):
        return webhooks.add_hook(actor=alice, url=receiver.url)


def notices(member) -> str:
    return f"/o/{member.organization_id}/practices/notices/"


def again(member, hook) -> Hook:
    with as_(member):
        return Hook.objects.get(pk=hook.pk)


def deliver(member, hook, delivery_id="a-test") -> None:
    work = Work("subscribing.deliver", member.organization_id, None)
    jobs.deliver(work, hook_id=str(hook.pk), delivery_id=delivery_id)


def test_each_change_is_posted_and_bears_our_signature(doors, hook, receiver, run_jobs):
    doors.look(open=3)
    run_jobs()
    [(path, headers, body)] = receiver.got
    assert path == "/hook?secret=s3cret"
    record = json.loads(body)
    assert record.keys() == {
        *("promise", "section", "sentence", "before", "state", "reason", "at", "link")
    }
    assert (record["promise"], record["before"], record["state"]) == (
        *("retention.open", "kept", "broken"),
    )
    stamp = headers[webhooks.TIMESTAMP]
    assert abs(int(stamp) - now().timestamp()) < 60
    note = base64.b64decode(headers[webhooks.SIGNATURE]).decode()
    key = signing.public_key()
    signing.verify_bytes(webhooks.signed(headers[webhooks.ID], stamp, body), note, key)
    with pytest.raises(signing.BadSignature):
        signing.verify_bytes(webhooks.signed(headers[webhooks.ID], "0", body), note, key)


def test_access_of_the_staff_is_told_and_signed_after_the_standard(alice, hook, receiver, run_jobs):
    """Verified with the key as the standard writes it, without code of ours."""
    with acting(Actor.system("tests"), alice.organization_id):
        row = StaffGrant.objects.create(
            organization_id=alice.organization_id,
            account_id=alice.account_id,
            category=Category.FAULT,
            minutes=60,
            asked_at=now(),
        )
        GrantText.objects.create(grant=row, sealed=GrantRecord("The plan is empty"))
    work = Work("grants.tell", None, None)
    support.tell(work, str(row.pk), str(alice.organization_id), "asked")
    run_jobs()
    [(_path, headers, body)] = receiver.got
    record = json.loads(body)
    assert record["type"] == "support-access.asked"
    assert record["data"]["reason"] == "The plan is empty"
    assert record["data"]["link"].endswith(f"/settings/support-access/{row.pk}/")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    version, _comma, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    raw = base64.b64decode(signing.webhook_key().removeprefix("whpk_"))
    key = Ed25519PublicKey.from_public_bytes(raw)
    key.verify(base64.b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + b" ")


def test_a_failure_is_noted_and_raises_so_that_the_queue_tries_again(alice, hook, receiver):
    receiver.status = 503
    for _again in range(2):
        with pytest.raises(webhooks.NotDelivered, match="503"):
            deliver(alice, hook)
    row = again(alice, hook)
    assert (row.last_outcome, row.disabled_at) == ("It answered 503.", None)
    assert row.failing_since
    receiver.status = 200
    deliver(alice, hook)
    row = again(alice, hook)
    assert (row.last_outcome, row.failing_since) == ("Delivered (200).", None)
    assert {headers[webhooks.ID] for _path, headers, _body in receiver.got} == {"a-test"}


def test_a_week_of_failures_switches_it_off_and_tells_the_administrators(
    alice, bob, hook, receiver, postbox, run_jobs, client_of
):
    receiver.status = 500
    with as_(alice):
        Hook.objects.update(failing_since=now() - timedelta(days=7, minutes=1))
    with pytest.raises(webhooks.NotDelivered):
        deliver(alice, hook)
    assert again(alice, hook).disabled_at
    run_jobs()
    [message] = postbox.messages
    assert (message["To"], message["Subject"]) == (
        *("alice@seatrobot.test", "A webhook is switched off"),
    )
    assert "It answered 500." in message.get_content()
    assert notices(alice) in message.get_content()
    receiver.got.clear()
    deliver(alice, hook)
    assert receiver.got == []
    assert "Switched off" in client_of(alice).get(notices(alice)).content.decode()


def test_a_test_is_sent_by_a_button_and_shows_what_came_of_it(
    alice, hook, receiver, run_jobs, client_of
):
    client = client_of(alice)
    page = client.get(notices(alice)).content.decode()
    assert "Nothing has been posted yet" in page
    client.post(f"{notices(alice)}webhooks/{hook.pk}/test/")
    run_jobs()
    [(_path, _headers, body)] = receiver.got
    assert json.loads(body)["promise"] == "test.test"
    assert "Delivered (200)." in client.get(notices(alice)).content.decode()


def test_a_test_switches_it_on_again(alice, hook, receiver, run_jobs, client_of):
    with as_(alice):
        Hook.objects.update(disabled_at=now(), failing_since=now())
    client_of(alice).post(f"{notices(alice)}webhooks/{hook.pk}/test/")
    run_jobs()
    assert len(receiver.got) == 1
    assert again(alice, hook).disabled_at is None


def test_its_address_is_sealed(alice, hook):
    with as_(alice), connection.cursor() as cursor:
        cursor.execute("SELECT h::text FROM subscribing_hook h")
        assert b"s3cret".hex() not in str(cursor.fetchall())


def test_charlie_sees_and_reaches_nothing_of_alices(alice, charlie, hook, receiver, client_of):
    with as_(charlie):
        assert webhooks.load_hooks(charlie) == []
        assert not webhooks.try_hook(actor=charlie, hook_id=hook.pk)
        webhooks.remove_hook(actor=charlie, hook_id=hook.pk)
    deliver(charlie, hook)
    assert receiver.got == []
    client = client_of(charlie)
    assert "s3cret" not in client.get(notices(charlie)).content.decode()
    client.post(f"{notices(charlie)}webhooks/{hook.pk}/remove/")
    assert client.get(notices(alice)).status_code == 404
    assert again(alice, hook)


def test_adding_and_removing_on_the_page(alice, receiver, client_of):
    client = client_of(alice)
    wrong = client.post(f"{notices(alice)}webhooks/add/", {"url": "ftp://example.org/"})
    assert wrong.status_code == 422
    assert "must begin with https://" in wrong.content.decode()
    client.post(f"{notices(alice)}webhooks/add/", {"url": receiver.url})
    with as_(alice):
        hook = Hook.objects.get()
    assert Listener.objects.get().pk == alice.organization_id
    client.post(f"{notices(alice)}webhooks/{hook.pk}/remove/")
    with as_(alice):
        assert not Hook.objects.exists()
    assert not Listener.objects.exists()


def test_there_may_be_five(alice, receiver):
    with as_(alice):
        for _number in range(webhooks.MOST_HOOKS):
            webhooks.add_hook(actor=alice, url=receiver.url)
        with pytest.raises(webhooks.HookRefused, match="may be 5 webhooks"):
            webhooks.add_hook(actor=alice, url=receiver.url)


def test_news_that_is_gone_is_not_posted(alice, hook, receiver):
    work = Work("subscribing.deliver", alice.organization_id, None)
    jobs.deliver(work, hook_id=str(hook.pk), delivery_id="x", change_id=str(new_id()))
    assert receiver.got == []


class TestMailMe:
    def switch(self, client, member, wanted):
        return client.post(f"{notices(member)}mail/", {"wanted": wanted}, follow=True)

    def test_an_administrator_hears_by_mail(self, alice, client_of, doors, postbox, run_jobs):
        client = client_of(alice)
        assert "You will get mail." in self.switch(client, alice, "yes").content.decode()
        doors.look(open=3)
        run_jobs()
        [message] = postbox.to("alice@seatrobot.test")
        assert message["Subject"] == "Broken: No door is open."
        assert notices(alice) in message.get_content()
        self.switch(client, alice, "no")
        assert not Listener.objects.exists()
        doors.look(open=0)
        run_jobs()
        assert len(postbox.to("alice@seatrobot.test")) == 1

    def test_whoever_is_no_administrator_any_more_hears_nothing(
        self, alice, bob, client_of, doors, postbox, run_jobs
    ):
        from seatrobot.organizations.models import Membership

        with as_(alice):
            Membership.objects.filter(account_id=bob.account_id).update(role="administrator")
        self.switch(client_of(bob), bob, "yes")
        with as_(alice):
            Membership.objects.filter(account_id=bob.account_id).update(role="team")
        doors.look(open=3)
        run_jobs()
        assert postbox.messages == []

    def test_another_organization_is_not_told(self, alice, charlie, client_of, doors, run_jobs):
        from seatrobot.organizations.models import SentMail

        self.switch(client_of(alice), alice, "yes")
        doors.look(open=3)
        run_jobs()
        with as_(charlie):
            assert not SentMail.objects.exists()
        with as_(alice):
            assert SentMail.objects.count() == 1
