"""Signed statements: an examination or an attestation as canonical JSON with a signature.

Examinations are signed with the examiner's own key (`examiner/evidence.key`), of which the web
needs only the public half (`evidence.pub`); attestations, which people record over the web, with
the journal's.

The text that was signed is stored, so a change to a row of the table does not change what it
states: without a valid signature a statement counts for nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from seatrobot.kernel import keyfiles
from seatrobot.kernel.heads.checkpoint import LOG_KEY, VerifierKey
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.models import Attestation, Examination

S = TypeVar("S", Examination, Attestation)

_encode = msgspec.json.Encoder(order="deterministic").encode


class InvalidStatement(Exception):
    """A statement has no valid signature, or belongs to another row or promise."""


def sign(statement: Examination | Attestation) -> tuple[str, str]:
    """Return a statement as text and its signature, a signed note."""
    text = _encode(statement)
    file = _examiner_file() if isinstance(statement, Examination) else None
    return text.decode(), signing.sign_bytes(text, file=file)


def read(kind: type[S], promise: str, pk: str, text: str, signature: str) -> S:
    """Return the statement signed for this promise and row; raises InvalidStatement."""
    try:
        _verify(text, signature, kind is Examination)
        statement = msgspec.json.decode(text, type=kind)
    except (signing.BadSignature, msgspec.DecodeError) as error:
        raise InvalidStatement from error
    if (statement.promise, statement.id) != (promise, pk):
        raise InvalidStatement
    return statement


@lru_cache(maxsize=4096)
def _verify(text: str, signature: str, by_examiner: bool) -> None:  # noqa: FBT001  a key of a cache
    """Verify each text once; it never changes."""
    key = examiner_public_key() if by_examiner else signing.public_key()
    signing.verify_bytes(text.encode(), signature, key)


def examiner_public_key() -> Ed25519PublicKey:
    """Return the public half of the examiner's key; InvalidStatement while there is none."""
    try:
        return signing.read_key(settings.EVIDENCE_PUBLIC.read_text())
    except (OSError, signing.BadKey) as error:
        raise InvalidStatement("the examiner's public key cannot be read") from error


def is_examiner_known() -> bool:
    """Return whether the published key is the examiner's own; only the examiner can tell.

    Where none is published it is, as with the first evidence.
    """
    own = signing.private_key(_examiner_file()).public_key()
    try:
        return examiner_public_key() == own
    except InvalidStatement:
        return False


def _examiner_file() -> Path:
    """Return the examiner's key file; its public half is published on first use."""
    file: Path = settings.EVIDENCE_KEY
    public = signing.private_key(file).public_key()
    line = VerifierKey(f"{signing.host()}/evidence", LOG_KEY, public).text
    keyfiles.load_or_create(settings.EVIDENCE_PUBLIC, f"{line}\n".encode)
    return file


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def text_of_change(  # noqa: PLR0913, PLR0917  the columns of a change
    pk: UUID, promise: str, at: datetime, before: str, state: str, reason: str, number: int
) -> str:
    """Return all that is shown of a change of state; its journal entry holds the hash of it."""
    return _encode([str(pk), promise, at.isoformat(), before, state, reason, number]).decode()
