"""Who we are to a browser's passkeys: a host name, which an IP address can never be."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

NAME = "Seatrobot"


def identifier() -> str:
    """Return the host name passkeys are bound to; empty where the service has none."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    try:
        is_this_machine = ip_address(host).is_loopback
    except ValueError:
        return host
    return "localhost" if is_this_machine else ""


def origin() -> str:
    """Return the origin at which passkeys work; empty where they cannot."""
    parts, host = urlsplit(settings.BASE_URL), identifier()
    if not host or (parts.scheme != "https" and host != "localhost"):
        return ""
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"
