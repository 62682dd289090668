"""A passkey in software that signs whatever a test wants, also what no honest device would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

ORIGIN = "http://localhost:8080"
HOST = "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """counter: how often it signed. The rest is what it claims."""

    counter: int = 0
    origin: str = ORIGIN
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    handle: bytes | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    identifier: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, challenge: str) -> str:
        """Answer the options of an enrolment."""
        self.counter += 1
        data = self._authenticator_data(self.flags | ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": _encode(self._client_data("webauthn.create", challenge)),
            "attestationObject": _encode(attestation),
            "transports": ["internal"],
        }
        return self._answer(response)

    def get(self, challenge: str) -> str:
        """Answer the options of a sign-in."""
        self.counter += 1
        data = self._authenticator_data(self.flags)
        client = self._client_data("webauthn.get", challenge)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": _encode(client),
            "authenticatorData": _encode(data),
            "signature": _encode(self.key.sign(signed, ec.ECDSA(SHA256()))),
        }
        if self.handle:
            response["userHandle"] = _encode(self.handle)
        return self._answer(response)

    def _answer(self, response: dict[str, object]) -> str:
        identifier = _encode(self.identifier)
        return json.dumps(
            {"id": identifier, "rawId": identifier, "type": "public-key", "response": response}
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _authenticator_data(self, flags: int) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.counter.to_bytes(4)

    def _attested(self) -> bytes:
        point = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        return bytes(16) + len(self.identifier).to_bytes(2) + self.identifier + cbor2.dumps(key)


def _encode(plain: bytes) -> str:
    return bytes_to_base64url(plain)
