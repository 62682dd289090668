"""A key of the organization's own: what it locks, nobody here can open.

On a sheet, or in a key service of its own.

The sheet: the organization keeps a secret on paper; the service keeps only what belongs to it in
public. Unlocked, its keyring is wrapped by the root key like any other. To lock, the data key of
its keyring, as the root key has wrapped it, is encrypted to the sheet (HPKE, RFC 9180, with
ML-KEM-768 and X25519): then the root key and the sheet are both needed. What is left is what was
copied before: a copy of the key store of an unlocked time opens with the root key alone.

The key service (AWS KMS, or the transit engine of OpenBao or Vault): its keyring is sealed under a
second data key, too, which the key there has encrypted. So both are needed each time it is opened,
a copy of the key store included, and the organization locks and unlocks it there.
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
from seatrobot.kernel.vault import configured, remote, sheets
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyringChanged,
    KeyringMissing,
    KeysUnavailable,
    OwnKeyRefused,
)
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
    address: where the key is, of one in a key service; where: the same for people. refusal: why
    that service does not open it now, "" while it does.
    """

    reference: str
    is_locked: bool
    since: datetime | None
    is_tried: bool
    address: str = ""
    where: str = ""
    refusal: str = ""

    @property
    def is_held(self) -> bool:
        return bool(self.address)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A new secret on paper; shown once and kept nowhere here."""

    words: str
    reference: str


def state(organization_id: UUID) -> State | None:
    """Return what key of its own an organization has, locked or not; None without one."""
    own = _read(organization_id).own
    if own is None or not own.reference:
        return None
    refusal = _refusal(organization_id) if own.is_held else ""
    return State(
        own.reference,
        own.is_locked or bool(refusal),
        _moment(own),
        own.is_tried,
        own.address,
        own.address.removeprefix(configured.AWS),
        refusal,
    )


def _refusal(organization_id: UUID) -> str:
    try:
        vault.require_open(organization_id)
    except OwnKeyRefused as error:
        return error.why
    return ""


def unlocked_at(organization_id: UUID) -> datetime | None:
    """Return when an organization was unlocked last; None for one that never was locked."""
    own = _read(organization_id).own
    return _moment(own) if own and not own.is_locked else None


def adopt(organization_id: UUID, secret: bytes = b"") -> Sheet:
    """Give an unlocked organization a key of its own, or another one; return its sheet.

    secret: for the organization of examinations alone, which has to find it again.
    """
    secret = secret or secrets.token_bytes(SECRET_BYTES)
    public = _public(secret)
    reference = _reference(public)
    _wrap(organization_id, lambda before: _having(before, reference, public))
    return Sheet(sheets.make(secret, need=1, of=1)[0], reference)


def hold(organization_id: UUID, typed: str, credentials: remote.Credentials) -> str:
    """Have a key in the organization's own key service open it, too; return its reference.

    typed: its address, as `configured.own_address` takes it. It is tried at once: the keyring is
    stored when that key has encrypted and decrypted. Raises configured.Misconfigured,
    OwnKeyRefused, KeyringLocked.
    """
    address = configured.own_address(typed)
    known = msgspec.json.encode(credentials)
    try:
        reference = configured.held_at(address, known).reference
    except KeysUnavailable as error:
        raise OwnKeyRefused(organization_id, error.cause, is_final=True) from error
    _wrap(
        organization_id,
        lambda before: msgspec.structs.replace(
            _having(before, reference, b""), address=address, is_tried=True
        ),
        known,
    )
    return reference


def renew(organization_id: UUID, credentials: remote.Credentials) -> None:
    """Replace what its key service knows us by, once it opens; raise NoOwnKey, OwnKeyRefused."""
    known = msgspec.json.encode(credentials)

    def renewed(content: bytes) -> bytes:
        own = decode(content).own
        if own is None or not own.is_held:
            raise NoOwnKey
        return vault.root_key().with_credentials(content, organization_id.bytes, known)

    _replace(organization_id, renewed)


def give_up(organization_id: UUID) -> None:
    """Have no key of its own any more; it has to be unlocked."""
    _wrap(organization_id, lambda before: _having(before, "", b""))


def prove(organization_id: UUID, words: str) -> None:
    """Note that somebody holds the sheet; SheetsRefused, WrongSheet, NoOwnKey."""
    public = _public(sheets.combine(sheets.read(words)))

    def tried(wrapped: Wrapped) -> Wrapped:
        if wrapped.own is None or not wrapped.own.reference or wrapped.own.is_held:
            raise NoOwnKey
        _compare(public, wrapped.own)
        return _with(wrapped, msgspec.structs.replace(wrapped.own, is_tried=True))

    _change(organization_id, tried)


def lock(organization_id: UUID) -> None:
    """Lock everything of it; NoOwnKey without a key of its own that somebody has tried."""

    def locked(wrapped: Wrapped) -> Wrapped:
        if wrapped.own is None or wrapped.is_locked or not wrapped.own.is_tried:
            raise NoOwnKey
        if wrapped.own.is_held:
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
    """Replace what is written on a wrapped keyring; every process notices."""

    def changed(content: bytes) -> bytes:
        wrapped = decode(content)
        if wrapped.is_locked and not while_locked:
            raise vault.KeyringLocked(organization_id)
        return encode(change(wrapped))

    _replace(organization_id, changed)


def _wrap(
    organization_id: UUID, having: Callable[[Own | None], Own], credentials: bytes = b""
) -> None:
    """Wrap a keyring anew, with another own key or none, and read back what will be stored."""
    root, name = vault.root_key(), organization_id.bytes

    def wrapped(content: bytes) -> bytes:
        plain = root.unwrap(content, name)
        made = root.wrap(plain, name, having(decode(content).own), credentials)
        if root.unwrap(made, name) != plain:
            raise vault.KeyringDamaged(f"the keyring {organization_id} was not wrapped whole")
        return made

    _replace(organization_id, wrapped)


def _replace(organization_id: UUID, change: Callable[[bytes], bytes]) -> None:
    """Store another wrapped keyring in place of one; every process notices."""
    for _ in range(TRIES):
        version, content = _content(organization_id)
        try:
            vault.key_store().replace(organization_id, change(content), version)
        except KeyringChanged:
            continue
        vault.forget(organization_id)
        return
    raise KeyringChanged(f"the keyring {organization_id} changes all the time")


def _read(organization_id: UUID) -> Wrapped:
    return decode(_content(organization_id)[1])


def _content(organization_id: UUID) -> tuple[str, bytes]:
    version = vault.key_store().version(organization_id)
    if version is None or version == DESTROYED:
        raise KeyringMissing(organization_id)
    return version, vault.key_store().get(organization_id)


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


def _having(before: Own | None, reference: str, public: bytes) -> Own:
    """Return another own key, or none; when it was locked last stays known."""
    return Own(reference, public, is_locked=False, since=before.since if before else "")


def _moment(own: Own) -> datetime | None:
    return datetime.fromisoformat(own.since) if own.since else None
