"""Interim; the journal branch brings the real one."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings


class BadSignature(Exception):
    pass


@cache
def _key() -> Ed25519PrivateKey:
    path = settings.CONFIG.data / "journal.key"
    if not path.exists():
        path.touch(mode=0o600)
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        path.write_bytes(pem)
    return load_pem_private_key(path.read_bytes(), None)


def sign_bytes(data: bytes) -> str:
    return base64.b64encode(_key().sign(hashlib.sha256(data).digest())).decode()


def verify_bytes(data: bytes, signature: str) -> None:
    try:
        _key().public_key().verify(base64.b64decode(signature), hashlib.sha256(data).digest())
    except (InvalidSignature, ValueError) as error:
        raise BadSignature from error
