"""The root key wraps every keyring. It is a file here; a cloud's or a Vault's key fits the same."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import tink
from tink import aead, secret_key_access

from seatrobot.kernel import keyfiles
from seatrobot.kernel.vault.errors import VaultError

aead.register()


class RootKey(Protocol):
    def wrap(self, plain: bytes, name: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, name: bytes) -> bytes: ...


class FileRootKey:
    """A Tink keyset in a file of mode 0600, made on first use."""

    def __init__(self, path: Path) -> None:
        self._aead = _read(path).primitive(aead.Aead)

    def wrap(self, plain: bytes, name: bytes) -> bytes:
        return bytes(self._aead.encrypt(plain, name))

    def unwrap(self, wrapped: bytes, name: bytes) -> bytes:
        try:
            return bytes(self._aead.decrypt(wrapped, name))
        except tink.TinkError as error:
            raise VaultError("the root key does not open this keyring") from error


def _read(path: Path) -> tink.KeysetHandle:
    text = keyfiles.load_or_create(path, _fresh).decode()
    return tink.json_proto_keyset_format.parse(text, secret_key_access.TOKEN)


def _fresh() -> bytes:
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    text = tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return str(text).encode()
