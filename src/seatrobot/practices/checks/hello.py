"""Which groups for the agreement on keys a TLS 1.3 listener knows, asked group by group.

A ClientHello (RFC 8446, 4.1.2) that names one group and has no share of it: a listener that knows
the group asks for a share (HelloRetryRequest), another one refuses. Nothing is agreed on. Python's
`ssl` can neither choose a group nor say which one was used.
"""

from __future__ import annotations

import secrets
import socket
import struct

GROUPS = {"X25519MLKEM768": 0x11EC, "X25519": 0x001D, "P-256": 0x0017, "P-384": 0x0018}
"""By IANA's numbers; the first withstands a quantum computer (ML-KEM beside X25519)."""
QUANTUM_RESISTANT = "X25519MLKEM768"
SECONDS = 5
SUITES = (0x1301, 0x1302, 0x1303)
SIGNATURES = (0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0807, 0x0401)
HANDSHAKE, SERVER_HELLO = 22, 2
HEADER = 6
"""Type, version and length of a record, and the type of the message in it."""


def groups(host: str, port: int, name: str) -> list[str]:
    """Return the groups that a listener knows, of those above; OSError when nothing listens."""
    return [group for group in GROUPS if knows(host, port, name, GROUPS[group])]


def knows(host: str, port: int, name: str, group: int) -> bool:
    """Return whether a listener would agree on keys in this group; OSError when nothing listens."""
    with socket.create_connection((host, port), SECONDS) as opened:
        opened.sendall(client_hello(name, group))
        answer = b""
        try:
            while len(answer) < HEADER and (more := opened.recv(HEADER - len(answer))):
                answer += more
        except OSError:
            return False
    return len(answer) == HEADER and answer[0] == HANDSHAKE and answer[-1] == SERVER_HELLO


def client_hello(name: str, group: int) -> bytes:
    """Return the record of a ClientHello for TLS 1.3 with one group and no share of it."""
    host = name.encode("idna")
    extensions = (
        _extension(0, _list(b"\0" + _list(host))),
        _extension(10, _list(struct.pack(">H", group))),
        _extension(13, _list(struct.pack(f">{len(SIGNATURES)}H", *SIGNATURES))),
        _extension(43, b"\2" + struct.pack(">H", 0x0304)),
        _extension(51, _list(b"")),
    )
    body = b"".join(
        (
            struct.pack(">H", 0x0303),
            secrets.token_bytes(32),
            b"\x20" + secrets.token_bytes(32),
            _list(struct.pack(f">{len(SUITES)}H", *SUITES)),
            b"\1\0",
            _list(b"".join(extensions)),
        )
    )
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return bytes((HANDSHAKE, 3, 1)) + _list(message)


def _list(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _list(content)
