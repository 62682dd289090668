"""How a part of a backup is written: compressed, then encrypted, its hash taken on the way.

Compressed as members of gzip, one for each megabyte, so that what does not compress (sealed values)
is stored as it is, ten times as fast.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from seatrobot.kernel.vault.streaming import StreamDamaged, StreamKey

PIECE = 1024 * 1024
SAMPLE = 32 * 1024
WORTH = 0.9
"""A sample that compresses to less than this share is compressed."""
GZIP = 31
"""zlib's number for gzip's own header."""


class Packed(io.RawIOBase):
    """A file to write to, which knows its size and hash once it is closed."""

    def __init__(self, path: Path, key: StreamKey, bound_to: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.size = 0
        self.sha256 = ""
        self._hash = hashlib.sha256()
        self._file = path.open("wb")
        self._cipher = key.encrypting(cast("BinaryIO", _Counted(self)), bound_to)
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._waiting += content
        while len(self._waiting) >= PIECE:
            self._cipher.write(compressed(bytes(self._waiting[:PIECE])))
            del self._waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        if self.closed:
            return
        self._cipher.write(compressed(bytes(self._waiting)))
        self._cipher.close()
        self.sha256 = self._hash.hexdigest()
        self._file.close()
        super().close()

    def take(self, content: bytes) -> None:
        self._hash.update(content)
        self._file.write(content)
        self.size += len(content)


class _Counted(io.RawIOBase):
    def __init__(self, packed: Packed) -> None:
        self._packed = packed

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        content = bytes(content)
        self._packed.take(content)
        return len(content)


def compressed(content: bytes) -> bytes:
    """Return a member of gzip, stored as it is where compressing is not worth it."""
    sample = content[:SAMPLE]
    is_worth = len(zlib.compress(sample, 1)) < WORTH * len(sample)
    return zlib.compress(content, 1 if is_worth else 0, wbits=GZIP)


def packed(content: bytes, key: StreamKey, bound_to: str) -> bytes:
    """Return a small content packed."""
    kept = _Kept()
    with key.encrypting(cast("BinaryIO", kept), bound_to) as cipher:
        cipher.write(compressed(content))
    return kept.content


class _Kept(io.BytesIO):
    content = b""

    def close(self) -> None:
        self.content = self.getvalue()
        super().close()


def unpacked(source: BinaryIO, key: StreamKey, bound_to: str) -> BinaryIO:
    """Return what was packed; reading raises StreamDamaged for what is not as it was written."""
    plain = gzip.GzipFile(fileobj=key.decrypting(source, bound_to))
    return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", _Whole(plain)), PIECE))


class _Whole(io.RawIOBase):
    def __init__(self, plain: gzip.GzipFile) -> None:
        self._plain = plain

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            found = self._plain.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise StreamDamaged(f"what is compressed is not whole ({error})") from error
        buffer[: len(found)] = found
        return len(found)


@contextmanager
def members(plain: BinaryIO) -> Iterator[tarfile.TarFile]:
    """Give the members of an archive in their order; StreamDamaged where it is none, or cut off."""
    try:
        with tarfile.open(fileobj=plain, mode="r|", bufsize=PIECE) as archive:
            yield archive
    except tarfile.TarError as error:
        raise StreamDamaged(f"the archive cannot be read ({error})") from error
