"""Which clients a TLS profile keeps out, from their own ClientHellos sent to a listener.

`clients.jsonl` says of each client what its hello offers: facts read from hellos that others have
recorded (`source`). `clients_measured.json` is what our own listener answered under each profile,
written by `bench/tls.py --write`.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from seatrobot.practices.checks import hello
from seatrobot.practices.checks.hello import Hello, Taken

ALPN = ("h2", "http/1.1")


class Client(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """year: when this version came out. source: who recorded its hello.

    suites, groups, signatures: IANA's numbers in hexadecimal, with blanks between them.
    """

    name: str
    year: int
    source: str
    oldest: str
    newest: str
    suites: str
    groups: str
    signatures: str
    has_name: bool

    @property
    def hello(self) -> Hello:
        return Hello(
            versions=(self.oldest, self.newest),
            suites=_numbers(self.suites),
            groups=_numbers(self.groups),
            signatures=_numbers(self.signatures),
            alpn=ALPN if self.newest == "TLSv1.3" else (),
            has_name=self.has_name,
        )

    @property
    def is_quantum_resistant(self) -> bool:
        return hello.GROUPS[hello.QUANTUM_RESISTANT] in _numbers(self.groups)


class Met(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client agreed on with the listener, by profile and kind of certificate; "" nothing."""

    name: str
    modern_ecdsa: str
    modern_rsa: str
    compatible_ecdsa: str
    compatible_rsa: str


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """at: the day of the measurement. listener: what listened."""

    at: date
    listener: str
    clients: list[Met]


class Line(msgspec.Struct, frozen=True):
    """A line of the public table: whether a profile lets a client in.

    with_rsa: the compatible one, where the certificate is of RSA.
    """

    name: str
    year: int
    modern: bool
    compatible: bool
    with_rsa: bool
    is_quantum_resistant: bool
    source: str


class Table(msgspec.Struct, frozen=True):
    """lines: the oldest clients of each kind first. outside: how many each profile keeps out."""

    at: date
    listener: str
    lines: list[Line]
    outside_modern: int
    outside_compatible: int
    outside_with_rsa: int


@cache
def clients() -> list[Client]:
    text = files(__package__).joinpath("clients.jsonl").read_bytes()
    return msgspec.json.Decoder(Client).decode_lines(text)


@cache
def measured() -> Measured:
    text = files(__package__).joinpath("clients_measured.json").read_bytes()
    return msgspec.json.decode(text, type=Measured)


def table() -> Table:
    """Return the public table of clients."""
    known = measured()
    met = {each.name: each for each in known.clients}
    lines = [
        Line(
            name=each.name,
            year=each.year,
            modern=bool(met[each.name].modern_ecdsa),
            compatible=bool(met[each.name].compatible_ecdsa),
            with_rsa=bool(met[each.name].compatible_rsa),
            is_quantum_resistant=each.is_quantum_resistant,
            source=each.source,
        )
        for each in clients()
    ]
    return Table(
        at=known.at,
        listener=known.listener,
        lines=lines,
        outside_modern=sum(not each.modern for each in lines),
        outside_compatible=sum(not each.compatible for each in lines),
        outside_with_rsa=sum(not each.with_rsa for each in lines),
    )


def replay(host: str, port: int, name: str) -> dict[str, str]:
    """Send each client's hello to a listener; return what was agreed on, "" where nothing was."""
    found = {}
    for client in clients():
        taken = hello.ask(host, port, hello.record(client.hello, name))
        found[client.name] = _told(client, taken)
    return found


def _told(client: Client, taken: Taken | None) -> str:
    """Return version and suite of an agreement that the client itself would keep."""
    if taken is None or taken.suite not in client.hello.suites:
        return ""
    return f"{taken.version} {taken.suite_name}"


def _numbers(text: str) -> list[int]:
    return [int(each, 16) for each in text.split()]
