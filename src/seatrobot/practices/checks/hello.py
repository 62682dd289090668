"""ClientHellos: made, sent to a listener, and read (RFC 5246, 7.4.1; RFC 8446, 4.1).

A listener is asked by a hello that offers what the question is about, and nothing is agreed on:
its first answer says which protocol, suite and group it would take, or refuses. Python's `ssl` can
neither offer what OpenSSL does not have nor say which group was used.
"""

from __future__ import annotations

import secrets
import socket
import ssl
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from seatrobot.kernel import tls

GROUPS = {"X25519MLKEM768": 0x11EC, "X25519": 0x001D, "P-256": 0x0017, "P-384": 0x0018}
"""By IANA's numbers; the first withstands a quantum computer (ML-KEM beside X25519)."""
QUANTUM_RESISTANT = "X25519MLKEM768"
SECONDS = 5
VERSIONS = {"SSLv3": 0x0300, "TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303}
VERSIONS |= {"TLSv1.3": 0x0304}
SUITES = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "ECDHE-ECDSA-AES128-GCM-SHA256": 0xC02B,
    "ECDHE-ECDSA-AES256-GCM-SHA384": 0xC02C,
    "ECDHE-RSA-AES128-GCM-SHA256": 0xC02F,
    "ECDHE-RSA-AES256-GCM-SHA384": 0xC030,
    "ECDHE-RSA-CHACHA20-POLY1305": 0xCCA8,
    "ECDHE-ECDSA-CHACHA20-POLY1305": 0xCCA9,
}
"""Those of the profiles, by OpenSSL's names and IANA's numbers."""
SUITES_13 = [0x1301, 0x1302, 0x1303, 0x1304, 0x1305]
EVERY_SUITE_12 = [
    *range(0x0001, 0x00C8),
    *range(0xC001, 0xC0B4),
    *range(0xCCA8, 0xCCAF),
]
"""IANA's ranges of suites for TLS 1.2 and older, with those that were never given out."""
SIGNALS = {0x00FF, 0x5600}
"""No suites but signals: of secure renegotiation, and of a second try with an older protocol."""
SIGNATURES = [
    *(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806),
    *(0x0401, 0x0501, 0x0601, 0x0203, 0x0201),
]
ALERT, HANDSHAKE, CLIENT_HELLO, SERVER_HELLO = 21, 22, 1, 2
NAME, GROUP_LIST, FORMATS, SIGNED, ALPN, MASTER, VERSION_LIST, MODES, SHARE = (
    *(0, 10, 11, 13, 16, 23, 43, 45, 51),
)
HEADER, MESSAGE = 5, 4
"""Bytes before a record, and before a message of a handshake."""
LONGEST = 64 * 1024
GREASE_MASK, GREASE = 0x0F0F, 0x0A0A


@dataclass(frozen=True, slots=True)
class Hello:
    """What a client offers. versions: oldest and newest, by the names above.

    groups, signatures: empty where the client sends no such extension.
    """

    versions: tuple[str, str]
    suites: Sequence[int]
    groups: Sequence[int] = ()
    signatures: Sequence[int] = ()
    alpn: Sequence[str] = ()
    has_name: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What a listener takes of it. group: "" where its first answer does not say it."""

    version: str
    suite: int
    group: str = ""

    @property
    def suite_name(self) -> str:
        known = {number: name for name, number in SUITES.items()}
        return known.get(self.suite, f"0x{self.suite:04X}")


def groups(host: str, port: int, name: str) -> list[str]:
    """Return the groups that a listener knows, of those above; OSError when nothing listens.

    A hello that names one group and has no share of it: who knows the group asks for a share.
    """
    return [
        group
        for group, number in GROUPS.items()
        if ask(host, port, record(Hello(("TLSv1.3",) * 2, SUITES_13, [number], SIGNATURES), name))
    ]


def outside(host: str, port: int, name: str, profile: tls.Profile) -> list[str]:
    """Return what a listener takes that is not in a profile; OSError when nothing listens."""
    found = []
    ours = {SUITES[each] for each in (*tls.SUITES_13, *profile.suites)}
    others = [number for number in EVERY_SUITE_12 if number not in ours]
    for version in VERSIONS:
        if version == "TLSv1.3":
            asked = [number for number in SUITES_13 if number not in ours]
        else:
            asked = others if version in profile.versions else EVERY_SUITE_12
        hello = Hello((version, version), asked, list(GROUPS.values()), SIGNATURES)
        if taken := ask(host, port, record(hello, name)):
            is_version = taken.version not in profile.versions
            found.append(taken.version if is_version else f"{version} with {taken.suite_name}")
    return found


def agreed(host: str, port: int, name: str) -> dict[str, list[str]]:
    """Return the suites of the profiles that a listener takes, by version."""
    found = {}
    for version in ("TLSv1.2", "TLSv1.3"):
        names = tls.SUITES_13 if version == "TLSv1.3" else tls.SUITES_12
        left, taken = [SUITES[each] for each in names], []
        while left:
            hello = Hello((version, version), left, list(GROUPS.values()), SIGNATURES)
            answer = ask(host, port, record(hello, name))
            if answer is None or answer.suite not in left:
                break
            left.remove(answer.suite)
            taken.append(answer.suite_name)
        if taken:
            found[version] = taken
    return found


def ask(host: str, port: int, hello: bytes) -> Taken | None:
    """Send a hello; return what the listener takes, None where it refuses.

    OSError when nothing listens there.
    """
    opened = socket.create_connection((host, port), SECONDS)
    with opened, suppress(OSError, ValueError, struct.error, IndexError):
        opened.sendall(hello)
        return _taken(_messages(opened))
    return None


def offered(context: ssl.SSLContext) -> Hello:
    """Return what a client's context offers, out of the hello that it makes."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="listener.example")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return read(outgoing.read())


def beyond(hello: Hello, profile: tls.Profile) -> list[str]:
    """Return what a hello offers that is not in a profile."""
    ours = {SUITES[each] for each in (*tls.SUITES_13, *tls.SUITES_12)}
    order = list(VERSIONS)
    oldest = order.index(profile.versions[0])
    found = [f"0x{each:04X}" for each in hello.suites if each not in ours | SIGNALS]
    if order.index(hello.versions[0]) < oldest:
        found.insert(0, hello.versions[0])
    return found


def read(content: bytes) -> Hello:
    """Read the record of a ClientHello; ValueError, IndexError or struct.error where it is none."""
    if content[0] != HANDSHAKE or content[HEADER] != CLIENT_HELLO:
        raise ValueError("no ClientHello")
    body = content[HEADER + MESSAGE :]
    legacy, at = struct.unpack_from(">H", body)[0], 34
    at += 1 + body[at]
    size = struct.unpack_from(">H", body, at)[0]
    suites = _numbers(body[at + 2 : at + 2 + size])
    at += 2 + size
    at += 1 + body[at]
    extensions = dict(_extensions(body[at:]))
    versions = [legacy]
    if VERSION_LIST in extensions:
        versions = [each for each in _numbers(extensions[VERSION_LIST][1:]) if not _is_grease(each)]
    names = {number: name for name, number in VERSIONS.items()}
    return Hello(
        versions=(names[min(versions)], names[max(versions)]),
        suites=[each for each in suites if not _is_grease(each)],
        groups=[
            each for each in _numbers(extensions.get(GROUP_LIST, b"")[2:]) if not _is_grease(each)
        ],
        signatures=_numbers(extensions.get(SIGNED, b"")[2:]),
        has_name=NAME in extensions,
    )


def record(hello: Hello, name: str) -> bytes:
    """Return the record of a ClientHello; a TLS 1.3 one without a share of a key."""
    order = list(VERSIONS)
    oldest, newest = (order.index(each) for each in hello.versions)
    offers = [VERSIONS[each] for each in reversed(order[oldest : newest + 1])]
    is_13 = hello.versions[1] == "TLSv1.3"
    legacy = 0x0303 if is_13 else offers[0]
    extensions = list(_made(hello, name, offers if is_13 else []))
    body = b"".join(
        (
            struct.pack(">H", legacy),
            secrets.token_bytes(32),
            b"\x20" + secrets.token_bytes(32) if is_13 else b"\0",
            _list(_packed(hello.suites)),
            b"\1\0",
            _list(b"".join(extensions)) if extensions else b"",
        )
    )
    message = bytes((CLIENT_HELLO,)) + len(body).to_bytes(3, "big") + body
    return bytes((HANDSHAKE, 3, min(legacy & 0xFF, 1))) + _list(message)


def _made(hello: Hello, name: str, offers: list[int]) -> Iterator[bytes]:
    if hello.has_name and name and not tls.is_address(name):
        yield _extension(NAME, _list(b"\0" + _list(name.encode("idna"))))
    if hello.groups:
        yield _extension(GROUP_LIST, _list(_packed(hello.groups)))
        yield _extension(FORMATS, b"\1\0")
    if hello.signatures:
        yield _extension(SIGNED, _list(_packed(hello.signatures)))
    if hello.alpn:
        named = b"".join(bytes((len(each),)) + each.encode() for each in hello.alpn)
        yield _extension(ALPN, _list(named))
    if hello.groups and hello.versions[1] in {"TLSv1.2", "TLSv1.3"}:
        yield _extension(MASTER, b"")
    if offers:
        yield _extension(VERSION_LIST, bytes((2 * len(offers),)) + _packed(offers))
        yield _extension(MODES, b"\1\1")
        yield _extension(SHARE, _list(b""))


def _messages(opened: socket.socket) -> bytes:
    """Return the first message of a handshake that is answered; ValueError for an alert."""
    content = b""
    while True:
        header = _received(opened, HEADER)
        if header[0] != HANDSHAKE:
            raise ValueError("refused")
        content += _received(opened, struct.unpack_from(">H", header, 3)[0])
        if len(content) > LONGEST:
            raise ValueError("too long")
        if len(content) >= MESSAGE + int.from_bytes(content[1:4], "big"):
            return content


def _taken(content: bytes) -> Taken:
    if content[0] != SERVER_HELLO:
        raise ValueError("no ServerHello")
    body = content[MESSAGE : MESSAGE + int.from_bytes(content[1:4], "big")]
    version, at = struct.unpack_from(">H", body)[0], 34
    at += 1 + body[at]
    suite = struct.unpack_from(">H", body, at)[0]
    extensions = dict(_extensions(body[at + 3 :]))
    if VERSION_LIST in extensions:
        version = struct.unpack(">H", extensions[VERSION_LIST])[0]
    number = struct.unpack_from(">H", extensions[SHARE])[0] if SHARE in extensions else 0
    names = {number: name for name, number in VERSIONS.items()}
    groups_by_number = {number: name for name, number in GROUPS.items()}
    return Taken(names.get(version, hex(version)), suite, groups_by_number.get(number, ""))


def _received(opened: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        more = opened.recv(size - len(content))
        if not more:
            raise ValueError("closed")
        content += more
    return content


def _extensions(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2
    while at + 4 <= len(content):
        number, size = struct.unpack_from(">HH", content, at)
        yield number, content[at + 4 : at + 4 + size]
        at += 4 + size


def _numbers(content: bytes) -> list[int]:
    return list(struct.unpack(f">{len(content) // 2}H", content[: len(content) // 2 * 2]))


def _packed(numbers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(numbers)}H", *numbers)


def _is_grease(number: int) -> bool:
    """Return whether a number stands there to be passed over (RFC 8701)."""
    return number & GREASE_MASK == GREASE and number >> 8 == number & 0xFF


def _list(content: bytes) -> bytes:
    return struct.pack(">H", len(content)) + content


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _list(content)
