"""A statement that a person has signed with their passkey, and how it is verified later.

A passkey signs what a browser asks it to (W3C WebAuthn 3): its own data and a hash of the browser's
record of the request, in which stands a challenge. The challenge of a statement is

    SHA-256("seatrobot statement v1" ‖ line feed ‖ SHA-256(statement))

so a signature over a statement is none of a sign-in, and the other way round. How a statement is
asked for and received: `accounts.factors.statements`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
from webauthn import verify_authentication_response

DOMAIN = b"seatrobot statement v1\n"


class NotSigned(Exception):
    """A statement does not bear the signature that is kept with it."""


class Signed(msgspec.Struct, frozen=True):
    """A statement with its signature.

    text: the statement, as JSON with sorted keys. answer: the browser's answer (an assertion of
    WebAuthn, as JSON). public_key: of the passkey (COSE). rp_id, origin: where it was signed.
    """

    text: str
    answer: str
    public_key: bytes
    rp_id: str
    origin: str

    @property
    def facts(self) -> dict[str, Any]:
        """Return what is stated; call `verify` before."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all of it in hexadecimal, for the journal."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()

    def packed(self) -> str:
        """Return it as JSON, for a column."""
        return msgspec.json.encode(self).decode()


def unpack(packed: str) -> Signed:
    """Return a statement of a column, unverified; raise NotSigned for what is none."""
    try:
        return msgspec.json.decode(packed, type=Signed)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotSigned("this is no signed statement") from error


def verify(signed: Signed) -> None:
    """Raise NotSigned unless the kept public key has signed the statement, its user verified.

    Whose key it is, is another question: the journal's entry of the act holds the digest.
    """
    try:
        verify_authentication_response(
            credential=signed.answer,
            expected_challenge=challenge(signed.text),
            expected_rp_id=signed.rp_id,
            expected_origin=signed.origin,
            credential_public_key=signed.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # a forged answer can break the parser in any way
        raise NotSigned(str(error)) from error


def challenge(text: str) -> bytes:
    """Return what a passkey signs for a statement."""
    return hashlib.sha256(DOMAIN + hashlib.sha256(text.encode()).digest()).digest()


def canonical(facts: dict[str, Any]) -> str:
    """Return facts as the text of a statement."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
