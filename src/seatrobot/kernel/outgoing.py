"""Requests to an address that a customer typed, without serving attacks on others (SSRF).

For webhooks, and for the key services that organizations hold keys in. The host's name is resolved
at each request, every address must be a public one, and the connection goes to the address that
was checked. Redirects are not followed, and a time limit holds for the whole request: for looking
the name up, connecting, the handshake, sending, and every byte of the answer together.
"""

from __future__ import annotations

import http.client
import io
import math
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel import networks, tls
from seatrobot.kernel.networks import Address

LONGEST_URL = 2000
RESOLVE_SECONDS = 10.0
MOST_LOOKED_UP = 32
"""How many names are looked up at once: a thread each, which a silent name server may hold longer
than its request lasts."""

_looking_up = threading.BoundedSemaphore(MOST_LOOKED_UP)


class BadAddress(Exception):
    """Nothing is sent there; the text is the sentence for the person."""


@dataclass(frozen=True, slots=True)
class Limits:
    """answer_bytes: how much of an answer is read. step_seconds: for connecting, and each wait.

    whole_seconds: for all of it.
    """

    answer_bytes: int
    step_seconds: float
    whole_seconds: float


def check(url: str) -> SplitResult:
    """Return the parts of an address we would send to; raises BadAddress."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadAddress(_("This is not a web address.")) from None
    printable = url.isascii() and url.isprintable() and " " not in url
    if not printable or not host or len(url) > LONGEST_URL or port == 0:
        raise BadAddress(_("This is not a web address."))
    if parts.username is not None or parts.fragment:
        raise BadAddress(_("The address may hold no user, password or “#”."))
    plain = parts.scheme == "http" and settings.WEBHOOK_PRIVATE
    if parts.scheme != "https" and not plain:
        raise BadAddress(_("The address must begin with https://."))
    return parts


def resolve(parts: SplitResult, seconds: float = RESOLVE_SECONDS) -> Address:
    """Return one address of a host, all of which must be public.

    Raises BadAddress; TimeoutError where the name servers have not answered by then.
    """
    try:
        found = _looked_up(str(parts.hostname), port_of(parts), seconds)
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        raise BadAddress(_("The name of its host is not known.")) from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses or not all(_allowed(each, parts.scheme) for each in addresses):
        raise BadAddress(_("Its host has an address that is not public."))
    return addresses[0]


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """Return what `getaddrinfo` does, which takes no time limit; raise TimeoutError after one."""
    ends, slots = time.monotonic() + seconds, _looking_up
    said: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            said.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001  raised below, in the thread that asked
            said.put(error)
        finally:
            slots.release()

    if not slots.acquire(timeout=seconds):
        raise TimeoutError
    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        found = said.get(timeout=max(ends - time.monotonic(), 0))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, Exception):
        raise found
    return found


def send(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    limits: Limits,
) -> tuple[int, bytes]:
    """Post to an address; return the status and the beginning of the answer.

    Raises BadAddress, TimeoutError, ssl.SSLCertVerificationError, OSError, ValueError,
    http.client.HTTPException.
    """
    parts = check(url)
    ends = time.monotonic() + limits.whole_seconds
    address = resolve(parts, limits.whole_seconds)
    connection = _Pinned(parts, address, limits.step_seconds, ends)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        with answer:
            return answer.status, answer.read(limits.answer_bytes)
    finally:
        connection.close()


def port_of(parts: SplitResult) -> int:
    return parts.port or _default_port(parts)


def _allowed(address: Address, scheme: str) -> bool:
    if settings.WEBHOOK_PRIVATE and networks.meant(address).is_loopback:
        return True
    if scheme != "https":
        return False
    return networks.is_public(address) or (
        settings.WEBHOOK_PRIVATE and networks.is_private(address)
    )


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, however its host's name resolves by now.

    ends: when all of it must be over (monotonic); nothing is waited for longer than step_seconds.
    """

    def __init__(
        self, parts: SplitResult, address: Address, step_seconds: float, ends: float = math.inf
    ) -> None:
        super().__init__(str(parts.hostname), port_of(parts), timeout=step_seconds)
        self.default_port = _default_port(parts)
        self.response_class = partial(_Answer, self._left)  # type: ignore[assignment]  # called alone
        self._address = str(address)
        self._secure = parts.scheme == "https"
        self._step_seconds, self._ends = step_seconds, ends

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self._left())
        if self._secure:
            secured = tls.client_context().wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = secured
            secured.settimeout(self._left())
            secured.do_handshake()  # its time limit is one for all of it

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(self._left())
        super().send(data)

    def _left(self) -> float:
        """Return how long may be waited now; raise TimeoutError where no time is left."""
        left = min(self._step_seconds, self._ends - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left


class _Answer(http.client.HTTPResponse):
    """An answer, each byte of which may be waited for as long as `left` says then."""

    def __init__(self, left: Callable[[], float], sock: socket.socket, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock, left))


class _Timed(io.RawIOBase):
    """What a socket receives; the time limit is set before each wait."""

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock, self._left = sock, left
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _default_port(parts: SplitResult) -> int:
    return http.client.HTTPS_PORT if parts.scheme == "https" else http.client.HTTP_PORT
