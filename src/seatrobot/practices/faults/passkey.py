"""A passkey in software with which a fault or a test signs a statement, as a person's would."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises import attesting
from seatrobot.kernel.signed import Signed, canonical, challenge

HOST, ORIGIN = "localhost", "http://localhost:8080"
PRESENT_AND_VERIFIED = bytes([0x05])
IDENTIFIER = "c2VlZGVk"


@dataclass
class SoftPasskey:
    """The passkey of an account."""

    account: UUID = field(default_factory=new_id)
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public_key(self) -> bytes:
        """Return the public key as COSE writes it (RFC 9053, ES256)."""
        point = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})

    def enrol(self) -> SoftPasskey:
        """Note it as one that may sign attestations, inside `acting`."""
        attesting.note_key(self.account, self.public_key, rp_id=HOST)
        return self

    def sign(self, facts: Mapping[str, Any]) -> Signed:
        """Sign a statement with account, time and identifier, as `accounts` has them signed."""
        added = {"account": str(self.account), "at": now().isoformat(), "id": str(new_id())}
        text = canonical({**added, **facts})
        said = {"type": "webauthn.get", "challenge": _encode(challenge(text)), "origin": ORIGIN}
        client = json.dumps(said).encode()
        data = hashlib.sha256(HOST.encode()).digest() + PRESENT_AND_VERIFIED + bytes(4)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": _encode(client),
            "authenticatorData": _encode(data),
            "signature": _encode(signature),
        }
        answer = {
            "id": IDENTIFIER,
            "rawId": IDENTIFIER,
            "type": "public-key",
            "response": response,
        }
        return Signed(text, json.dumps(answer), self.public_key, HOST, ORIGIN)


def _encode(plain: bytes) -> str:
    return bytes_to_base64url(plain)
