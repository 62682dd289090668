"""Signed statements: an examination or an attestation as canonical JSON with a signature.

Examinations are signed with the examiner's own key (`examiner/evidence.key`), of which the web
needs only the public half (`evidence.pub`); attestations with the passkey of the person who
attests, which no machine of ours holds. The key of the journal, which the web has, signs neither.

The text that was signed is stored, so a change to a row of the table does not change what it
states: without a valid signature a statement counts for nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit
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
    return text.decode(), signing.sign_bytes(text, file=examiner_file())


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


def read_attestation(promise: str, pk: str, text: str, signature: str, keys: Keys) -> Attestation:
    """Return what a person signed for this promise and row; raises InvalidStatement.

    keys: what was noted of passkeys, see `keyed`; only those that may attest count.
    """
    try:
        signed = _verify_passkey(text, signature)
        statement = msgspec.json.decode(text, type=Attestation)
    except (NotSigned, msgspec.DecodeError) as error:
        raise InvalidStatement from error
    if (statement.promise, statement.id) != (promise, pk):
        raise InvalidStatement
    key = key_of(signed, keys)
    if key is None or not key.attests:
        raise InvalidStatement("nobody had enrolled this passkey by then")
    return statement


def split(signed: Signed) -> tuple[str, str]:
    """Return text and signature of what a passkey has signed, for the columns of a row."""
    return signed.text, msgspec.structs.replace(signed, text="").packed()


SPARE = timedelta(minutes=1)
"""How much earlier a statement may be than the enrolment of its key: clocks are set."""


class KnownKey(msgspec.Struct, frozen=True):
    """What was noted of a passkey, see `models.SigningKey`. key_hash: in hexadecimal."""

    id: UUID
    account_id: UUID
    key_hash: str
    rp_id: str
    attests: bool
    at: datetime
    removed_at: datetime | None = None

    def signs_at(self, moment: datetime) -> bool:
        """Return whether it was enrolled before a moment, and not removed by then."""
        is_over = self.removed_at is not None and self.removed_at < moment
        return self.at <= moment + SPARE and not is_over

    def signs_from(self, origin: str) -> bool:
        """Return whether a page of this address can have it sign (W3C WebAuthn 3, 5.1.3)."""
        host = urlsplit(origin).hostname or ""
        return bool(self.rp_id) and (host == self.rp_id or host.endswith(f".{self.rp_id}"))


Keys = Mapping[tuple[str, str], Sequence[KnownKey]]
"""Passkeys by account and hash of the public key; the same one may be enrolled again later."""


def keyed(known: Iterable[KnownKey]) -> Keys:
    """Return passkeys as `key_of` finds them."""
    found: dict[tuple[str, str], list[KnownKey]] = {}
    for each in known:
        found.setdefault((str(each.account_id), each.key_hash), []).append(each)
    return found


def key_of(signed: Signed, keys: Keys) -> KnownKey | None:
    """Return the passkey that a statement is signed with, None unless it belongs to its account.

    Its enrolment for the host where it signed was noted before the moment that the statement
    names, and no removal until then. Call `verify` before.
    """
    facts = signed.facts
    name = (str(facts.get("account")), hashlib.sha256(signed.public_key).hexdigest())
    try:
        moment = datetime.fromisoformat(str(facts.get("at")))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    for key in keys.get(name, ()):
        if key.signs_at(moment) and signed.rp_id == key.rp_id and key.signs_from(signed.origin):
            return key
    return None


@lru_cache(maxsize=4096)
def _verify(text: str, signature: str) -> None:
    """Verify each text once; it never changes."""
    signing.verify_bytes(text.encode(), signature, examiner_public_key())


@lru_cache(maxsize=1024)
def _verify_passkey(text: str, signature: str) -> Signed:
    """Verify each text once; return it with its signature."""
    signed = msgspec.structs.replace(unpack(signature), text=text)
    verify(signed)
    return signed


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
    own = signing.private_key(examiner_file()).public_key()
    try:
        return examiner_public_key() == own
    except InvalidStatement:
        return False


def examiner_file() -> Path:
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


def text_of_key(key: KnownKey) -> str:
    """Return what is known of a passkey since its enrolment; its journal entry holds the hash."""
    at = key.at.astimezone(UTC).isoformat()
    known = [str(key.id), str(key.account_id), key.key_hash, key.rp_id, key.attests, at]
    return _encode(known).decode()


def text_of_removal(key: KnownKey) -> str:
    """Return what is known of the removal of a passkey; its journal entry holds the hash."""
    at = key.removed_at.astimezone(UTC).isoformat() if key.removed_at else ""
    return _encode([str(key.id), at]).decode()
