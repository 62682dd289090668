"""The keys of one organization: to seal records, and to index e-mail addresses blindly.

Special categories of data (health, diet, passports) are sealed under keys of a class of their own,
so that whoever may open records does not open those too. So are records of logs, because nobody
may change a row of a log: their older keys go on opening what they sealed, and no other record
keeps a key from being retired.

Keys are Google Tink keysets of the algorithms that the policy names (policy.toml). Each sealed
value begins with the identifier of its key (`looks.prefix`), so a keyring opens what older keys
sealed, and what is still sealed under one can be counted without opening anything. Tink keeps no
dates: when a key was made stands beside the keysets, in what the root key wraps.
"""

from __future__ import annotations

import json
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import tink
from tink import aead, prf, secret_key_access
from tink.proto import (
    aes_gcm_pb2,
    aes_gcm_siv_pb2,
    common_pb2,
    hmac_prf_pb2,
    x_aes_gcm_pb2,
    xchacha20_poly1305_pb2,
)

from seatrobot.kernel.clock import now
from seatrobot.kernel.vault.errors import KeyInUse, SealBroken
from seatrobot.kernel.vault.looks import key_of
from seatrobot.kernel.vault.policy import policy
from seatrobot.kernel.vault.rootkey import Own, RootKey

aead.register()
prf.register()

BLIND_INDEX_BYTES = 16
SEALING, INDEXING = "sealing", "indexing"
TEMPLATES = {
    "AES256_GCM": aead.aead_key_templates.AES256_GCM,
    "AES256_GCM_SIV": aead.aead_key_templates.AES256_GCM_SIV,
    "XCHACHA20_POLY1305": aead.aead_key_templates.XCHACHA20_POLY1305,
    "HMAC_SHA256": prf.prf_key_templates.HMAC_SHA256,
    "AES128_GCM": aead.aead_key_templates.AES128_GCM,
}
"""Of each algorithm that keys can be made of here; the policy names none of 128 bits."""
_KINDS = {
    "AesGcmKey": ("AES{}_GCM", aes_gcm_pb2.AesGcmKey),
    "AesGcmSivKey": ("AES{}_GCM_SIV", aes_gcm_siv_pb2.AesGcmSivKey),
    "XAesGcmKey": ("XAES{}_GCM", x_aes_gcm_pb2.XAesGcmKey),
    "XChaCha20Poly1305Key": ("XCHACHA20_POLY1305", xchacha20_poly1305_pb2.XChaCha20Poly1305Key),
    "HmacPrfKey": ("HMAC_SHA{}", hmac_prf_pb2.HmacPrfKey),
}

_HASHES = {common_pb2.SHA1: "1", common_pb2.SHA256: "256", common_pb2.SHA512: "512"}


class KeyClass(StrEnum):
    """Classes of data with keys of their own; the values are names in the wrapped keyring."""

    SPECIAL = "special"
    """Special categories of personal data (GDPR, article 9) and copies of passports."""
    LOG = "log"
    """Records of logs, in tables whose rows nobody may change."""

    @property
    def is_restricted(self) -> bool:
        """Whether only a principal who holds the class opens it (`Principal.hold_keys`)."""
        return self is not KeyClass.LOG


SEALED_ANEW = (SEALING, KeyClass.SPECIAL.value)
"""Purposes whose values are sealed again under a new key, so that the old one can be retired."""
ROTATED = (*SEALED_ANEW, KeyClass.LOG.value)


_ByClass = dict[KeyClass | None, Callable[[bytes, bytes], bytes]]
"""What seals or opens, bound once: it is called for each of ten thousand records."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key without the key. is_primary: whether new values are sealed under it.

    prefix: the first bytes of what it sealed. made: None for one of before keyrings had dates.
    """

    purpose: str
    id: int
    algorithm: str
    made: datetime | None
    is_primary: bool
    is_enabled: bool

    @property
    def prefix(self) -> bytes:
        return b"\1" + self.id.to_bytes(4, "big")


class Keyring:
    """Opened keys; lives in memory only. A change is another keyring."""

    def __init__(
        self,
        keysets: Mapping[str, dict[str, Any]],
        made: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """keysets: by purpose, in Tink's JSON. made: by purpose and key, when it was made."""
        self._keysets = dict(keysets)
        self._made = {purpose: dict((made or {}).get(purpose, {})) for purpose in keysets}
        handles = {name: _handle(keyset) for name, keyset in keysets.items()}
        aeads = {each: handles[each or SEALING].primitive(aead.Aead) for each in (None, *KeyClass)}
        self._seal: _ByClass = {each: keys.encrypt for each, keys in aeads.items()}
        self._open: _ByClass = {each: keys.decrypt for each, keys in aeads.items()}
        self._prf = handles[INDEXING].primitive(prf.PrfSet).primary()

    @classmethod
    def new(cls) -> Keyring:
        """Make keys of the algorithms that the policy names."""
        purposes = (SEALING, INDEXING, *map(str, KeyClass))
        keysets = {each: _fresh(policy().purposes[each].algorithm) for each in purposes}
        moment = now().isoformat()
        return cls(
            keysets,
            {name: {str(keyset["primaryKeyId"]): moment} for name, keyset in keysets.items()},
        )

    @classmethod
    def unwrap(cls, wrapped: bytes, root: RootKey, name: bytes) -> Keyring:
        kept = json.loads(root.unwrap(wrapped, name))
        return cls(kept["keysets"], kept["made"])

    def wrap(
        self, root: RootKey, name: bytes, own: Own | None = None, credentials: bytes = b""
    ) -> bytes:
        """Return the keys as bytes that only `root` can turn into keys again.

        own: the organization's own key, which can lock them; credentials: for what holds it.
        """
        kept = {"keysets": self._keysets, "made": self._made}
        return root.wrap(json.dumps(kept).encode(), name, own, credentials)

    def seal(self, plain: bytes, place: bytes, key_class: KeyClass | None = None) -> bytes:
        return self._seal[key_class](plain, place)

    def open(self, sealed: bytes, place: bytes, key_class: KeyClass | None = None) -> bytes:
        """Return what was sealed at this place; raise SealBroken when it was not sealed there."""
        try:
            return self._open[key_class](sealed, place)
        except tink.TinkError as error:
            raise SealBroken("a sealed value does not belong to its row") from error

    def blind_index(self, text: str) -> bytes:
        """Return 16 bytes by which equal texts are found and from which none is learned."""
        folded = unicodedata.normalize("NFKC", text).strip().casefold()
        return bytes(self._prf.compute(folded.encode(), BLIND_INDEX_BYTES))

    def describe(self) -> list[Key]:
        """Return what is known of every key, the oldest of each purpose first."""
        return [
            Key(
                purpose,
                key["keyId"],
                _algorithm(key["keyData"]),
                _moment(self._made[purpose].get(str(key["keyId"]))),
                is_primary=key["keyId"] == keyset["primaryKeyId"],
                is_enabled=key["status"] == "ENABLED",
            )
            for purpose, keyset in self._keysets.items()
            for key in keyset["key"]
        ]

    def primary(self, purpose: str) -> Key:
        """Return the key under which values of this purpose are sealed."""
        return next(key for key in self.describe() if key.purpose == purpose and key.is_primary)

    def knows(self, sealed: bytes, key_class: KeyClass | None = None) -> bool:
        """Return whether the key that a value names is one of this keyring, retired or not."""
        purpose = key_class.value if key_class else SEALING
        named = key_of(sealed)
        return any(key["keyId"] == named for key in self._keysets[purpose]["key"])

    def rotated(self, algorithms: Mapping[str, str]) -> Keyring:
        """Return a keyring that seals under new keys, and opens what older ones sealed.

        algorithms: of the new key of each purpose.
        """
        keysets, made = dict(self._keysets), dict(self._made)
        for purpose, algorithm in algorithms.items():
            known = {key["keyId"] for key in keysets[purpose]["key"]}
            fresh = _fresh(algorithm)
            while fresh["primaryKeyId"] in known:  # once in four billion, and a wrong count after
                fresh = _fresh(algorithm)
            number = fresh["primaryKeyId"]
            keys = [*keysets[purpose]["key"], *fresh["key"]]
            keysets[purpose] = {"primaryKeyId": number, "key": keys}
            made[purpose] = made[purpose] | {str(number): now().isoformat()}
        return Keyring(keysets, made)

    def retired(self, keys: Iterable[Key]) -> Keyring:
        """Return a keyring in which these keys open nothing any more; they are still there."""
        return self._with(keys, lambda key: [key | {"status": "DISABLED"}])

    def without(self, keys: Iterable[Key]) -> Keyring:
        """Return a keyring without these keys, which are destroyed once it is stored."""
        return self._with(keys, lambda _key: [])

    def _with(self, keys: Iterable[Key], change: Any) -> Keyring:
        chosen = {(key.purpose, key.id) for key in keys}
        keysets = {}
        for purpose, keyset in self._keysets.items():
            if (purpose, keyset["primaryKeyId"]) in chosen:
                raise KeyInUse(f"the key that seals new values ({purpose}) cannot be retired")
            changed = [
                each
                for key in keyset["key"]
                for each in (change(key) if (purpose, key["keyId"]) in chosen else [key])
            ]
            keysets[purpose] = keyset | {"key": changed}
        left = {
            purpose: {str(key["keyId"]) for key in keyset["key"]}
            for purpose, keyset in keysets.items()
        }
        made = {
            purpose: {number: moment for number, moment in dates.items() if number in left[purpose]}
            for purpose, dates in self._made.items()
        }
        return Keyring(keysets, made)


def _handle(keyset: dict[str, Any]) -> tink.KeysetHandle:
    return tink.json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)


def _fresh(algorithm: str) -> dict[str, Any]:
    """Return a keyset of one new key, in Tink's JSON."""
    handle = tink.new_keyset_handle(TEMPLATES[algorithm])
    text = tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    made: dict[str, Any] = json.loads(text)
    return made


def _algorithm(data: dict[str, str]) -> str:
    """Return the policy's name for the algorithm of a key; Tink's where the policy has none."""
    kind = data["typeUrl"].rpartition(".")[2]
    if kind not in _KINDS:
        return kind
    name, message = _KINDS[kind]
    key = message.FromString(b64decode(data["value"]))
    if kind == "HmacPrfKey":
        return name.format(_HASHES.get(key.params.hash, f"-{key.params.hash}"))
    return name.format(len(key.key_value) * 8)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
