"""A key of the organization's own: what it locks, nobody here can open.

The organization keeps a secret on a sheet of paper; the service keeps only what belongs to it in
public. Unlocked, its keyring is wrapped by the root key like any other. To lock, the data key of
its keyring, as the root key has wrapped it, is encrypted to the sheet (HPKE, RFC 9180, with
ML-KEM-768 and X25519): then the root key and the sheet are both needed. What is left is what was
copied before: a copy of the key store of an unlocked time opens with the root key alone.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seatrobot.kernel.clock import now
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault import sheets
from seatrobot.kernel.vault.errors import KeyringChanged, KeyringMissing
from seatrobot.kernel.vault.keystore import DESTROYED
from seatrobot.kernel.vault.rootkey import SECRET_BYTES, Own, Wrapped, decode, encode

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
CONTEXT = b"seatrobot organization lock 1\n"
MLKEM_SEED, X25519_BYTES = 64, 32
MLKEM_PUBLIC = 1184
TRIES = 5


class WrongSheet(sheets.SheetsRefused):
    """The words are of another sheet than the one that locked the organization."""


class NoOwnKey(Exception):
    """The organization has no key of its own that somebody holds, or is (not) locked already."""


@dataclass(frozen=True, slots=True)
class State:
    """reference: which sheet, as it stands on it. since: of the last locking or unlocking, if any.

    is_tried: whether somebody has typed its words, and so can unlock what is locked with it.
    """

    reference: str
    is_locked: bool
    since: datetime | None
    is_tried: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A new secret on paper; shown once and kept nowhere here."""

    words: str
    reference: str


def state(organization_id: UUID) -> State | None:
    """Return what key of its own an organization has, locked or not; None without one."""
    own = _read(organization_id)[1].own
    if own is None or not own.reference:
        return None
    return State(own.reference, own.is_locked, _moment(own), own.is_tried)


def unlocked_at(organization_id: UUID) -> datetime | None:
    """Return when an organization was unlocked last; None for one that never was locked."""
    own = _read(organization_id)[1].own
    return _moment(own) if own and not own.is_locked else None


def adopt(organization_id: UUID, secret: bytes = b"") -> Sheet:
    """Give an unlocked organization a key of its own, or another one; return its sheet.

    secret: for the organization of examinations alone, which has to find it again.
    """
    secret = secret or secrets.token_bytes(SECRET_BYTES)
    public = _public(secret)
    reference = _reference(public)
    _change(organization_id, lambda wrapped: _having(wrapped, reference, public))
    return Sheet(sheets.make(secret, need=1, of=1)[0], reference)


def give_up(organization_id: UUID) -> None:
    """Have no key of its own any more; it has to be unlocked."""
    _change(organization_id, lambda wrapped: _having(wrapped, "", b""))


def prove(organization_id: UUID, words: str) -> None:
    """Note that somebody holds the sheet; SheetsRefused, WrongSheet, NoOwnKey."""
    public = _public(sheets.combine(sheets.read(words)))

    def tried(wrapped: Wrapped) -> Wrapped:
        if wrapped.own is None or not wrapped.own.reference:
            raise NoOwnKey
        _compare(public, wrapped.own)
        return _with(wrapped, msgspec.structs.replace(wrapped.own, is_tried=True))

    _change(organization_id, tried)


def lock(organization_id: UUID) -> None:
    """Lock everything of it; NoOwnKey without a key of its own that somebody has tried."""

    def locked(wrapped: Wrapped) -> Wrapped:
        if wrapped.own is None or wrapped.is_locked or not wrapped.own.is_tried:
            raise NoOwnKey
        key = SUITE.encrypt(wrapped.key, _public_key(wrapped.own.public), _info(organization_id))
        own = msgspec.structs.replace(wrapped.own, is_locked=True, since=now().isoformat())
        return msgspec.structs.replace(wrapped, key=key, own=own)

    _change(organization_id, locked, while_locked=True)


def unlock(organization_id: UUID, words: str) -> None:
    """Unlock it with the words of its sheet; SheetsRefused, WrongSheet, NoOwnKey."""
    secret = sheets.combine(sheets.read(words))

    def unlocked(wrapped: Wrapped) -> Wrapped:
        if wrapped.own is None or not wrapped.is_locked:
            raise NoOwnKey
        _compare(_public(secret), wrapped.own)
        try:
            key = SUITE.decrypt(wrapped.key, _private(secret), _info(organization_id))
        except InvalidTag as error:
            raise vault.KeyringDamaged(
                f"the keyring {organization_id} was changed: its own key does not open it"
            ) from error
        own = msgspec.structs.replace(wrapped.own, is_locked=False, since=now().isoformat())
        return msgspec.structs.replace(wrapped, key=key, own=own)

    _change(organization_id, unlocked, while_locked=True)


def _change(
    organization_id: UUID, change: Callable[[Wrapped], Wrapped], *, while_locked: bool = False
) -> None:
    """Replace a wrapped keyring by what becomes of it; every process notices."""
    for _ in range(TRIES):
        version, wrapped = _read(organization_id)
        if wrapped.is_locked and not while_locked:
            raise vault.KeyringLocked(organization_id)
        try:
            vault.key_store().replace(organization_id, encode(change(wrapped)), version)
        except KeyringChanged:
            continue
        vault.forget(organization_id)
        return
    raise KeyringChanged(f"the keyring {organization_id} changes all the time")


def _read(organization_id: UUID) -> tuple[str, Wrapped]:
    version = vault.key_store().version(organization_id)
    if version is None or version == DESTROYED:
        raise KeyringMissing(organization_id)
    return version, decode(vault.key_store().get(organization_id))


def _compare(public: bytes, own: Own) -> None:
    if not secrets.compare_digest(public, own.public):
        raise WrongSheet(f"this is another sheet: the one that is needed is {own.reference}")


def _with(wrapped: Wrapped, own: Own) -> Wrapped:
    return msgspec.structs.replace(wrapped, own=own)


def _info(organization_id: UUID) -> bytes:
    return CONTEXT + organization_id.bytes


def _private(secret: bytes) -> hpke.MLKEM768X25519PrivateKey:
    """Return the private key that follows from the 32 bytes of a sheet."""
    derived = HKDF(hashes.SHA256(), MLKEM_SEED + X25519_BYTES, None, CONTEXT).derive(secret)
    return hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(derived[:MLKEM_SEED]),
        x25519.X25519PrivateKey.from_private_bytes(derived[MLKEM_SEED:]),
    )


def _public(secret: bytes) -> bytes:
    """Return the public key of a sheet: that of ML-KEM-768, then that of X25519."""
    derived = HKDF(hashes.SHA256(), MLKEM_SEED + X25519_BYTES, None, CONTEXT).derive(secret)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(derived[:MLKEM_SEED]).public_key()
    curve = x25519.X25519PrivateKey.from_private_bytes(derived[MLKEM_SEED:]).public_key()
    return lattice.public_bytes_raw() + curve.public_bytes_raw()


def _public_key(public: bytes) -> hpke.MLKEM768X25519PublicKey:
    return hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC]),
        x25519.X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC:]),
    )


def _reference(public: bytes) -> str:
    """Return what stands on the sheet, by which people know it; eight letters and digits."""
    return hashlib.sha256(CONTEXT + public).hexdigest()[:8]


def _having(wrapped: Wrapped, reference: str, public: bytes) -> Wrapped:
    """Return a keyring with another own key, or none; when it was locked last stays known."""
    since = wrapped.own.since if wrapped.own else ""
    return _with(wrapped, Own(reference, public, is_locked=False, since=since))


def _moment(own: Own) -> datetime | None:
    return datetime.fromisoformat(own.since) if own.since else None
