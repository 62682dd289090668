"""An organization's own key in its own key service: a real OpenBao, and AWS KMS as moto plays it.

The walk is the same for both: connected, used, refused there, back again, other credentials.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
from django.urls import reverse
from procrastinate import JobContext
from procrastinate.jobs import Job

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.kernel import caches, jobs, outgoing
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.vault import configured, own, remote, resealing, rotating
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringDamaged, KeyringLocked, OwnKeyRefused
from seatrobot.kernel.vault.rootkey import RootKey, decode, encode
from seatrobot.runtime.faulting.processes import free_port

from .conftest import REGION

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Held:
    """A key in a service. refuse, allow: what its owner does there; refusal: what it then says."""

    address: str
    name: str
    secret: str
    refuse: Any
    allow: Any
    refusal: str


class Front(BaseHTTPRequestHandler):
    """Stands before moto, which encrypts with a disabled key too, and refuses that as AWS does."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        act = self.headers["X-Amz-Target"].partition(".")[2]
        key = json.loads(body).get("KeyId")
        is_use = act in {"Encrypt", "Decrypt"}
        if is_use and self.server.client.describe_key(KeyId=key)["KeyMetadata"]["Enabled"] is False:
            return self.answer(400, b'{"__type": "DisabledException", "message": "disabled"}')
        request = urllib.request.Request(
            self.server.moto, body, {**self.headers, "Accept-Encoding": "identity"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return self.answer(answer.status, answer.read())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def of_aws(kms_client, aws, monkeypatch):
    front = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    front.client, front.moto = kms_client, aws
    threading.Thread(target=front.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{front.server_port}")
    yield aws_key(kms_client)
    front.shutdown()
    front.server_close()


def aws_key(kms_client):
    made = kms_client.create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    return Held(
        made["Arn"],
        "AKIATHEIRS",
        "their secret",
        lambda: kms_client.disable_key(KeyId=made["KeyId"]),
        lambda: kms_client.enable_key(KeyId=made["KeyId"]),
        "DisabledException",
    )


@pytest.fixture
def of_bao(bao):
    label = f"own-{uuid.uuid4()}"
    bao.ask("POST", f"transit/keys/{label}", {"type": "aes256-gcm96"})
    token = bao.limited_token(label)
    return Held(
        f"http://{bao.place}/v1/transit/keys/{label}",
        "",
        token,
        lambda: bao.ask("PUT", f"sys/policies/acl/{label}", {"policy": 'path "x" {}'}),
        lambda: bao.limited_token(label),
        "permission denied",
    )


@pytest.fixture(params=["aws", "bao"])
def held(request, settings):
    settings.OWN_KEY_PORTS = (443, *range(1024, 65536))
    settings.WEBHOOK_PRIVATE = True
    return request.getfixturevalue(f"of_{request.param}")


@pytest.fixture
def soon(monkeypatch):
    """Let what is said by a key service count for a blink, so that nobody waits a minute here."""
    monkeypatch.setattr(vault, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(vault, "LONGEST_UNASKED", 0.5)
    monkeypatch.setattr(vault, "REFUSED_SECONDS", 0.0)


def address(name, member):
    return reverse(f"organizations:{name}", args=[member.organization_id])


def connected(client, alice, held, **changes):
    form = {
        "address": held.address,
        "name": held.name,
        "secret": held.secret,
        "understood": "on",
        **changes,
    }
    return client.post(address("own-key-hold", alice), form)


def title(member):
    with as_(member):
        return Event.objects.get().title


def acts(member):
    with as_(member):
        return [
            (each.action, each.sealed.facts)
            for each in Entry.objects.order_by("id")
            if "own" in each.action
        ]


def test_it_is_needed_refused_and_needed_again(client_of, alice, bob, dinner, held, soon):
    client = client_of(alice)
    guests = reverse("guests:list", args=[alice.organization_id, dinner.pk])
    before = vault.key_store().get(alice.organization_id)
    answer = connected(client, alice, held)
    assert answer.status_code == 302, answer.content.decode()
    assert held.secret.encode() not in vault.key_store().get(alice.organization_id)
    page = client.get(address("own-key", alice)).content.decode()
    assert "In your key service" in page
    assert "Lock everything…" not in page
    assert client.get(guests).status_code == 200
    assert client.post(address("own-key-lock", alice), {"understood": "on"}).status_code == 422

    held.refuse()
    for member in (alice, bob):
        browser = client_of(member)
        answer = browser.get(guests)
        assert (answer.status_code, answer.url) == (302, address("locked", alice))
        script = browser.get(guests, headers={"Accept": "application/json"})
        assert script.status_code == 423
        page = browser.get(address("locked", alice)).content.decode()
        assert "Congress Dinner" not in page
        assert (held.refusal in page) is (member is alice)
    assert not vault.has_keyring(alice.organization_id)
    wrong = client.post(address("locked", alice), {"name": held.name, "secret": "wrong"})
    assert wrong.status_code == 422
    held.allow()
    assert client.get(address("locked", alice)).url == address("enter", alice)
    assert client.get(guests).status_code == 200

    told = [(action, facts) for action, facts in acts(alice) if "view" not in action]
    assert [each[0] for each in told][:1] == ["organization:own-key:hold"]
    uses = [facts for action, facts in told if action == "vault:own:use"]
    assert uses[0]["asked"] >= 2
    resealing.reseal(alice.actor, alice.organization_id)
    assert before != vault.key_store().get(alice.organization_id)
    assert title(alice) == "Congress Dinner"


def test_the_root_key_alone_opens_nothing(alice, dinner, held):
    hold(alice, held)
    content, name = vault.key_store().get(alice.organization_id), alice.organization_id.bytes
    alone = RootKey(*vault.root_key().holders)
    with pytest.raises(OwnKeyRefused):
        alone.unwrap(content, name)
    alone.check(content, name)
    with pytest.raises(KeyringDamaged):  # the credentials go to no other address
        vault.root_key().unwrap(moved(content, address=held.address + "x"), name)
    pretended = moved(content, address="")
    assert b"primaryKeyId" not in alone.unwrap(pretended, name)


def moved(content, **changes):
    wrapped = decode(content)
    changed = msgspec.structs.replace(wrapped.own, **changes)
    return encode(msgspec.structs.replace(wrapped, own=changed))


def hold(member, held):
    return own.hold(
        member.organization_id, held.address, remote.Credentials(held.name, held.secret)
    )


def test_keys_are_rotated_and_the_root_key_too_while_it_is_held(alice, dinner, held):
    hold(alice, held)
    resealing.rotate(alice.actor, alice.organization_id)
    assert title(alice) == "Congress Dinner"
    held.refuse()
    rotating.rotate()  # asks nobody but the root key
    held.allow()
    vault.forget(alice.organization_id)
    assert title(alice) == "Congress Dinner"


def test_a_sheet_takes_its_place_and_it_that_of_a_sheet(alice, dinner, held):
    sheet = own.adopt(alice.organization_id)
    own.prove(alice.organization_id, sheet.words)
    hold(alice, held)
    with pytest.raises(own.NoOwnKey):
        own.prove(alice.organization_id, sheet.words)
    with pytest.raises(own.NoOwnKey):
        own.lock(alice.organization_id)
    other = own.adopt(alice.organization_id)
    held.refuse()
    vault.forget(alice.organization_id)
    assert title(alice) == "Congress Dinner"
    own.prove(alice.organization_id, other.words)
    held.allow()
    hold(alice, held)
    own.give_up(alice.organization_id)
    assert own.state(alice.organization_id) is None
    held.refuse()
    vault.forget(alice.organization_id)
    assert title(alice) == "Congress Dinner"


def test_a_key_that_refuses_is_not_put_in_force(client_of, alice, dinner, held):
    held.refuse()
    before = vault.key_store().get(alice.organization_id)
    answer = connected(client_of(alice), alice, held)
    assert answer.status_code == 422
    assert held.refusal in answer.content.decode()
    assert held.secret not in answer.content.decode()
    assert vault.key_store().get(alice.organization_id) == before


def test_lists_in_memory_go_with_it(client_of, alice, dinner, held, soon):
    client = client_of(alice)
    hold(alice, held)
    assert (
        client.get(reverse("guests:list", args=[alice.organization_id, dinner.pk])).status_code
        == 200
    )
    assert "keyrings" in caches.held(alice.organization_id)
    time.sleep(0.6)  # what LONGEST_UNASKED is here
    caches.drop_deleted()
    assert caches.held(alice.organization_id) == []


def test_other_credentials_bring_it_back(client_of, alice, bob, dinner, bao, settings, of_bao):
    settings.OWN_KEY_PORTS, settings.WEBHOOK_PRIVATE = (int(bao.place.partition(":")[2]),), True
    client = client_of(alice)
    assert connected(client, alice, of_bao).status_code == 302
    bao.ask("POST", "auth/token/revoke", {"token": of_bao.secret})
    vault.forget(alice.organization_id)
    assert client.get(address("locked", alice)).status_code == 200
    given = {"secret": bao.limited_token(of_bao.address.rpartition("/")[2])}
    assert client_of(bob).post(address("locked", alice), given).status_code == 403
    page = client.post(address("locked", alice), {"secret": bao.limited_token("another")})
    assert page.status_code == 422
    assert "permission denied" in page.content.decode()
    assert client.post(address("locked", alice), given).url == address("enter", alice)
    assert title(alice) == "Congress Dinner"
    assert acts(alice)[-1][0] == "organization:own-key:renew"


@pytest.fixture
def connected_bao(settings, of_bao, alice, dinner):
    settings.OWN_KEY_PORTS = tuple(range(1024, 65536))
    settings.WEBHOOK_PRIVATE = True
    hold(alice, of_bao)
    return of_bao


def test_a_service_that_is_silent_is_given_some_seconds(alice, connected_bao, monkeypatch):
    assert title(alice) == "Congress Dinner"
    gone = f"http://127.0.0.1:{free_port()}/v1/transit/keys/x"
    monkeypatch.setattr(remote.HeldOpenBao, "_send", unreachable(gone))
    monkeypatch.setattr(vault, "FRESH_SECONDS", 0.0)
    assert title(alice) == "Congress Dinner"
    monkeypatch.setattr(vault, "LONGEST_UNASKED", 0.0)
    with pytest.raises(KeyringLocked, match="locked"):
        title(alice)
    monkeypatch.undo()
    vault.forget(alice.organization_id)
    assert title(alice) == "Congress Dinner"


def unreachable(url):
    def send(_self, _url, headers, body):
        return outgoing.send(url, headers, body, outgoing.Limits(1, 1, 1))

    return send


def test_a_job_waits_and_says_what_the_service_said(alice, dinner, held, soon, caplog):
    hold(alice, held)
    held.refuse()

    name = f"tests.waits-for-{held.name or 'bao'}"

    @jobs.job(name)
    def waits(work):
        with work.acting():
            done.append(Event.objects.get().title)

    done = []
    task = jobs.app.tasks[name]
    context = _context(task, alice)
    task.func(context, **context.job.task_kwargs)
    assert done == []
    assert held.refusal in caplog.text
    held.allow()
    task.func(context, **context.job.task_kwargs)
    assert done == ["Congress Dinner"]


def _context(task, member):
    arguments = {"organization": str(member.organization_id), "account": str(member.account_id)}
    job = Job(
        id=1,
        queue="default",
        lock=None,
        queueing_lock=None,
        task_name=task.name,
        task_kwargs=arguments,
    )
    return JobContext(app=jobs.app, job=job, start_timestamp=0, abort_reason=lambda: None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("arn:aws:kms:evil.example/x:123456789012:key/1234abcd", "not the ARN"),
        (f"arn:aws:s3:{REGION}:123456789012:key/1234abcd", "not the ARN"),
        ("https://vault.example:8200/v1/transit/keys/a?x=1", "must end in"),
        ("https://vault.example:8200/v1/sys/seal", "must end in"),
        ("https://vault.example:22/v1/transit/keys/a", "port 22"),
        ("http://vault.example:8200/v1/transit/keys/a", "must begin with https"),
        ("https://user:x@vault.example:8200/v1/transit/keys/a", "no user"),
        ("https://127.0.0.1:8200/v1/transit/keys/a", "not public"),
        ("https://169.254.169.254/v1/transit/keys/a", "not public"),
    ],
)
def test_where_requests_may_not_go(client_of, alice, dinner, settings, typed, said):
    settings.OWN_KEY_PORTS = (443, 8200)
    page = client_of(alice).post(
        address("own-key-hold", alice),
        {"address": typed, "name": "a", "secret": "b", "understood": "on"},
    )
    assert page.status_code == 422
    assert said in page.content.decode()
    assert own.state(alice.organization_id) is None


def test_the_operator_has_to_allow_it(client_of, alice, dinner):
    client = client_of(alice)
    assert "has not allowed" in client.get(address("own-key", alice)).content.decode()
    form = {
        "address": "https://vault.example/v1/transit/keys/a",
        "name": "",
        "secret": "b",
        "understood": "on",
    }
    page = client.post(address("own-key-hold", alice), form)
    assert page.status_code == 422
    with pytest.raises(configured.Misconfigured, match="443"):
        configured.own_address(form["address"])
