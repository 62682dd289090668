"""The client's address and scheme, behind a declared number of trusted proxies.

Each proxy adds the address it was asked from at the right end of X-Forwarded-For, so with n of
them the n-th from the right was written by our own outermost proxy, and whatever stands further
left by anybody. With none declared the header means nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

SCHEMES = {"http", "https"}


def client_address(meta: Mapping[str, str], proxies: int) -> str:
    """Return the client's address; the peer's where the header has no such place or no address."""
    peer = _address(meta.get("REMOTE_ADDR", "")) or "0.0.0.0"  # noqa: S104  a Unix socket has no address
    forwarded = _from_right(meta.get("HTTP_X_FORWARDED_FOR", ""), proxies)
    return _address(forwarded) or peer


def client_scheme(meta: Mapping[str, str], proxies: int) -> str:
    """Return http or https as the outermost trusted proxy was asked, or "" where none says so."""
    named = [part for part in meta.get("HTTP_X_FORWARDED_PROTO", "").split(",") if part]
    scheme = _from_right(",".join(named), min(proxies, len(named))).lower()
    return scheme if scheme in SCHEMES else ""


def _from_right(header: str, place: int) -> str:
    parts = header.split(",")
    return parts[-place].strip() if 0 < place <= len(parts) else ""


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    """Return an address in its one form, without a port; "" when it is none."""
    host = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address).partition("%")[0]
