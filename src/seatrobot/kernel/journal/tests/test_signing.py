"""What the journal's key signs can be verified by anybody with the public half."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.checkpoints import Claim, claim_of
from seatrobot.kernel.journal.signing import BadSignature

TEXT = "localhost/journal/x\n3\nAAAA\n"


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.JOURNAL_KEY = tmp_path / "journal.key"
    settings.BASE_URL = "https://guests.example"
    return settings.JOURNAL_KEY


def test_the_key_is_made_once_and_only_for_its_owner(key):
    first = signing.verifier_key()
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    signing.private_key.cache_clear()
    assert signing.verifier_key() == first
    assert [path.name for path in key.parent.iterdir()] == ["journal.key"]


def test_a_note_is_as_c2sp_writes_it():
    """Read by the words of c2sp.org/signed-note, not by our own code."""
    body, _, signature = signing.sign_note(TEXT).partition("\n\n")
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (f"{body}\n", dash, name) == (TEXT, "—", "guests.example")
    vkey_name, digest, vkey = signing.verifier_key().split("+", 2)
    public = base64.b64decode(vkey)
    assert public[0] == 1
    assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() == digest
    raw = base64.b64decode(encoded)
    assert (vkey_name, raw[:4].hex()) == (name, digest)
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], TEXT.encode())


def test_a_note_gives_its_text_back_also_under_a_former_address(settings):
    note = signing.sign_note(TEXT)
    settings.BASE_URL = "https://another.example"
    assert signing.verify_note(note, signing.public_key()) == TEXT


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n3\n", "\n4\n"),
        lambda note: note.replace("— guests.example", "— other.example"),
        lambda note: note[:-8] + "AAAAAA=\n",
        lambda note: note.partition("\n\n")[0] + "\n",
        lambda note: note.replace("— ", "- "),
        lambda note: note + "more\n\n",
        lambda note: "",
        lambda note: "\n\n— guests.example ###\n",
    ],
)
def test_a_note_that_was_changed_is_refused(spoil):
    with pytest.raises(BadSignature):
        signing.verify_note(spoil(signing.sign_note(TEXT)), signing.public_key())


def test_a_note_by_another_key_is_refused():
    other = Ed25519PrivateKey.generate().public_key()
    with pytest.raises(BadSignature):
        signing.verify_note(signing.sign_note(TEXT), other)


@pytest.mark.parametrize("text", ["", "no end", "a\tb\n", "nul\0\n"])
def test_what_is_no_text_is_not_signed(text):
    with pytest.raises(ValueError, match="lines of text"):
        signing.sign_note(text)


def test_a_document_is_signed_beside_it():
    signature = signing.sign_bytes(b'{"state": "kept"}')
    signing.verify_bytes(b'{"state": "kept"}', signature, signing.public_key())
    with pytest.raises(BadSignature):
        signing.verify_bytes(b'{"state": "broken"}', signature, signing.public_key())


def test_a_checkpoint_is_no_signature_of_a_document():
    note = Claim(PLATFORM, 1, bytes(32)).sign()
    with pytest.raises(BadSignature):
        signing.verify_bytes(b"", note, signing.public_key())


def test_a_checkpoint_says_whose_tree_how_large_and_its_root():
    claim = Claim(new_id(), 7, hashlib.sha256(b"root").digest())
    text = signing.verify_note(claim.sign(), signing.public_key())
    assert text.splitlines()[0] == f"guests.example/journal/{claim.stream}"
    assert claim_of(text) == claim


@pytest.mark.parametrize(
    "text", ["a\n", "h/journal/x\n1\nAAAA\n", f"h/journal/{PLATFORM}\n-1\nAAAA\n", "h\n1\nAAAA\n"]
)
def test_another_text_is_no_checkpoint(text):
    with pytest.raises(ValueError, match=r"checkpoint|UUID|hexadecimal"):
        claim_of(text)
