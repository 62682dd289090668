"""Writes a tiny MaxMind database (format 2.0), enough for one network and its record."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
RECORD_SIZE = 24
UTF8, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 5, 6, 7, 9, 11
NUMBERS = {"node_count": UINT32, "build_epoch": UINT64, "autonomous_system_number": UINT32}


def write(path: Path, network: IPv4Network, record: dict[str, Any]) -> Path:
    """Write a database that knows one IPv4 network."""
    bits = f"{int(network.network_address):032b}"[: network.prefixlen]
    nothing = len(bits)
    found = len(bits) + 16
    nodes = []
    for depth, bit in enumerate(bits):
        onward = depth + 1 if depth + 1 < len(bits) else found
        nodes.append((onward, nothing) if bit == "0" else (nothing, onward))
    tree = b"".join(side.to_bytes(3, "big") for node in nodes for side in node)
    facts = {
        "node_count": len(bits),
        "record_size": RECORD_SIZE,
        "ip_version": 4,
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "description": {"en": "Made for a test"},
    }
    path.write_bytes(tree + bytes(16) + encode(record) + MARKER + encode(facts))
    return path


def encode(value: Any, name: str = "") -> bytes:
    """Encode a value of the data section; its name tells the width of a number."""
    match value:
        case str():
            raw = value.encode()
            return head(UTF8, len(raw)) + raw
        case int():
            raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
            return head(NUMBERS.get(name, UINT16), len(raw)) + raw
        case list():
            return head(ARRAY, len(value)) + b"".join(map(encode, value))
        case dict():
            pairs = b"".join(encode(key) + encode(inner, key) for key, inner in value.items())
            return head(MAP, len(value)) + pairs
    raise TypeError(type(value))


def head(kind: int, size: int) -> bytes:
    """Return the control byte (sizes up to 284), extended kinds in a byte of their own."""
    small, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    if kind <= MAP:
        return bytes([kind << 5 | small]) + more
    return bytes([small, kind - 7]) + more
