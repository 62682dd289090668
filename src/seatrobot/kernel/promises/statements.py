"""Signed statements: an examination or an attestation as canonical JSON with a signature.

Examinations are signed with the examiner's own key (`examiner/evidence.key`), of which the web
needs only the public half (`evidence.pub`); attestations with the passkey of the person who
attests, which no machine of ours holds. The key of the journal, which the web has, signs neither.

The text that was signed is stored, so a change to a row of the table does not change what it
states: without a valid signature a statement counts for nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from seatrobot.kernel import keyfiles
from seatrobot.kernel.heads.checkpoint import LOG_KEY, VerifierKey
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises.models import Attestation, Examination
from seatrobot.kernel.signed import NotSigned, Signed, unpack, verify

_encode = msgspec.json.Encoder(order="deterministic").encode


class InvalidStatement(Exception):
    """A statement has no valid signature, or belongs to another row or promise."""


def sign(statement: Examination) -> tuple[str, str]:
    """Return an examination as text and its signature, a signed note."""
    text = _encode(statement)
    return text.decode(), signing.sign_bytes(text, file=_examiner_file())


def read(promise: str, pk: str, text: str, signature: str) -> Examination:
    """Return the examination signed for this promise and row; raises InvalidStatement."""
    try:
        _verify(text, signature)
        statement = msgspec.json.decode(text, type=Examination)
    except (signing.BadSignature, msgspec.DecodeError) as error:
        raise InvalidStatement from error
    if (statement.promise, statement.id) != (promise, pk):
        raise InvalidStatement
    return statement


def read_attestation(
    promise: str, pk: str, text: str, signature: str, keys: Container[str]
) -> Attestation:
    """Return what a person signed for this promise and row; raises InvalidStatement.

    keys: of everybody who may attest, as `key_name` writes them.
    """
    try:
        key_hash = _verify_passkey(text, signature)
        statement = msgspec.json.decode(text, type=Attestation)
    except (NotSigned, msgspec.DecodeError) as error:
        raise InvalidStatement from error
    if (statement.promise, statement.id) != (promise, pk):
        raise InvalidStatement
    if key_name(statement.by, key_hash) not in keys:
        raise InvalidStatement("nobody has enrolled this passkey")
    return statement


def split(signed: Signed) -> tuple[str, str]:
    """Return text and signature of what a passkey has signed, for the columns of a row."""
    return signed.text, msgspec.structs.replace(signed, text="").packed()


def key_name(account: str, key_hash: str) -> str:
    """Return how a passkey of somebody is named: account, and the hash of its public key."""
    return f"{account} {key_hash}"


@lru_cache(maxsize=4096)
def _verify(text: str, signature: str) -> None:
    """Verify each text once; it never changes."""
    signing.verify_bytes(text.encode(), signature, examiner_public_key())


@lru_cache(maxsize=1024)
def _verify_passkey(text: str, signature: str) -> str:
    """Verify each text once; return the SHA-256 of the passkey's public key in hexadecimal."""
    signed = msgspec.structs.replace(unpack(signature), text=text)
    verify(signed)
    return hashlib.sha256(signed.public_key).hexdigest()


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


def text_of_key(pk: UUID, account: UUID, key_hash: bytes) -> str:
    """Return all that is known of a passkey that signs; its journal entry holds the hash of it."""
    return _encode([str(pk), str(account), bytes(key_hash).hex()]).decode()
