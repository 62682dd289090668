"""The listener at which people reach the service over TLS: our own, or that of a proxy in front."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import CannotMeasure, NotSetUp
from seatrobot.practices.checks import browser

SECONDS = 10


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to connect, and the name that a browser would check. is_own: no proxy ends TLS."""

    host: str
    port: int
    name: str
    is_own: bool = True


def listener() -> Listener:
    """Return our own listener, or the public address when only that has TLS.

    CannotMeasure where a proxy cannot be reached from here, NotSetUp where nothing speaks TLS.
    """
    own, public = browser.own_address(), urlsplit(settings.BASE_URL)
    if own.is_tls:
        return Listener(own.host, own.port, public.hostname or own.host)
    if public.scheme == "https" and public.hostname:
        found = Listener(public.hostname, public.port or 443, public.hostname, is_own=False)
        if _reachable(found):
            return found
        raise CannotMeasure(_("TLS is ended by a proxy in front; nothing here can see it."))
    raise NotSetUp(
        _("The service is reached without TLS, on this machine alone (SEATROBOT_TLS_CERTIFICATE).")
    )


def _reachable(found: Listener) -> bool:
    try:
        socket.create_connection((found.host, found.port), SECONDS).close()
    except OSError:
        return False
    return True


def any_client(oldest: ssl.TLSVersion, newest: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a client that accepts any protocol between two versions and any certificate."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.minimum_version, client.maximum_version = oldest, newest
    return client
