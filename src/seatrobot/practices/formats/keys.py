"""Public keys as people write them down (C2SP: `NAME+HASH+BASE64`), read for verifying offline."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"
KEY_BYTES = 32


class BadKey(Exception):
    """This is no key of the kind we sign with."""


def read_key(text: str) -> Ed25519PublicKey:
    """Return the key that a line names; raises BadKey, also when a sign of it was mistyped."""
    try:
        name, digest, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise BadKey from None
    named = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    if raw[:1] != ED25519 or len(raw) != 1 + KEY_BYTES or digest != named:
        raise BadKey
    return Ed25519PublicKey.from_public_bytes(raw[1:])
