"""Signatures that ssh-keygen makes, and what is none of the key, the purpose and the message."""

from __future__ import annotations

import base64
import subprocess

import pytest

from seatrobot.devices import signatures

MESSAGE = b'{"at":1}'
NAMESPACE = "laptop@seatrobot"


def keygen(*arguments: str, given: bytes = b"") -> bytes:
    command = ["ssh-keygen", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout


def make(place, kind: str = "ed25519"):
    keygen("-q", "-t", kind, "-N", "", "-C", "somebody", "-f", str(place))
    return place, place.with_suffix(".pub").read_text()


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return make(tmp_path_factory.mktemp("keys") / "own")


@pytest.fixture(scope="module")
def signature(key) -> str:
    return sign(key[0])


def sign(place, *more: str, namespace: str = NAMESPACE) -> str:
    arguments = ("-Y", "sign", "-f", str(place), "-n", namespace, *more)
    return keygen(*arguments, given=MESSAGE).decode()


@pytest.mark.parametrize("algorithm", ["sha512", "sha256"])
def test_a_signature_of_ssh_keygen_verifies(algorithm, key):
    place, line = key
    text = sign(place, "-O", f"hashalg={algorithm}")
    signatures.verify(MESSAGE, text, key=line, namespace=NAMESPACE)


def test_the_fingerprint_is_that_of_ssh_keygen(key):
    place, line = key
    assert signatures.fingerprint(line) == keygen("-lf", f"{place}.pub").decode().split()[1]


def refused(signature: str, key: str, message: bytes = MESSAGE, purpose: str = NAMESPACE) -> str:
    with pytest.raises(signatures.BadSignature) as error:
        signatures.verify(message, signature, key=key, namespace=purpose)
    return str(error.value)


def test_another_message_purpose_or_key(key, signature, tmp_path):
    _place, line = key
    assert refused(signature, line, b'{"at":2}') == "the message was changed"
    assert refused(signature, line, purpose="server@seatrobot") == "signed for another purpose"
    assert refused(signature, line, purpose="") == "signed for another purpose"
    _other, other = make(tmp_path / "other")
    assert refused(signature, other) == "signed by another key"


def test_a_namespace_that_was_exchanged_in_the_signature(key):
    """The namespace is part of what is signed."""
    place, line = key
    raw = decoded(sign(place, namespace="server@seatrobot"))
    exchanged = raw.replace(b"server@seatrobot", NAMESPACE.encode())
    assert refused(armoured(exchanged), line) == "the message was changed"


def decoded(text: str) -> bytes:
    return base64.b64decode("".join(text.split("-----")[2].split()))


def armoured(raw: bytes) -> str:
    body = base64.b64encode(raw).decode()
    return f"{signatures.BEGIN}\n{body}\n{signatures.END}\n"


def test_every_cut_and_every_flipped_byte_is_refused(key, signature):
    _place, line = key
    raw = decoded(signature)
    signatures.verify(MESSAGE, armoured(raw), key=line, namespace=NAMESPACE)
    for place in range(len(raw)):
        refused(armoured(raw[:place]), line)
        refused(armoured(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]), line)
    refused(armoured(raw + b"\0"), line)


@pytest.mark.parametrize("text", ["", "x", signatures.BEGIN + signatures.END, "-" * 9000])
def test_what_is_no_signature(text, key):
    refused(text, key[1])


def test_keys_of_other_kinds(tmp_path):
    _place, line = make(tmp_path / "ecdsa", "ecdsa")
    for text in (line, "", "ssh-ed25519", "ssh-ed25519 x", "ssh-ed25519 " + line.split()[1]):
        with pytest.raises(signatures.BadKey):
            signatures.blob_of(text)
