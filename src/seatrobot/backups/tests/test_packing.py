"""What is packed comes back as it was, or not at all."""

from __future__ import annotations

import io
import os
import tarfile

import pytest

from seatrobot.backups.packing import Packed, compressed, members, packed, unpacked
from seatrobot.kernel.vault.streaming import StreamDamaged, StreamKey

NAME = "base/1/cluster"


def test_what_is_packed_comes_back(tmp_path):
    key = StreamKey.new()
    content = os.urandom(3 * 1024**2 + 17) + bytes(5 * 1024**2) + b"end"
    with Packed(tmp_path / "file", key, NAME) as file:
        for start in range(0, len(content), 700_001):
            file.write(content[start : start + 700_001])
    stored = (tmp_path / "file").read_bytes()
    assert (file.size, content[:20] in stored) == (len(stored), False)
    assert file.size < 4 * 1024**2  # what compresses is compressed
    assert unpacked(io.BytesIO(stored), key, NAME).read() == content


def test_what_does_not_compress_is_stored():
    sealed = os.urandom(1024**2)
    assert len(compressed(sealed)) < 1.01 * len(sealed)
    assert len(compressed(bytes(1024**2))) < 10_000


@pytest.mark.parametrize(
    "spoil",
    [
        lambda b: b[:-1],
        lambda b: b[: len(b) // 2],
        lambda b: b[:-20] + bytes([b[-20] ^ 1]) + b[-19:],
        lambda b: bytes([b[0] ^ 1]) + b[1:],
        lambda _b: b"",
        lambda b: b + b"more",
    ],
)
def test_what_was_changed_does_not_open(spoil):
    key = StreamKey.new()
    stored = packed(os.urandom(2_500_000), key, NAME)
    with pytest.raises(StreamDamaged):
        unpacked(io.BytesIO(spoil(stored)), key, NAME).read()


def test_another_name_or_key_opens_nothing():
    key = StreamKey.new()
    stored = packed(b"text", key, NAME)
    for other, name in ((key, "base/2/cluster"), (StreamKey.new(), NAME)):
        with pytest.raises(StreamDamaged):
            unpacked(io.BytesIO(stored), other, name).read()


def test_an_archive_that_is_none_is_damaged():
    with pytest.raises(StreamDamaged), members(io.BytesIO(b"x" * 2000)) as archive:
        list(archive)
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        member = tarfile.TarInfo("file")
        member.size = 5000
        archive.addfile(member, io.BytesIO(b"a" * 5000))
    with pytest.raises(StreamDamaged), members(io.BytesIO(whole.getvalue()[:3000])) as archive:
        for each in archive:
            archive.extractfile(each).read()
