"""Posts to an address that a customer typed, without serving attacks on others (SSRF).

The host's name is resolved at each delivery, every address must be a public one, and the
connection goes to the address that was checked. Redirects are not followed, the answer is not
stored, and a time limit holds for the whole delivery.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel import networks
from seatrobot.kernel.access import require_committed
from seatrobot.kernel.networks import Address

LONGEST_URL = 2000
STEP_SECONDS = 10
WHOLE_SECONDS = 20
MOST_BYTES = 4096


class BadAddress(Exception):
    """Nothing is posted there; the text is the sentence for the person."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery. text: one short sentence; nothing of what was answered."""

    ok: bool
    text: str


def check(url: str) -> SplitResult:
    """Return the parts of an address we would post to; raises BadAddress."""
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


def post(url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Post and say what came of it; raises nothing, outside a unit of work."""
    require_committed("a webhook")
    try:
        parts = check(url)
        address = resolve(parts)
        status = _post(parts, address, headers, body)
    except BadAddress as error:
        return Outcome(False, str(error))
    except ssl.SSLCertVerificationError:
        return Outcome(False, _("Its certificate is not valid."))
    except TimeoutError:
        return Outcome(False, _("It did not answer in time."))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(False, _("It was not reached (%s).") % type(error).__name__)
    if http.client.OK <= status < http.client.MULTIPLE_CHOICES:
        return Outcome(True, _("Delivered (%d).") % status)
    return Outcome(False, _("It answered %d.") % status)


def resolve(parts: SplitResult) -> Address:
    """Return one address of a host, all of which must be public; raises BadAddress."""
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise BadAddress(_("The name of its host is not known.")) from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses or not all(_allowed(each, parts.scheme) for each in addresses):
        raise BadAddress(_("Its host has an address that is not public."))
    return addresses[0]


def _allowed(address: Address, scheme: str) -> bool:
    if settings.WEBHOOK_PRIVATE and networks.meant(address).is_loopback:
        return True
    if scheme != "https":
        return False
    return networks.is_public(address) or (
        settings.WEBHOOK_PRIVATE and networks.is_private(address)
    )


def _post(parts: SplitResult, address: Address, headers: Mapping[str, str], body: bytes) -> int:
    connection = _Pinned(parts, address)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        connection.end()

    watch = threading.Timer(WHOLE_SECONDS, give_up)
    watch.daemon = True
    watch.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        connection.close()
    return answer.status


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, however its host's name resolves by now."""

    def __init__(self, parts: SplitResult, address: Address) -> None:
        super().__init__(str(parts.hostname), _port(parts), timeout=STEP_SECONDS)
        self.default_port = _default_port(parts)
        self._address = str(address)
        self._secure = parts.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def end(self) -> None:
        """End a thread's wait for the other side."""
        if self.sock:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has just ended by itself


def _port(parts: SplitResult) -> int:
    return parts.port or _default_port(parts)


def _default_port(parts: SplitResult) -> int:
    return http.client.HTTPS_PORT if parts.scheme == "https" else http.client.HTTP_PORT
