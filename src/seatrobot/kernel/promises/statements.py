"""Statements: what the system found or a person attested, as canonical JSON that we have signed.

A statement is kept as the very text that was signed, so whoever changes the row of a table cannot
change what it says: without our signature it counts for nothing.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TypeVar

import msgspec

from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.models import Attestation, Examination

S = TypeVar("S", Examination, Attestation)

_encode = msgspec.json.Encoder(order="deterministic").encode


class NotOurs(Exception):
    """A statement does not bear our signature, or is about something else than its row."""


def sign(statement: Examination | Attestation) -> tuple[str, str]:
    """Return a statement as text and its signature, a signed note."""
    text = _encode(statement)
    return text.decode(), signing.sign_bytes(text)


def read(kind: type[S], promise: str, pk: str, text: str, signature: str) -> S:
    """Return a statement that we have signed for this promise and row; raises NotOurs."""
    try:
        _verify(text, signature)
        statement = msgspec.json.decode(text, type=kind)
    except (signing.BadSignature, msgspec.DecodeError) as error:
        raise NotOurs from error
    if (statement.promise, statement.id) != (promise, pk):
        raise NotOurs
    return statement


@lru_cache(maxsize=4096)
def _verify(text: str, signature: str) -> None:
    """Verify once what never changes: a page verifies only what is new."""
    signing.verify_bytes(text.encode(), signature, signing.public_key())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
