"""Keys of one file or stream each, for what is too large to be sealed as one value: backups.

Tink's streaming encryption (AES-256-GCM in pieces of a megabyte, each under a key derived from the
stream's own): what is changed, cut off or put together otherwise does not open. A key is a keyset
that the root key wraps like a keyring, and destroying it destroys whatever it has encrypted.
"""

from __future__ import annotations

import io
from typing import BinaryIO, cast
from uuid import UUID

import tink
from tink import secret_key_access, streaming_aead

from seatrobot.kernel.vault.rootkey import RootKey

streaming_aead.register()

ALGORITHM = "AES256_GCM_HKDF_1MB"
"""As the cryptographic policy names it."""


class StreamDamaged(Exception):
    """A stream is not as it was written: changed, cut off, another one, or under another key."""


class StreamKey:
    """The key of one thing that is written once. `name` is what its wrapped form is bound to."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        handle = tink.json_proto_keyset_format.parse(text.decode(), secret_key_access.TOKEN)
        self._cipher = handle.primitive(streaming_aead.StreamingAead)

    @classmethod
    def new(cls) -> StreamKey:
        template = getattr(streaming_aead.streaming_aead_key_templates, ALGORITHM)
        handle = tink.new_keyset_handle(template)
        text = tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
        return cls(text.encode())

    @classmethod
    def unwrapped(cls, wrapped: bytes, name: UUID, root: RootKey) -> StreamKey:
        """Return the key that was wrapped; raises what `RootKey.unwrap` does."""
        return cls(root.unwrap(wrapped, name.bytes))

    def wrapped(self, name: UUID, root: RootKey) -> bytes:
        return root.wrap(self._text, name.bytes)

    def encrypting(self, to: BinaryIO, bound_to: str) -> BinaryIO:
        """Return a stream to write to, which has to be closed; it closes `to` as well."""
        return cast("BinaryIO", self._cipher.new_encrypting_stream(to, bound_to.encode()))

    def decrypting(self, source: BinaryIO, bound_to: str) -> BinaryIO:
        """Return a stream of what was encrypted; reading it raises StreamDamaged."""
        inner = self._cipher.new_decrypting_stream(source, bound_to.encode())
        return cast("BinaryIO", io.BufferedReader(_Opened(inner), 1024 * 1024))


class _Opened(io.RawIOBase):
    """What a decrypting stream gives, with one kind of error."""

    def __init__(self, inner: io.RawIOBase) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            found = self._inner.read(len(buffer))
        except tink.TinkError as error:
            raise StreamDamaged(
                "what is encrypted was changed, or is not under this key"
            ) from error
        found = found or b""
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()
