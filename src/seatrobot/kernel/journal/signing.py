"""The journal's key (Ed25519) and what it signs: checkpoints and any other document.

A signature is a C2SP signed note: text, an empty line, and `— NAME BASE64`, where the base64 holds
four bytes that name the key and the signature of the text. NAME is the host people reach. The
key is a PEM file of mode 0600, made on first use; who knows its public half verifies offline.

A detached signature of a document (`sign_bytes`) is a note whose text is two lines:

    HOST/document
    SHA-256 of the document in hexadecimal
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from seatrobot.kernel import keyfiles

ED25519 = b"\x01"
NAME_BYTES = 4
KEY_BYTES = 32


class BadKey(Exception):
    """A text is not a public key as `verifier_key` writes it."""


class BadSignature(Exception):
    """A note or document was not signed by this key, or changed since."""


def public_key() -> Ed25519PublicKey:
    return private_key(settings.JOURNAL_KEY).public_key()


def verifier_key(name: str = "") -> str:
    """Return the public key as C2SP writes it: `NAME+hash+key`; without a name the host's."""
    name = name or host()
    raw = ED25519 + _raw(public_key())
    digest = _key_hash(name, public_key()).hex()
    return f"{name}+{digest}+{base64.b64encode(raw).decode()}"


def read_key(text: str) -> Ed25519PublicKey:
    """Return the key that `verifier_key` wrote; raises BadKey, also for a mistyped character."""
    try:
        name, digest, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise BadKey from None
    if raw[:1] != ED25519 or len(raw) != 1 + KEY_BYTES:
        raise BadKey
    key = Ed25519PublicKey.from_public_bytes(raw[1:])
    if digest != _key_hash(name, key).hex():
        raise BadKey
    return key


def host() -> str:
    """Return the name this instance signs with: host (and port) of its address."""
    return urlsplit(settings.BASE_URL).netloc


def sign_note(text: str, *, name: str = "", file: Path | None = None) -> str:
    """Return the text with its signature; ValueError unless it is lines of printable text.

    name: what the key signs as, where that is not the host. file: another key than the journal's.
    """
    if not text.endswith("\n") or any(ord(sign) < ord(" ") for sign in text.replace("\n", "")):
        raise ValueError("a note is lines of text without control characters")
    name = name or host()
    key = private_key(file or settings.JOURNAL_KEY)
    signature = _key_hash(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(signature).decode()}\n"


def verify_note(note: str, key: Ed25519PublicKey) -> str:
    """Return the text of a note that this key signed; raise BadSignature for any other."""
    body, blank, last = note.rpartition("\n\n")
    text = f"{body}\n"
    for line in last.splitlines() if blank else []:
        signature = _signature_by(key, line)
        if signature:
            try:
                key.verify(signature, text.encode())
            except InvalidSignature:
                break
            return text
    raise BadSignature("the note is not signed by this key, or was changed")


def sign_bytes(data: bytes, *, file: Path | None = None) -> str:
    """Return a detached signature of any document; file: another key than the journal's."""
    return sign_note(_document(host(), data), file=file)


def sign_webhook(message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a delivery after Standard Webhooks (v1a: Ed25519).

    What is signed begins with an identifier and a time, as no note does.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = private_key(settings.JOURNAL_KEY).sign(signed)
    return f"v1a,{base64.b64encode(signature).decode()}"


def webhook_key() -> str:
    """Return the public key of deliveries as Standard Webhooks writes it."""
    return f"whpk_{base64.b64encode(_raw(public_key())).decode()}"


def verify_bytes(data: bytes, signature: str, key: Ed25519PublicKey) -> None:
    """Raise BadSignature unless this key signed exactly this document."""
    text = verify_note(signature, key)
    origin = text.partition("\n")[0].removesuffix("/document")
    if text != _document(origin, data):
        raise BadSignature("the signature is of another document")


def _document(origin: str, data: bytes) -> str:
    return f"{origin}/document\n{hashlib.sha256(data).hexdigest()}\n"


def _signature_by(key: Ed25519PublicKey, line: str) -> bytes:
    """Return the signature in a note's line when the line names this key."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":  # noqa: PLR2004  dash, name, base64
        return b""
    try:
        raw = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw[NAME_BYTES:] if raw[:NAME_BYTES] == _key_hash(parts[1], key) else b""


def _key_hash(name: str, key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + _raw(key)).digest()[:NAME_BYTES]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


@cache
def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a file, which is made on first use."""
    key = load_pem_private_key(keyfiles.load_or_create(path, _fresh), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key


def _fresh() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
