"""The root key wraps every keyring: what a wrapped keyring is, and the root key in a file.

Each keyring is sealed under a data key of its own, and that under the root key, so what holds the
root key (a file, a cloud's key service, a token of hardware) handles a few bytes, knows for which
keyring, and a rotation of the root key changes those bytes alone. A wrapped keyring names the root
key that opens it, so a wrong one and a mixed state are seen without opening anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec
import tink
from tink import aead, secret_key_access

from seatrobot.kernel import keyfiles
from seatrobot.kernel.vault.errors import (
    KeyringDamaged,
    KeyringLocked,
    KeysUnavailable,
    OwnKeyRefused,
    RootKeyMissing,
    RootKeyRefused,
    RootKeyUnreachable,
    RootKeyWrong,
)
from seatrobot.kernel.vault.holding import count_use

aead.register()

MARK = b"SRK1"
"""How a wrapped keyring begins."""
SECRET_BYTES = 32
AES_GCM = "type.googleapis.com/google.crypto.tink.AesGcmKey"
KEY_VALUE = b"\x1a\x20"
"""In Tink's AesGcmKey, field 3 and its length stand before the 32 bytes of the key."""
FILE = "file"
MALFORMED = (tink.TinkError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What comes of bytes that are no data key, or another one."""


class Own(msgspec.Struct, array_like=True, frozen=True):
    """A second key that the organization itself holds; see own.py.

    reference: which one. public: of a sheet, what locks without it. is_locked: whether
    `Wrapped.key` is under it. since: when it was locked or unlocked last (ISO 8601). is_tried:
    whether somebody has shown that they hold it.

    address: where a key is that a key service of the organization's holds, "" for a sheet. key: the
    second data key, encrypted by it. credentials: what that service knows us by, sealed under the
    first data key, so that they can be replaced while it refuses.
    """

    reference: str
    public: bytes
    is_locked: bool
    since: str
    is_tried: bool = False
    address: str = ""
    key: bytes = b""
    credentials: bytes = b""

    @property
    def is_held(self) -> bool:
        """Whether a key service holds it, and is asked each time the keyring is opened."""
        return bool(self.address)


class Wrapped(msgspec.Struct, array_like=True, frozen=True):
    """A wrapped keyring, all of it public without the root key.

    root: which root key opens `key`, see `Holder.reference`. key: the data key, encrypted by it,
    and while it is locked that under the organization's own key (a sheet). body: the keyring,
    sealed under the data key and bound to its name; before that under a second data key, where the
    organization's own key is in a key service.
    """

    root: str
    key: bytes
    body: bytes
    own: Own | None = None

    @property
    def is_locked(self) -> bool:
        return self.own is not None and self.own.is_locked


def encode(wrapped: Wrapped) -> bytes:
    return MARK + msgspec.msgpack.encode(wrapped)


def decode(content: bytes) -> Wrapped:
    """Return the parts of a wrapped keyring; raise KeyringDamaged where it is none, or half."""
    if not content.startswith(MARK):
        raise KeyringDamaged("a wrapped keyring is not in the form that this version writes")
    try:
        return msgspec.msgpack.decode(content[len(MARK) :], type=Wrapped)
    except msgspec.DecodeError as error:
        raise KeyringDamaged(f"a wrapped keyring is not whole ({error})") from error


class Holder(Protocol):
    """What holds a root key and never gives it away.

    reference: its kind and which key it encrypts with, such as `file:5e1f9c02`; no secret.
    where: for people, such as "the file /var/lib/seatrobot/keys/root.key".
    """

    @property
    def reference(self) -> str: ...

    @property
    def where(self) -> str: ...

    def encrypt(self, plain: bytes, name: bytes) -> bytes:
        """Encrypt a data key for the keyring of this name (the 16 bytes of its UUID)."""

    def decrypt(self, sealed: bytes, name: bytes, reference: str) -> bytes:
        """Decrypt it; raise RootKeyMissing, RootKeyWrong or RootKeyUnreachable."""

    def knows(self, reference: str) -> bool:
        """Whether a key of this reference is one of its own, of before a rotation too."""


HeldAt = Callable[[str, bytes], Holder]
"""Gives what holds an organization's own key, by its address and the credentials for it."""


def held_nowhere(address: str, _credentials: bytes) -> Holder:
    """Raise RootKeyUnreachable: whoever opens keyrings with the root key alone asks nobody else."""
    raise RootKeyUnreachable(f"nobody is asked for the key {address} here")


class _DataKey:
    """A key of one keyring; `text` is what a holder encrypts."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        handle = tink.json_proto_keyset_format.parse(text.decode(), secret_key_access.TOKEN)
        self._aead = handle.primitive(aead.Aead)

    @classmethod
    def new(cls) -> _DataKey:
        handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
        text = tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
        return cls(text.encode())

    def encrypt(self, plain: bytes, bound_to: bytes) -> bytes:
        return bytes(self._aead.encrypt(plain, bound_to))

    def decrypt(self, sealed: bytes, bound_to: bytes) -> bytes:
        return bytes(self._aead.decrypt(sealed, bound_to))


class RootKey:
    """Wraps keyrings by the first of some holders; opens what any of them has wrapped.

    held_at: gives what holds an organization's own key, which is asked too where it has one.
    """

    def __init__(self, *holders: Holder, held_at: HeldAt = held_nowhere) -> None:
        self.holders = holders
        self._held_at = held_at

    @property
    def holder(self) -> Holder:
        return self.holders[0]

    @property
    def reference(self) -> str:
        return self.holder.reference

    def wrap(
        self, plain: bytes, name: bytes, own: Own | None = None, credentials: bytes = b""
    ) -> bytes:
        """Return the bytes of a keyring as bytes that only the root key opens.

        own: the organization's own key, which can lock them; one in a key service is needed to open
        them, too. credentials: for that service. Raises OwnKeyRefused, and what a holder does.
        """
        data_key = _DataKey.new()
        if own is not None and own.is_held:
            second = _DataKey.new()
            with _asking(name):
                key = self._held_at(own.address, credentials).encrypt(second.text, name)
            plain = second.encrypt(plain, name)
            sealed = data_key.encrypt(credentials, _bound(own, name))
            own = msgspec.structs.replace(own, key=key, credentials=sealed)
        body = data_key.encrypt(plain, name)
        root, key = self._encrypted(data_key.text, name)
        return encode(Wrapped(root, key, body, own))

    def unwrap(self, content: bytes, name: bytes) -> bytes:
        """Return what was wrapped under this name.

        Raises KeyringDamaged, KeyringLocked, OwnKeyRefused, and what `Holder.decrypt` does.
        """
        wrapped = decode(content)
        with _whole(name):
            data_key = _DataKey(self._data_key(wrapped, name))
            body = data_key.decrypt(wrapped.body, name)
            if wrapped.own is None or not wrapped.own.is_held:
                return body
            credentials = data_key.decrypt(wrapped.own.credentials, _bound(wrapped.own, name))
        return self._opened(wrapped.own, credentials, body, name)

    def check(self, content: bytes, name: bytes) -> None:
        """Raise what `unwrap` does where the root key does not open it; asks for no own key."""
        wrapped = decode(content)
        with _whole(name):
            _DataKey(self._data_key(wrapped, name)).decrypt(wrapped.body, name)

    def credentials(self, content: bytes, name: bytes) -> bytes:
        """Return the credentials for the service that holds its own key; b"" without one."""
        wrapped = decode(content)
        if wrapped.own is None or not wrapped.own.is_held:
            return b""
        with _whole(name):
            data_key = _DataKey(self._data_key(wrapped, name))
            return data_key.decrypt(wrapped.own.credentials, _bound(wrapped.own, name))

    def with_credentials(self, content: bytes, name: bytes, credentials: bytes) -> bytes:
        """Return the same keyring with other credentials, once they have opened it.

        Raises OwnKeyRefused where they do not.
        """
        wrapped = decode(content)
        assert wrapped.own is not None
        with _whole(name):
            data_key = _DataKey(self._data_key(wrapped, name))
            body = data_key.decrypt(wrapped.body, name)
            self._opened(wrapped.own, credentials, body, name)
            sealed = data_key.encrypt(credentials, _bound(wrapped.own, name))
        own = msgspec.structs.replace(wrapped.own, credentials=sealed)
        return encode(msgspec.structs.replace(wrapped, own=own))

    def _opened(self, own: Own, credentials: bytes, body: bytes, name: bytes) -> bytes:
        """Return what the data key opens that the organization's own key alone decrypts.

        Around it all was whole: where this does not open, its key service gave another key.
        """
        with _asking(name):
            holder = self._held_at(own.address, credentials)
            return _DataKey(holder.decrypt(own.key, name, own.reference)).decrypt(body, name)

    def rewrap(self, content: bytes, name: bytes) -> bytes:
        """Return the same keyring under the key that the holder encrypts with now."""
        wrapped = decode(content)
        text = self._data_key(wrapped, name)
        root, key = self._encrypted(text, name)
        return encode(msgspec.structs.replace(wrapped, root=root, key=key))

    def _encrypted(self, text: bytes, name: bytes) -> tuple[str, bytes]:
        """Return which root key has encrypted a data key, and what came of it.

        Once more where it was rotated between the two.
        """
        while True:
            root = self.holder.reference
            key = self.holder.encrypt(text, name)
            if self.holder.reference == root:
                return root, key

    def _data_key(self, wrapped: Wrapped, name: bytes) -> bytes:
        if wrapped.is_locked:
            raise KeyringLocked(UUID(bytes=name))
        for holder in self.holders:
            if holder.knows(wrapped.root):
                return holder.decrypt(wrapped.key, name, wrapped.root)
        raise RootKeyWrong(
            f"the root key is {self.reference}, and does not open the keyring {UUID(bytes=name)},"
            f" which was wrapped by {wrapped.root}"
        )


@contextmanager
def _whole(name: bytes) -> Iterator[None]:
    """Raise KeyringDamaged for what a data key does not open."""
    try:
        yield
    except (tink.TinkError, ValueError) as error:
        raise KeyringDamaged(
            f"the keyring {UUID(bytes=name)} was changed, or is not the one of this name: the"
            " root key does not open it"
        ) from error


@contextmanager
def _asking(name: bytes) -> Iterator[None]:
    """Raise OwnKeyRefused for what a holder raises that is asked for an organization's own key.

    Each time is counted for the organization's journal.
    """
    organization_id = UUID(bytes=name)
    try:
        yield
    except KeysUnavailable as error:
        count_use(organization_id, refused=True)
        is_final = isinstance(error, RootKeyMissing | RootKeyWrong | RootKeyRefused)
        raise OwnKeyRefused(organization_id, error.cause, is_final=is_final) from error
    except MALFORMED as error:
        count_use(organization_id, refused=True)
        raise OwnKeyRefused(
            organization_id, "its key service gave what is no key of ours", is_final=True
        ) from error
    count_use(organization_id, refused=False)


def _bound(own: Own, name: bytes) -> bytes:
    """Return what sealed credentials are bound to: they go to this address and to no other."""
    return name + own.address.encode()


class FileRootKey(RootKey):
    """The root key in a file of mode 0600, made where there is none."""

    def __init__(self, path: Path) -> None:
        keyfiles.load_or_create(path, lambda: keyset([secrets.token_bytes(SECRET_BYTES)]))
        super().__init__(FileHolder(path))


class FileHolder:
    """A Tink keyset in a file; the key that it wraps with is the first, others still open.

    The identifier of each key follows from its 32 bytes, so those alone bring back the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: dict[str, aead.Aead] = {}
        self._state = (0, 0)
        self._read()

    @property
    def reference(self) -> str:
        self._follow()
        return next(iter(self._keys))

    @property
    def where(self) -> str:
        return f"the file {self.path}"

    def knows(self, reference: str) -> bool:
        if reference not in self._keys:
            self._follow()
        return reference in self._keys

    def encrypt(self, plain: bytes, name: bytes) -> bytes:
        self._follow()
        keys = self._keys  # another thread may read the file again meanwhile
        return bytes(keys[next(iter(keys))].encrypt(plain, name))

    def decrypt(self, sealed: bytes, name: bytes, reference: str) -> bytes:
        if (key := self._keys.get(reference)) is None:  # read again since `knows` was asked
            raise RootKeyWrong(
                f"the file {self.path} does not hold the root key {reference} any more"
            )
        try:
            return bytes(key.decrypt(sealed, name))
        except tink.TinkError as error:
            raise KeyringDamaged(
                f"the keyring {UUID(bytes=name)} was changed, or is not the one of this name: the"
                f" root key {reference} does not open it"
            ) from error

    def _follow(self) -> None:
        """Read the file again where it was replaced, as a rotation does."""
        try:
            state = self.path.stat()
        except OSError:
            return  # what was read is still right; a new process will say that it is missing
        if (state.st_ino, state.st_mtime_ns) != self._state:
            self._read()

    def _read(self) -> None:
        try:
            state = self.path.stat()
            values = key_values(self.path.read_bytes())
        except FileNotFoundError:
            raise RootKeyMissing(f"the root key {self.path} is missing") from None
        except OSError as error:
            raise RootKeyMissing(
                f"the root key {self.path} cannot be read: {error.strerror}"
            ) from error
        except ValueError as error:
            raise RootKeyWrong(f"the root key {self.path} is no root key: {error}") from error
        self._state = state.st_ino, state.st_mtime_ns
        self._keys = {reference_of(each): _primitive(each) for each in values}


def reference_of(value: bytes) -> str:
    """Return what names a root key of 32 bytes and tells nothing of them."""
    return f"{FILE}:{_identifier(value):08x}"


def keyset(values: Sequence[bytes]) -> bytes:
    """Return the file of a root key: Tink's JSON of these keys, the first of them primary."""
    keys = [
        {
            "keyData": {
                "typeUrl": AES_GCM,
                "value": base64.b64encode(KEY_VALUE + value).decode(),
                "keyMaterialType": "SYMMETRIC",
            },
            "status": "ENABLED",
            "keyId": _identifier(value),
            "outputPrefixType": "TINK",
        }
        for value in values
    ]
    return json.dumps({"primaryKeyId": keys[0]["keyId"], "key": keys}).encode()


def key_values(content: bytes) -> list[bytes]:
    """Return the 32 bytes of each key of such a file, the primary first; ValueError otherwise."""
    try:
        found = json.loads(content)
        keys = {each["keyId"]: base64.b64decode(each["keyData"]["value"]) for each in found["key"]}
        first = keys.pop(found["primaryKeyId"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("it is not in the form of a root key") from error
    values = [each.removeprefix(KEY_VALUE) for each in (first, *keys.values())]
    if any(len(each) != SECRET_BYTES for each in values):
        raise ValueError("a key in it has not 32 bytes")
    return values


def _identifier(value: bytes) -> int:
    """Return the key identifier of a root key: never 0, which Tink refuses."""
    digest = hashlib.sha256(b"seatrobot root key 1\n" + value).digest()
    return int.from_bytes(digest[:4], "big") or 1


def _primitive(value: bytes) -> aead.Aead:
    handle = tink.json_proto_keyset_format.parse(keyset([value]).decode(), secret_key_access.TOKEN)
    return handle.primitive(aead.Aead)
