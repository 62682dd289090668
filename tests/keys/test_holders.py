"""Root keys that are not files: the same interface, and a sentence for each way it can fail."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault import configured, remote
from seatrobot.kernel.vault.errors import (
    KeyringDamaged,
    RootKeyMissing,
    RootKeyUnreachable,
    RootKeyWrong,
)
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.rootkey import FileRootKey, RootKey, decode

from .conftest import PIN

NAME = new_id()
KINDS = ["aws-kms", "openbao", "pkcs11"]


def token_file(tmp_path, token):
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    return file


def new_key(kind, request, tmp_path):
    """Make a key in one of the servers; return its address."""
    label = f"root-{uuid.uuid4()}"
    if kind == "aws-kms":
        made = request.getfixturevalue("kms_client").create_key(KeyUsage="ENCRYPT_DECRYPT")
        return f"aws-kms://{made['KeyMetadata']['Arn']}"
    if kind == "openbao":
        bao = request.getfixturevalue("bao")
        bao.ask("POST", f"transit/keys/{label}", {"type": "aes256-gcm96"})
        file = token_file(tmp_path, bao.limited_token(label))
        return f"openbao+http://{bao.place}/transit/keys/{label}?token-file={file}"
    address = request.getfixturevalue("hsm") % label
    make_key(address)
    return address


def make_key(address):
    """Make an AES key in the token, which nobody can take out of it."""
    import pkcs11
    from pkcs11 import Attribute, KeyType

    holder = remote.Pkcs11(address)
    library = pkcs11.lib(holder.module)
    library.reinitialize()
    with library.get_token(token_label=holder.token).open(user_pin=PIN, rw=True) as session:
        key = session.generate_key(
            KeyType.AES,
            256,
            label=holder.object,
            store=True,
            template={
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
                Attribute.ENCRYPT: True,
                Attribute.DECRYPT: True,
            },
        )
        assert key[Attribute.NEVER_EXTRACTABLE]


@pytest.fixture(params=KINDS)
def address(request, tmp_path):
    return new_key(request.param, request, tmp_path)


def test_it_wraps_a_keyring_and_opens_it(address):
    configured.check_root(address)
    root = RootKey(configured.holder_of(address))
    keyring = Keyring.new()
    wrapped = keyring.wrap(root, NAME.bytes)
    sealed = keyring.seal(b"secret", b"here")
    again = RootKey(configured.holder_of(address))
    assert Keyring.unwrap(wrapped, again, NAME.bytes).open(sealed, b"here") == b"secret"
    assert decode(wrapped).root == root.reference == again.reference


def test_a_keyring_of_another_name_or_changed_bytes_do_not_open(address):
    root = RootKey(configured.holder_of(address))
    wrapped = root.wrap(b"a keyring", NAME.bytes)
    with pytest.raises((RootKeyWrong, KeyringDamaged)):
        root.unwrap(wrapped, new_id().bytes)
    key = decode(wrapped).key
    changed = key[:-6] + bytes([key[-6] ^ 1]) + key[-5:]
    with pytest.raises((RootKeyWrong, KeyringDamaged, RootKeyUnreachable)):
        root.unwrap(wrapped.replace(key, changed), NAME.bytes)


def test_what_another_key_has_wrapped_is_named(address, tmp_path):
    other = FileRootKey(tmp_path / "root.key")
    wrapped = other.wrap(b"a keyring", NAME.bytes)
    root = RootKey(configured.holder_of(address))
    with pytest.raises(RootKeyWrong) as refused:
        root.unwrap(wrapped, NAME.bytes)
    assert other.reference in refused.value.cause
    assert root.reference in refused.value.cause
    both = RootKey(configured.holder_of(address), other.holder)
    assert both.unwrap(wrapped, NAME.bytes) == b"a keyring"
    moved = both.rewrap(wrapped, NAME.bytes)
    assert root.unwrap(moved, NAME.bytes) == b"a keyring"


def test_a_key_that_is_not_there_is_named(address):
    gone = {
        "aws-kms": lambda: address[:-36] + str(uuid.uuid4()),
        "openbao": lambda: address.replace("/keys/", "/keys/no-"),
        "openbao+http": lambda: address.replace("/keys/", "/keys/no-"),
        "pkcs11": lambda: address.replace("object=", "object=no-"),
    }[address.partition(":")[0]]()
    with pytest.raises((RootKeyMissing, RootKeyUnreachable)) as refused:
        RootKey(configured.holder_of(gone)).wrap(b"x", NAME.bytes)
    assert refused.value.cause
    assert "Traceback" not in refused.value.cause


def test_aws_that_does_not_answer_is_named(aws, monkeypatch, kms_client):
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    holder = configured.holder_of(f"aws-kms://arn:aws:kms:eu-central-1:1:key/{uuid.uuid4()}")
    with pytest.raises(RootKeyUnreachable, match="keys of this service") as refused:
        holder.encrypt(b"x", NAME.bytes)
    assert "does not answer" in refused.value.cause


def test_openbao_refuses_a_foreign_token_and_says_so(bao, request, tmp_path):
    address = new_key("openbao", request, tmp_path)
    holder = configured.holder_of(address)
    sealed = holder.encrypt(b"x", NAME.bytes)
    (tmp_path / "token").write_text("another")
    with pytest.raises(RootKeyUnreachable) as refused:
        holder.decrypt(sealed, NAME.bytes, holder.reference)
    assert "403" in refused.value.cause
    (tmp_path / "token").unlink()
    with pytest.raises(RootKeyUnreachable) as refused:
        holder.decrypt(sealed, NAME.bytes, holder.reference)
    assert "cannot be read" in refused.value.cause


def test_openbao_encrypts_with_its_newest_version_after_a_rotation(bao, request, tmp_path):
    address = new_key("openbao", request, tmp_path)
    key = address.partition("?")[0].rpartition("/")[2]
    root = RootKey(configured.holder_of(address))
    wrapped = root.wrap(b"a keyring", NAME.bytes)
    bao.ask("POST", f"transit/keys/{key}/rotate", {})
    again = root.rewrap(wrapped, NAME.bytes)
    assert decode(wrapped).key.startswith(b"vault:v1:")
    assert decode(again).key.startswith(b"vault:v2:")
    bao.ask("POST", f"transit/keys/{key}/config", {"min_decryption_version": 2})
    assert root.unwrap(again, NAME.bytes) == b"a keyring"
    with pytest.raises(RootKeyWrong):
        root.unwrap(wrapped, NAME.bytes)


def test_a_token_refuses_a_wrong_pin(hsm, request, tmp_path):
    address = hsm % "root"
    make_key(address)
    (tmp_path / "pin").write_text("0000000")
    with pytest.raises(RootKeyUnreachable) as refused:
        configured.holder_of(address).encrypt(b"x", NAME.bytes)
    assert "PinIncorrect" in refused.value.cause


def test_a_token_works_after_a_fork(hsm):
    address = hsm % "root"
    make_key(address)
    holder = configured.holder_of(address)
    sealed = holder.encrypt(b"x", NAME.bytes)
    reading, writing = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(writing, holder.decrypt(sealed, NAME.bytes, holder.reference))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        assert answer.read() == b"x"


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("aws-kms://arn:aws:kms:eu-central-1:1:key/1", "botocore"),
        ("pkcs11:token=a;object=b?module-path=/x.so&pin-source=/pin", "python-pkcs11"),
    ],
)
def test_a_client_that_is_not_installed_is_named(url, package, monkeypatch):
    for name in [each for each in sys.modules if each.startswith(("botocore", "pkcs11"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("botocore", "pkcs11"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(remote.NotInstalled, match=f"{package} is not installed"):
        configured.holder_of(url)


def test_the_tests_have_what_requirements_name():
    root = Path(__file__).parents[2]
    named = {
        line.split(" ")[0]
        for line in (root / "requirements-keys.in").read_text().splitlines()
        if line and not line.startswith(("#", "-"))
    }
    found = subprocess.run(
        [sys.executable, "-c", "import botocore, pkcs11; print('both')"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert named == {"botocore", "python-pkcs11"}
    assert found.stdout == "both\n"
