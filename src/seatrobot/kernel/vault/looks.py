"""Telling sealed bytes from others without a key: by their form alone.

What Tink seals begins with a byte 1 and four bytes that name the key, then a nonce (12 bytes of
AES-GCM and AES-GCM-SIV, 24 of XChaCha20-Poly1305), the text's own length, and a tag of sixteen; the
version of the record follows.
"""

from __future__ import annotations

KEY_BYTES = 5
"""How many bytes at the beginning name the key."""
SHORTEST = KEY_BYTES + 12 + 16 + 1 + 1
PREFIX = 1
PRINTABLE = frozenset(range(0x20, 0x7F))
MOST_PRINTABLE = 0.9
"""Of random bytes 0.37 are printable; of 33 of them more than this once in five billion times."""


def looks_sealed(value: bytes | None) -> bool:
    """Return whether bytes have the form of a sealed value and no text shines through."""
    if value is None or len(value) < SHORTEST or value[0] != PREFIX:
        return False
    rest = value[1:]
    return sum(byte in PRINTABLE for byte in rest) <= MOST_PRINTABLE * len(rest)


def key_of(value: bytes) -> int | None:
    """Return the identifier of the key that a sealed value names, None for other bytes."""
    if len(value) < KEY_BYTES or value[0] != PREFIX:
        return None
    return int.from_bytes(value[1:KEY_BYTES], "big")
