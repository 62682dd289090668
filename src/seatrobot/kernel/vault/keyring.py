"""The keys of one organization: one to seal records, one to index e-mail addresses blindly.

Keys are Google Tink keysets: AES-256-GCM with a random 96-bit nonce for sealing, HMAC-SHA-256 as
a pseudo-random function for blind indexes. Tink keysets carry key identifiers, so a rotated
keyring still opens what older keys sealed.
"""

from __future__ import annotations

import json
import unicodedata

import tink
from tink import aead, prf, secret_key_access

from seatrobot.kernel.vault.errors import SealBroken
from seatrobot.kernel.vault.rootkey import RootKey

aead.register()
prf.register()

BLIND_INDEX_BYTES = 16


class Keyring:
    """Opened keys; lives in memory only."""

    def __init__(self, sealing: tink.KeysetHandle, indexing: tink.KeysetHandle) -> None:
        self._handles = {"sealing": sealing, "indexing": indexing}
        self._aead = sealing.primitive(aead.Aead)
        self._prf = indexing.primitive(prf.PrfSet).primary()

    @classmethod
    def new(cls) -> Keyring:
        return cls(
            tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM),
            tink.new_keyset_handle(prf.prf_key_templates.HMAC_SHA256),
        )

    @classmethod
    def unwrap(cls, wrapped: bytes, root: RootKey, name: bytes) -> Keyring:
        keysets = json.loads(root.unwrap(wrapped, name))
        token = secret_key_access.TOKEN
        return cls(
            tink.json_proto_keyset_format.parse(json.dumps(keysets["sealing"]), token),
            tink.json_proto_keyset_format.parse(json.dumps(keysets["indexing"]), token),
        )

    def wrap(self, root: RootKey, name: bytes) -> bytes:
        """Return the keys as bytes that only `root` can turn into keys again."""
        token = secret_key_access.TOKEN
        keysets = {
            purpose: json.loads(tink.json_proto_keyset_format.serialize(handle, token))
            for purpose, handle in self._handles.items()
        }
        return root.wrap(json.dumps(keysets).encode(), name)

    def seal(self, plain: bytes, place: bytes) -> bytes:
        return bytes(self._aead.encrypt(plain, place))

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return what was sealed at this place; raise SealBroken when it was not sealed there."""
        try:
            return bytes(self._aead.decrypt(sealed, place))
        except tink.TinkError as error:
            raise SealBroken("a sealed value does not belong to its row") from error

    def blind_index(self, text: str) -> bytes:
        """Return 16 bytes by which equal texts are found and from which none is learned."""
        folded = unicodedata.normalize("NFKC", text).strip().casefold()
        return bytes(self._prf.compute(folded.encode(), BLIND_INDEX_BYTES))
