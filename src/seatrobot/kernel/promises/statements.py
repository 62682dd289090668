"""Signed statements: an examination or an attestation as canonical JSON with our signature.

The text that was signed is stored, so a change to a row of the table does not change what it
states: without a valid signature a statement counts for nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

import msgspec

from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.models import Attestation, Examination

S = TypeVar("S", Examination, Attestation)

_encode = msgspec.json.Encoder(order="deterministic").encode


class InvalidStatement(Exception):
    """A statement has no valid signature, or belongs to another row or promise."""


def sign(statement: Examination | Attestation) -> tuple[str, str]:
    """Return a statement as text and its signature, a signed note."""
    text = _encode(statement)
    return text.decode(), signing.sign_bytes(text)


def read(kind: type[S], promise: str, pk: str, text: str, signature: str) -> S:
    """Return the statement signed for this promise and row; raises InvalidStatement."""
    try:
        _verify(text, signature)
        statement = msgspec.json.decode(text, type=kind)
    except (signing.BadSignature, msgspec.DecodeError) as error:
        raise InvalidStatement from error
    if (statement.promise, statement.id) != (promise, pk):
        raise InvalidStatement
    return statement


@lru_cache(maxsize=4096)
def _verify(text: str, signature: str) -> None:
    """Verify each text once; it never changes."""
    signing.verify_bytes(text.encode(), signature, signing.public_key())


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def text_of_change(  # noqa: PLR0913, PLR0917  the columns of a change
    pk: UUID, promise: str, at: datetime, before: str, state: str, reason: str, number: int
) -> str:
    """Return all that is shown of a change of state; its journal entry holds the hash of it."""
    return _encode([str(pk), promise, at.isoformat(), before, state, reason, number]).decode()
