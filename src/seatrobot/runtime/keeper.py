"""Closes connections whose client takes too little, and those above a number for one source.

granian has no time-out for a reader and no limit for a source. The kernel knows what is needed:
TCP_INFO says how many bytes a socket has received and how many its peer has acknowledged (tcp(7),
struct tcp_info of linux/tcp.h).
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

EVERY = 2.0
STALLED = 15.0
"""Seconds in which a reader must take `LEAST` bytes of what waits for it."""
LEAST = 2048 * STALLED
IDLE = 300.0
"""Seconds after which a connection without a byte is closed: longer than any page takes."""
PER_SOURCE = 100
"""Connections of one source to one worker."""
GROWTH = (1.0, 1.5, 2.0)
"""How much more than one /64 a /56 and a /48 around it have: a line at home has many of them."""
SEND_BUFFER = 256 * 1024
"""What the kernel holds for a slow reader, in bytes."""
ESTABLISHED = 1
GROUPS_OF_64 = 4

Key = tuple[int, tuple[str, int]]


class Gone(Exception):
    """The other side of a watched connection is not there any more."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a connection had done when it last did enough."""

    since: float
    acknowledged: int
    received: int
    owed: bool


@dataclass(frozen=True, slots=True)
class Info:
    """From struct tcp_info. owed: whether something waits for its reader."""

    state: int
    acknowledged: int
    received: int
    owed: bool

    @classmethod
    def of(cls, sock: socket.socket) -> Info:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
        (unacknowledged,) = struct.unpack_from("I", raw, 24)
        acknowledged, received = struct.unpack_from("QQ", raw, 120)
        (not_sent,) = struct.unpack_from("I", raw, 144)
        return cls(raw[0], acknowledged, received, bool(unacknowledged or not_sent))


@dataclass(slots=True)
class Reader:
    """The reader of one answer."""

    sock: socket.socket
    before: int

    def taken(self) -> int:
        """Return how many bytes were acknowledged since the answer began; raises Gone."""
        try:
            info = Info.of(self.sock)
        except OSError:
            raise Gone from None
        if info.state != ESTABLISHED:
            raise Gone
        return info.acknowledged - self.before


@contextmanager
def watched(client: str) -> Iterator[Reader | None]:
    """Give the reader at a client's `address:port`; None where no such connection is found."""
    host, _, port = client.rpartition(":")
    wanted = host.strip("[]"), port
    with ExitStack() as stack:
        for _number, sock, peer in _connections():
            if (peer[0], str(peer[1])) == wanted:
                stack.enter_context(sock)
                yield Reader(sock, Info.of(sock).acknowledged)
                return
            sock.close()
        yield None


def start(port: int, *, per_source: int = PER_SOURCE) -> None:
    """Keep the connections of this process that came to the port; call it in the worker itself."""
    _limit_buffers(port)
    threading.Thread(target=_keep, args=(port, per_source), name="keeper", daemon=True).start()


def _keep(port: int, per_source: int) -> None:
    known: dict[Key, Known] = {}
    while True:
        time.sleep(EVERY)
        known = sweep(known, port, per_source)


def sweep(known: dict[Key, Known], port: int, per_source: int) -> dict[Key, Known]:
    """Close what is too slow or too much; return what is known of the others for the next time."""
    moment = time.monotonic()
    kept: dict[Key, Known] = {}
    sources: dict[tuple[str, int], list[tuple[float, socket.socket]]] = defaultdict(list)
    with ExitStack() as stack:
        for number, sock, peer in _connections():
            stack.enter_context(sock)
            with suppress(OSError):  # it has ended by itself
                if sock.getsockname()[1] != port:
                    continue
                key = (number, peer)
                state = _next(known.get(key), Info.of(sock), moment)
                if state is None:
                    _drop(sock)
                    continue
                kept[key] = state
                for network, most in bounds(source_of(peer[0]), per_source):
                    sources[network, most].append((state.since, sock))
        for (_network, most), members in sources.items():
            members.sort(key=lambda member: member[0])
            for _since, sock in members[: max(0, len(members) - most)]:
                _drop(sock)
    return kept


def _next(before: Known | None, info: Info, moment: float) -> Known | None:
    """Return what to remember of a connection, or None when it is to be closed."""
    fresh = Known(moment, info.acknowledged, info.received, info.owed)
    if before is None or info.owed != before.owed:
        return fresh
    if info.owed:
        took = info.acknowledged - before.acknowledged
        if took >= LEAST or info.received > before.received:
            return fresh
        return before if moment - before.since <= STALLED else None
    if (info.acknowledged, info.received) != (before.acknowledged, before.received):
        return fresh
    return before if moment - before.since <= IDLE else None


def source_of(host: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 network of an IPv6 address."""
    if ":" not in host:
        return host
    if "." in host:  # IPv4 on a socket of IPv6
        return host.rpartition(":")[2]
    head, _, tail = host.partition("::")
    groups = head.split(":") if head else []
    if "::" in host:
        last = tail.split(":") if tail else []
        groups += ["0"] * (8 - len(groups) - len(last)) + last
    return ":".join(groups[:4])


def networks_of(source: str) -> tuple[str, ...]:
    """Return the networks that a source is in, the widest first: /48, /56 and itself for IPv6."""
    groups = source.split(":")
    if len(groups) != GROUPS_OF_64:
        return (source,)
    site = ":".join(groups[:3])
    return f"{site}/48", f"{site}:{int(groups[3] or '0', 16) >> 8:x}/56", source


def bounds(source: str, most: int) -> list[tuple[str, int]]:
    """Return the networks that a source is in with how much each may have; most: of itself."""
    networks = networks_of(source)[::-1]
    return [(network, round(most * more)) for network, more in zip(networks, GROWTH, strict=False)]


def _connections() -> Iterator[tuple[int, socket.socket, tuple[str, int]]]:
    """Give a duplicate of each connected TCP socket of this process, to be closed by the caller."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  numbers, not paths
        sock = _tcp(int(name))
        if sock is None:
            continue
        try:
            peer = sock.getpeername()
        except OSError:  # it listens, or has ended
            sock.close()
            continue
        yield int(name), sock, (str(peer[0]), int(peer[1]))


def _limit_buffers(port: int) -> None:
    """Bound what the kernel keeps for each reader: sockets inherit it from the one that listens."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  numbers, not paths
        sock = _tcp(int(name))
        if sock is None:
            continue
        with sock, suppress(OSError):
            if sock.getsockname()[1] == port:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


def _tcp(number: int) -> socket.socket | None:
    try:
        if not os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):  # noqa: PTH115  quicker
            return None
        sock = socket.socket(fileno=os.dup(number))
    except OSError:
        return None
    if sock.family in {socket.AF_INET, socket.AF_INET6} and sock.type == socket.SOCK_STREAM:
        return sock
    sock.close()
    return None


_libc = ctypes.CDLL(None, use_errno=True)
_UNSPECIFIED = bytes(16)


def _drop(sock: socket.socket) -> None:
    """Reset a connection: connect(2) to AF_UNSPEC also frees what the kernel still holds for it."""
    _libc.connect(sock.fileno(), _UNSPECIFIED, len(_UNSPECIFIED))
