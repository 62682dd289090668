"""Verifies what `ssh-keygen -Y sign` wrote (PROTOCOL.sshsig of OpenSSH), for Ed25519 keys.

The key is the registered one, never the one that comes with the signature. The namespace says what
kind of message was signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAGIC, VERSION = b"SSHSIG", 1
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
KIND = b"ssh-ed25519"
HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
KEY_BYTES, SIGNATURE_BYTES = 32, 64
LONGEST = 4096
LENGTH_BYTES = 4


class BadKey(ValueError):
    """A text is no Ed25519 public key of OpenSSH."""


class BadSignature(ValueError):
    """A signature is none, or of another key, namespace or message; the text says which."""


def blob_of(key: str) -> bytes:
    """Return the public key of a line such as `ssh-ed25519 AAAA… comment`; raise BadKey."""
    words = key.split()
    try:
        if len(words) < 2 or words[0] != KIND.decode() or len(key) > LONGEST:  # noqa: PLR2004  kind, key
            raise BadKey("not an Ed25519 key")
        blob = base64.b64decode(words[1], validate=True)
        kind, rest = _take(blob)
        point, rest = _take(rest)
    except (binascii.Error, BadSignature) as error:
        raise BadKey("not a key of OpenSSH") from error
    if kind != KIND or rest or len(point) != KEY_BYTES:
        raise BadKey("not an Ed25519 key")
    return blob


def fingerprint(key: str) -> str:
    """Return what `ssh-keygen -l` shows: SHA256 and base64 without padding."""
    digest = hashlib.sha256(blob_of(key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def verify(message: bytes, signature: str, *, key: str, namespace: str) -> None:
    """Raise BadSignature unless the key has signed the message in the namespace."""
    raw = _armoured(signature)
    if raw[: len(MAGIC)] != MAGIC:
        raise BadSignature("not a signature of OpenSSH")
    version, rest = _number(raw[len(MAGIC) :])
    signer, rest = _take(rest)
    used, rest = _take(rest)
    reserved, rest = _take(rest)
    algorithm, rest = _take(rest)
    inner, rest = _take(rest)
    if version != VERSION or rest or algorithm not in HASHES:
        raise BadSignature("not a signature of this form")
    expected = blob_of(key)
    if signer != expected:
        raise BadSignature("signed by another key")
    if used != namespace.encode():
        raise BadSignature("signed for another purpose")
    kind, inner = _take(inner)
    signed, inner = _take(inner)
    if kind != KIND or inner or len(signed) != SIGNATURE_BYTES:
        raise BadSignature("not an Ed25519 signature")
    digest = HASHES[algorithm](message).digest()
    text = MAGIC + b"".join(_string(each) for each in (used, reserved, algorithm, digest))
    try:
        Ed25519PublicKey.from_public_bytes(expected[-KEY_BYTES:]).verify(signed, text)
    except InvalidSignature as error:
        raise BadSignature("the message was changed") from error


def _armoured(signature: str) -> bytes:
    """Return what stands between the two lines of a signature."""
    text = signature.strip()
    if len(text) > LONGEST or not (text.startswith(BEGIN) and text.endswith(END)):
        raise BadSignature("not a signature of OpenSSH")
    body = "".join(text[len(BEGIN) : -len(END)].split())
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("not a signature of OpenSSH") from error


def _number(data: bytes) -> tuple[int, bytes]:
    if len(data) < LENGTH_BYTES:
        raise BadSignature("cut off")
    return int(struct.unpack(">I", data[:LENGTH_BYTES])[0]), data[LENGTH_BYTES:]


def _take(data: bytes) -> tuple[bytes, bytes]:
    """Return a string with its length before it, and what follows."""
    length, rest = _number(data)
    if length > len(rest):
        raise BadSignature("cut off")
    return rest[:length], rest[length:]


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
