"""Requests to an address that a customer typed, without serving attacks on others (SSRF).

For webhooks, and for the key services that organizations hold keys in. The host's name is resolved
at each request, every address must be a public one, and the connection goes to the address that
was checked. Redirects are not followed, and a time limit holds for the whole request.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel import networks, tls
from seatrobot.kernel.networks import Address

LONGEST_URL = 2000


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


def resolve(parts: SplitResult) -> Address:
    """Return one address of a host, all of which must be public; raises BadAddress."""
    try:
        found = socket.getaddrinfo(parts.hostname, port_of(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadAddress(_("The name of its host is not known.")) from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses or not all(_allowed(each, parts.scheme) for each in addresses):
        raise BadAddress(_("Its host has an address that is not public."))
    return addresses[0]


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
    connection = _Pinned(parts, resolve(parts), limits.step_seconds)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        connection.end()

    watch = threading.Timer(limits.whole_seconds, give_up)
    watch.daemon = True
    watch.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read(limits.answer_bytes)
    except (OSError, http.client.HTTPException):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        connection.close()
    return answer.status, content


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
    """A connection to one address, however its host's name resolves by now."""

    def __init__(self, parts: SplitResult, address: Address, step_seconds: float) -> None:
        super().__init__(str(parts.hostname), port_of(parts), timeout=step_seconds)
        self.default_port = _default_port(parts)
        self._address = str(address)
        self._secure = parts.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = tls.client_context().wrap_socket(self.sock, server_hostname=self.host)

    def end(self) -> None:
        """End a thread's wait for the other side."""
        if self.sock:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended by itself


def _default_port(parts: SplitResult) -> int:
    return http.client.HTTPS_PORT if parts.scheme == "https" else http.client.HTTP_PORT
