"""Checkpoints, keys and cosignatures as C2SP writes them (tlog-checkpoint, tlog-cosignature).

A witness's key has kind 4 (Ed25519); its signature is over `cosignature/v1`, the time, and the
checkpoint. A key of kind 6 (ML-DSA-44, FIPS 204) signs the form `subtree/v1`: who signs, the time,
the log's name, its size and its root. Nothing here needs Django or a database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from seatrobot.kernel.journal.tree import HASH_BYTES

LOG_KEY, COSIGNATURE_KEY, ML_DSA_KEY = b"\x01", b"\x04", b"\x06"
"""Kinds of keys: Ed25519 of who writes a log and of who cosigns it, and ML-DSA-44."""
PUBLIC_KEYS: dict[bytes, type[Ed25519PublicKey | MLDSA44PublicKey]] = {
    LOG_KEY: Ed25519PublicKey,
    COSIGNATURE_KEY: Ed25519PublicKey,
    ML_DSA_KEY: MLDSA44PublicKey,
}
ID_BYTES, TIME_BYTES = 4, 8
SIGNATURE_BYTES = {LOG_KEY: 64, COSIGNATURE_KEY: 64, ML_DSA_KEY: 2420}
LATEST = 2**63 - 1
"""No time of a cosignature is greater."""
SUBTREE = b"subtree/v1\n\0"
LINES = 3


class HeadClaim(NamedTuple):
    """What a checkpoint says: the log's name, its size and its root."""

    origin: str
    size: int
    root: bytes


class VerifierKey(NamedTuple):
    """A public key with the name it signs under."""

    name: str
    kind: bytes
    key: Ed25519PublicKey | MLDSA44PublicKey

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.kind, self.key)

    @property
    def text(self) -> str:
        encoded = base64.b64encode(self.kind + self.key.public_bytes_raw()).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def key_id(name: str, kind: bytes, key: Ed25519PublicKey | MLDSA44PublicKey) -> bytes:
    digest = hashlib.sha256(name.encode() + b"\n" + kind + key.public_bytes_raw()).digest()
    return digest[:ID_BYTES]


def read_key(text: str, kind: bytes) -> VerifierKey:
    """Read a key as C2SP writes it, `NAME+hash+key`; ValueError for anything else."""
    name, digest, encoded = text.strip().split("+", 2)
    raw = _decoded(encoded)
    if not name or raw[:1] != kind:
        raise ValueError("this is no key of this kind")
    found = VerifierKey(name, kind, PUBLIC_KEYS[kind].from_public_bytes(raw[1:]))
    if digest != found.id.hex():
        raise ValueError("the key does not match its hash")
    return found


def claim_of(text: str) -> HeadClaim:
    """Read the text of a checkpoint; ValueError when it is none."""
    lines = text.split("\n")
    if len(lines) != LINES + 1 or lines[LINES] or not lines[0]:
        raise ValueError("a checkpoint has three lines")
    if not (lines[1].isascii() and lines[1].isdecimal()) or str(int(lines[1])) != lines[1]:
        raise ValueError("the size is no number")
    root = _decoded(lines[2])
    if len(root) != HASH_BYTES:
        raise ValueError("the root is no hash")
    return HeadClaim(lines[0], int(lines[1]), root)


def text_of(note: str) -> str:
    """Return what is signed of a note."""
    return note.rpartition("\n\n")[0] + "\n"


def is_signed(note: str, key: VerifierKey) -> bool:
    """Whether a line of a note is a signature of its text by a log's key."""
    for line in note.rpartition("\n\n")[2].splitlines():
        if (signature := _signature(line, key)) is not None:
            return _verifies(key, signature, text_of(note).encode())
    return False


def cosign(note: str, key: Ed25519PrivateKey | MLDSA44PrivateKey, name: str, at: int) -> str:
    """Return the line that cosigns a checkpoint at a time (seconds since 1970).

    The kind is that of a witness (4) with Ed25519, and 6 with ML-DSA-44.
    """
    kind = ML_DSA_KEY if isinstance(key, MLDSA44PrivateKey) else COSIGNATURE_KEY
    public = VerifierKey(name, kind, key.public_key())
    signature = key.sign(_cosigned(note, at, public))
    blob = public.id + at.to_bytes(TIME_BYTES, "big")
    return f"— {name} {base64.b64encode(blob + signature).decode()}\n"


def cosigned_at(note: str, line: str, key: VerifierKey) -> int | None:
    """Return when a key cosigned a note; None unless the line is its signature of it."""
    found = _signature(line.rstrip("\n"), key)
    if found is None or len(found) != TIME_BYTES + SIGNATURE_BYTES[key.kind]:
        return None
    at = int.from_bytes(found[:TIME_BYTES], "big")
    try:
        data = _cosigned(note, at, key)
    except (ValueError, OverflowError):  # the note is no checkpoint
        return None
    return at if at <= LATEST and _verifies(key, found[TIME_BYTES:], data) else None


def cosignatures(note: str, name: str, kind: bytes) -> list[str]:
    """Return the lines of a note that are, by name and length, signatures of such a key."""
    length = ID_BYTES + TIME_BYTES + SIGNATURE_BYTES[kind]
    lines = note.rpartition("\n\n")[2].splitlines()
    return [
        line
        for line in lines
        if line.startswith(f"— {name} ") and _length(line.rpartition(" ")[2]) == length
    ]


def _length(encoded: str) -> int:
    try:
        return len(_decoded(encoded))
    except ValueError:
        return 0


def _cosigned(note: str, at: int, key: VerifierKey) -> bytes:
    """Return what a cosignature signs; ValueError or OverflowError: the note is no checkpoint."""
    if key.kind == COSIGNATURE_KEY:
        return f"cosignature/v1\ntime {at}\n{text_of(note)}".encode()
    claim = claim_of(text_of(note))
    whose, log = key.name.encode(), claim.origin.encode()
    numbers = [each.to_bytes(TIME_BYTES, "big") for each in (at, 0, claim.size)]
    return b"".join(
        (SUBTREE, _short(whose), numbers[0], _short(log), numbers[1], numbers[2], claim.root)
    )


def _short(text: bytes) -> bytes:
    """Return a text of up to 255 bytes after its length (RFC 8446, 3.4)."""
    return len(text).to_bytes(1, "big") + text


def _verifies(key: VerifierKey, signature: bytes, data: bytes) -> bool:
    try:
        key.key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _signature(line: str, key: VerifierKey) -> bytes | None:
    """Return what stands after the key's hash in a line of this key; None for another line."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or name != key.name:
        return None
    try:
        raw = _decoded(encoded)
    except ValueError:
        return None
    return raw[ID_BYTES:] if raw[:ID_BYTES] == key.id else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("this is not base64") from error
