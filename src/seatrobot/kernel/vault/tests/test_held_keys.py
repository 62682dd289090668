"""A key service of an organization that answers wrongly, or does not answer, harms nobody else."""

from __future__ import annotations

import base64
import json
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tink
from botocore.stub import Stubber
from django.urls import reverse
from tink import aead, secret_key_access

from seatrobot.conftest import as_
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault import configured, jobs, own, remote, resealing
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    OwnKeyRefused,
    RootKeyRefused,
    SealBroken,
    StoreUnreachable,
)
from seatrobot.kernel.vault.keyring import KeyClass, Keyring
from seatrobot.organizations.services import own_key


class Transit(BaseHTTPRequestHandler):
    """A transit engine that encrypts nothing, and answers `server.answer` where there is one."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        content = server.answer or self.proper(asked)
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def proper(self, asked):
        if "encrypt" in self.path:
            found = {"ciphertext": f"vault:v1:{asked['plaintext']}"}
        else:
            found = {"plaintext": asked["ciphertext"].removeprefix("vault:v1:")}
        return json.dumps({"data": found}).encode()

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def transit(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Transit)
    server.answer, server.status = b"", 200
    settings.OWN_KEY_PORTS = (server.server_port,)
    settings.WEBHOOK_PRIVATE = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def held(transit, monkeypatch):
    """An organization whose key is in that service."""
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    name = new_id()
    vault.create_keyring(name)
    url = f"http://127.0.0.1:{transit.server_port}/v1/transit/keys/ours"
    own.hold(name, url, remote.Credentials("", "a token"))
    yield name
    vault.destroy_keyring(name)


def plaintext(content):
    return json.dumps({"data": {"plaintext": base64.b64encode(content).decode()}}).encode()


def another_key():
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN).encode()


MALFORMED = {
    "no plaintext": b'{"data": {}}',
    "a list": b'{"data": []}',
    "a list of all": b"[]",
    "null": b"null",
    "a number": b'{"data": {"plaintext": 7}}',
    "no base64": b'{"data": {"plaintext": "\xc3\xa4"}}',
    "half a surrogate": b'{"data": {"plaintext": "\\ud800"}}',
    "no JSON": b"<html>",
    "no text": b"\xff\xfe",
    "deep": b"[" * 60000,
    "nothing": plaintext(b""),
    "no keyset": plaintext(b"hello"),
    "no text in it": plaintext(b"\xff\xfe"),
    "deep in it": plaintext(b"[" * 40000),
    "another key": plaintext(another_key()),
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_none_is_a_refusal(transit, held, answer):
    transit.answer = answer
    with pytest.raises(OwnKeyRefused) as refused:
        vault.root_key().unwrap(vault.key_store().get(held), held.bytes)
    assert refused.value.is_final
    assert not vault.has_keyring(held)
    vault.forget(held)
    transit.answer = b""
    assert vault.has_keyring(held)


@pytest.mark.parametrize("answer", [b'{"data": {}}', b'{"data": {"ciphertext": "\\ud800"}}', b"[]"])
def test_a_key_service_that_encrypts_wrongly_holds_no_key(transit, answer):
    name = new_id()
    vault.create_keyring(name)
    transit.answer = answer
    url = f"http://127.0.0.1:{transit.server_port}/v1/transit/keys/ours"
    with pytest.raises(OwnKeyRefused):
        own.hold(name, url, remote.Credentials("", "a token"))
    transit.answer = b""
    assert vault.has_keyring(name)
    vault.destroy_keyring(name)


@pytest.mark.parametrize("answer", [b'{"errors": 7}', b"[" * 60000, b'{"errors": ["\\ud800"]}'])
def test_a_refusal_is_told_whatever_comes_with_it(transit, held, answer):
    transit.answer, transit.status = answer, 403
    with pytest.raises(OwnKeyRefused, match="locked") as refused:
        vault.root_key().unwrap(vault.key_store().get(held), held.bytes)
    assert refused.value.why.encode()


@pytest.mark.django_db(transaction=True)
def test_what_a_copy_of_before_still_does_is_as_the_page_says(transit, alice, dinner, client_of):
    """New keys seal everything but records of logs; those and the blind indexes keep theirs."""
    place = alice.organization_id
    before = Keyring.unwrap(vault.key_store().get(place), vault.root_key(), place.bytes)
    logged = before.seal(b"x", b"here", KeyClass.LOG)
    url = f"http://127.0.0.1:{transit.server_port}/v1/transit/keys/ours"
    with as_(alice):
        own_key.hold(actor=alice, address=url, name="", secret="a token")
    after = Keyring.unwrap(vault.key_store().get(place), vault.root_key(), place.bytes)
    assert after.open(logged, b"here", KeyClass.LOG) == b"x"
    assert after.blind_index("guest@example.org") == before.blind_index("guest@example.org")
    with pytest.raises(SealBroken):
        before.open(after.seal(b"x", b"here"), b"here")
    page = client_of(alice).get(reverse("organizations:own-key", args=[place])).content.decode()
    assert "except records of logs from before" in page
    assert "test against a copy of the database" in page


def test_nobody_waits_for_long_while_another_asks_a_silent_service(held, monkeypatch):
    monkeypatch.setattr(vault, "ASKING_SECONDS", 0.05, raising=False)
    monkeypatch.setattr(vault, "FRESH_SECONDS", 0.0)
    assert vault.has_keyring(held)
    with ThreadPoolExecutor(1) as others:
        with vault._asking[held]:
            assert others.submit(vault.has_keyring, held).result(10)  # it was opened just before
            monkeypatch.setattr(vault, "LONGEST_UNASKED", 0.0)
            with pytest.raises(OwnKeyRefused) as refused:
                others.submit(vault.require_open, held).result(10)
        assert not refused.value.is_final
        assert others.submit(vault.has_keyring, held).result(10)


def test_keys_are_renewed_of_those_after_one_whose_service_answers_wrongly(
    transit, held, monkeypatch
):
    last = new_id()
    monkeypatch.setattr(resealing, "everybody", lambda: [held, last])
    looked = []
    real = vault.keys

    def keys(organization_id):
        looked.append(organization_id)
        return real(organization_id)

    monkeypatch.setattr(vault, "keys", keys)
    vault.create_keyring(last)
    transit.answer = b'{"data": {}}'
    vault.forget(held)
    jobs.renew(jobs.Work("keys.renew", None, None))
    assert last in looked
    vault.destroy_keyring(last)


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"<html>", b'{"Plaintext": 7}', b"[" * 60000])
def test_an_answer_that_is_not_of_aws_is_a_refusal(transit, monkeypatch, answer):
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{transit.server_port}")
    transit.answer = answer
    arn = "arn:aws:kms:eu-central-1:123456789012:key/0123456789"
    holder = remote.AwsKms(f"aws-kms://{arn}", remote.Credentials("AKIATHEIRS", "their secret"))
    with pytest.raises(RootKeyRefused):
        holder.decrypt(b"sealed", new_id().bytes, holder.reference)
    with pytest.raises(RootKeyRefused):
        holder.encrypt(b"plain", new_id().bytes)


@pytest.mark.parametrize(
    ("code", "is_fit"),
    [
        ("ObjectLockConfigurationNotFoundError", True),
        ("NotImplemented", True),
        ("AccessDenied", False),
        ("InternalError", False),
    ],
)
def test_a_bucket_that_does_not_say_whether_it_locks_is_refused(
    tmp_path, monkeypatch, code, is_fit
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "only-for-tests")
    store = configured.store_of(["s3://keys?region=eu-central-1"], tmp_path)
    with Stubber(store._client) as stubbed:
        stubbed.add_response("head_bucket", {})
        stubbed.add_client_error("get_object_lock_configuration", code)
        with nullcontext() if is_fit else pytest.raises(StoreUnreachable):
            store.prepare()


def test_a_damaged_keyring_is_none_that_opens():
    name = new_id()
    vault.create_keyring(name)
    vault.key_store()._path(name).write_bytes(b"SRK1 half")
    assert not vault.has_keyring(name)
    vault.destroy_keyring(name)
