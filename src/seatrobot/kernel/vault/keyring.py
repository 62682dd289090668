"""The keys of one organization: to seal records, and to index e-mail addresses blindly.

Special categories of data (health, diet, passports) are sealed under keys of a class of their own,
so that whoever may open records does not open those too.

Keys are Google Tink keysets: AES-256-GCM with a random 96-bit nonce for sealing, HMAC-SHA-256 as
a pseudo-random function for blind indexes. Tink keysets carry key identifiers, so a rotated
keyring still opens what older keys sealed.
"""

from __future__ import annotations

import json
import unicodedata
from enum import StrEnum

import tink
from tink import aead, prf, secret_key_access

from seatrobot.kernel.vault.errors import SealBroken
from seatrobot.kernel.vault.rootkey import RootKey

aead.register()
prf.register()

BLIND_INDEX_BYTES = 16
SEALING, INDEXING = "sealing", "indexing"


class KeyClass(StrEnum):
    """Classes of data with keys of their own; the values are names in the wrapped keyring."""

    SPECIAL = "special"
    """Special categories of personal data (GDPR, article 9) and copies of passports."""


class Keyring:
    """Opened keys; lives in memory only."""

    def __init__(self, handles: dict[str, tink.KeysetHandle]) -> None:
        self._handles = handles
        self._aead = handles[SEALING].primitive(aead.Aead)
        self._classes = {each: handles[each].primitive(aead.Aead) for each in KeyClass}
        self._prf = handles[INDEXING].primitive(prf.PrfSet).primary()

    @classmethod
    def new(cls) -> Keyring:
        sealing = aead.aead_key_templates.AES256_GCM
        templates = {SEALING: sealing, INDEXING: prf.prf_key_templates.HMAC_SHA256}
        templates |= dict.fromkeys(map(str, KeyClass), sealing)
        return cls({name: tink.new_keyset_handle(each) for name, each in templates.items()})

    @classmethod
    def unwrap(cls, wrapped: bytes, root: RootKey, name: bytes) -> Keyring:
        keysets = json.loads(root.unwrap(wrapped, name))
        token = secret_key_access.TOKEN
        return cls(
            {
                name: tink.json_proto_keyset_format.parse(json.dumps(keyset), token)
                for name, keyset in keysets.items()
            }
        )

    def wrap(self, root: RootKey, name: bytes) -> bytes:
        """Return the keys as bytes that only `root` can turn into keys again."""
        token = secret_key_access.TOKEN
        keysets = {
            purpose: json.loads(tink.json_proto_keyset_format.serialize(handle, token))
            for purpose, handle in self._handles.items()
        }
        return root.wrap(json.dumps(keysets).encode(), name)

    def seal(self, plain: bytes, place: bytes, key_class: KeyClass | None = None) -> bytes:
        keys = self._classes[key_class] if key_class else self._aead
        return bytes(keys.encrypt(plain, place))

    def open(self, sealed: bytes, place: bytes, key_class: KeyClass | None = None) -> bytes:
        """Return what was sealed at this place; raise SealBroken when it was not sealed there."""
        try:
            keys = self._classes[key_class] if key_class else self._aead
            return bytes(keys.decrypt(sealed, place))
        except tink.TinkError as error:
            raise SealBroken("a sealed value does not belong to its row") from error

    def blind_index(self, text: str) -> bytes:
        """Return 16 bytes by which equal texts are found and from which none is learned."""
        folded = unicodedata.normalize("NFKC", text).strip().casefold()
        return bytes(self._prf.compute(folded.encode(), BLIND_INDEX_BYTES))
