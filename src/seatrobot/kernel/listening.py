"""Where the processes of an instance listen, as the kernel says it (Linux, `/proc`).

The instance is the process that holds the data directory and all that it has started, PostgreSQL
among them; where parts are started one by one, the processes that report (`kernel/reports.py`),
what started them, and what they started.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from seatrobot.kernel import reports

PROC = Path("/proc")
LISTENS, UNCONNECTED = "0A", "07"
ACCEPTS = 0x10000
"""The flag of a Unix socket that connections are accepted at (SO_ACCEPTCON)."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """kind: tcp, udp or unix. address: of the host, or the path; "@" begins one without a file."""

    kind: str
    address: str
    port: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.address}" + (f" port {self.port}" if self.port else "")


@dataclass(frozen=True, slots=True)
class Listening:
    """places: where which processes listen. processes: how many there are.

    unseen: those of them whose sockets this process may not see.
    """

    places: Mapping[Place, list[int]]
    processes: int
    unseen: list[int]


def look(data: Path) -> Listening:
    """Return where the instance of a data directory listens."""
    pids = processes(data)
    sockets = dict(_sockets())
    places: dict[Place, list[int]] = {}
    unseen = []
    for pid in sorted(pids):
        try:
            held = _held(pid)
        except PermissionError:
            unseen.append(pid)
            continue
        except OSError:  # it has ended
            continue
        for place in {sockets[inode] for inode in held if inode in sockets}:
            places.setdefault(place, []).append(pid)
    return Listening(places, len(pids), unseen)


def processes(data: Path) -> set[int]:
    """Return the processes of an instance, but for the one that asks and what it has started."""
    parents = dict(_parents())
    roots = {_holder(data)} & parents.keys()
    if not roots:
        said = {int(pid) for part in reports.PARTS for pid in reports.read(data, part)}
        reporting = said & parents.keys()
        roots = reporting | {parents[pid] for pid in reporting}
    return {pid for pid in parents if _is_below(pid, parents, roots)} - {0, 1}


def _is_below(pid: int, parents: Mapping[int, int], roots: set[int]) -> bool:
    """Whether a root has started a process, but not through the one that asks."""
    for each in _line(pid, parents):
        if each in roots:
            return True
        if each == os.getpid():
            return False
    return False


def _holder(data: Path) -> int:
    """Return the process that `seatrobot up` noted in its lock; 0 without one."""
    with suppress(OSError, ValueError):
        return int((data / "lock").read_text())
    return 0


def _line(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    """Give a process and those above it."""
    while pid in parents:
        yield pid
        pid = parents[pid]


def _parents() -> Iterator[tuple[int, int]]:
    for place in PROC.iterdir():
        if place.name.isdecimal():
            with suppress(OSError, IndexError, ValueError):
                # The name of a program may hold brackets and blanks.
                yield (
                    int(place.name),
                    int((place / "stat").read_text().rpartition(")")[2].split()[1]),
                )


def _held(pid: int) -> set[int]:
    """Return the inodes of the sockets that a process has open."""
    found = set()
    for each in (PROC / str(pid) / "fd").iterdir():
        with suppress(OSError):
            target = str(each.readlink())
            if target.startswith("socket:["):
                found.add(int(target[8:-1]))
    return found


def _sockets() -> Iterator[tuple[int, Place]]:
    """Give inode and place of every socket at which somebody may begin to speak."""
    for name in ("tcp", "tcp6", "udp", "udp6"):
        wanted = LISTENS if name.startswith("tcp") else UNCONNECTED
        for line in _lines(PROC / "net" / name):
            if line[3] == wanted:
                host, _, port = line[1].partition(":")
                yield int(line[9]), Place(name.rstrip("6"), _address(host), int(port, 16))
    for line in _lines(PROC / "net" / "unix"):
        if int(line[3], 16) & ACCEPTS:
            yield int(line[6]), Place("unix", line[7] if len(line) > 7 else "@")  # noqa: PLR2004  the path


def _lines(file: Path) -> Iterable[list[str]]:
    try:
        return [line.split() for line in file.read_text().splitlines()[1:]]
    except OSError:  # a kernel without IPv6
        return []


def _address(text: str) -> str:
    """Return an address out of the words of 32 bits in which the kernel shows it."""
    words = [text[at : at + 8] for at in range(0, len(text), 8)]
    content = b"".join(struct.pack("=I", int(word, 16)) for word in words)
    return str(IPv4Address(content) if len(words) == 1 else IPv6Address(content))


def of_host(host: str, port: int) -> set[Place]:
    """Return where something listens that was told to listen at a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return {Place("tcp", str(address[0]), port) for *_, address in found}
