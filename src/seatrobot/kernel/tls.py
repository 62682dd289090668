"""The TLS profile: one setting for everything that speaks TLS, listeners and clients alike.

`SEATROBOT_TLS_PROFILE` names it: `modern` (TLS 1.3 alone) or `compatible` (TLS 1.2, too). Both are
those of Mozilla's Server Side TLS guidelines, version 6.0, where `compatible` is called
intermediate. No other module makes the context of a client; a test holds it.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

VARIABLE = "SEATROBOT_TLS_PROFILE"
SOURCE = "Mozilla Server Side TLS 6.0"
REFUSED = "tls/refused"
"""The file of the data directory that says why new certificate files are not used."""
VERIFIED = ("verify-full", "verify-ca")
"""libpq's ways of TLS that look at who answers; of the others one would not notice a stranger."""
POSTGRESQL = 5432
HIDDEN_SERVICE = "a service of libpq"
"""In place of a host that only a file of libpq's knows."""
SUITES_13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
SUITES_12 = (
    *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    *("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"),
)
"""By OpenSSL's names."""


@dataclass(frozen=True, slots=True)
class Profile:
    """oldest: the oldest protocol. suites: of TLS 1.2 and older, none where TLS 1.3 is alone."""

    name: str
    oldest: ssl.TLSVersion
    suites: tuple[str, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        return ("TLSv1.3",) if self.oldest == ssl.TLSVersion.TLSv1_3 else ("TLSv1.2", "TLSv1.3")

    def admits(self, version: str, suite: str) -> bool:
        """Return whether a connection with this protocol and suite (OpenSSL's names) is in it."""
        known = SUITES_13 if version == "TLSv1.3" else self.suites
        return version in self.versions and suite in known


PROFILES = {
    "modern": Profile("modern", ssl.TLSVersion.TLSv1_3, ()),
    "compatible": Profile("compatible", ssl.TLSVersion.TLSv1_2, SUITES_12),
}
TOO_OLD = (
    *("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "HANDSHAKE_FAILURE", "NO_PROTOCOLS_AVAILABLE"),
    *("WRONG_SSL_VERSION", "INSUFFICIENT_SECURITY", "NO_SHARED_CIPHER", "WRONG_VERSION_NUMBER"),
)


class UnknownProfile(ValueError):
    """The setting names no profile; the message is a sentence."""


def chosen() -> Profile:
    """Return the profile that the setting names; raise UnknownProfile."""
    name = os.environ.get(VARIABLE, "") or "modern"
    if name not in PROFILES:
        raise UnknownProfile(f"{VARIABLE} must be modern or compatible, not {name!r}.")
    return PROFILES[name]


def refused(data: Path) -> str:
    """Return why the web server does not use its new certificate files; "" where it does."""
    try:
        return (data / REFUSED).read_text().strip()
    except FileNotFoundError:
        return ""


def client_context() -> ssl.SSLContext:
    """Return the context with which we connect to somebody else, whose certificate is verified."""
    return narrowed(ssl.create_default_context())


def narrowed(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return a context of a client after it was narrowed to the profile."""
    context.minimum_version = chosen().oldest
    context.set_ciphers(":".join(SUITES_12))  # those of TLS 1.3 are not chosen by it
    return context


def is_too_old(error: BaseException) -> bool:
    """Return whether a connection failed because the other side speaks no TLS of the profile."""
    reason = getattr(error, "reason", None)
    return isinstance(error, ssl.SSLError) and any(each in str(reason or "") for each in TOO_OLD)


def is_here(host: str) -> bool:
    """Return whether a host is this machine: loopback, a Unix socket, or none at all."""
    if not host or host.startswith(("/", "@")) or host.lower() == "localhost":
        return True
    return is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback


def is_address(host: str) -> bool:
    """Return whether a host is an address, and no name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def hosts_of_database(url: str) -> list[str] | None:
    """Return where libpq connects to for this URL: names, addresses, directories of sockets.

    What the URL does not say libpq takes from the environment, host and address each by itself; and
    it connects to the address where there is one. [] where nothing says it: a socket of this
    machine. None for a service, whose file says where it is. ValueError where the URL is none.
    """
    try:
        known = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ValueError("is no address of a database") from None
    if known.get("service") or os.environ.get("PGSERVICE"):
        return None
    names = str(known.get("host") or os.environ.get("PGHOST", "")).split(",")
    addresses = str(known.get("hostaddr") or os.environ.get("PGHOSTADDR", "")).split(",")
    both = zip_longest(addresses, names, fillvalue="")
    return [address or name for address, name in both if address or name]


def ports_of_database(url: str) -> list[int] | None:
    """Return the TCP ports that libpq connects to, [] for Unix sockets; None for a service.

    ValueError where the URL is none.
    """
    hosts = hosts_of_database(url)
    if hosts is None:
        return None
    if all(host.startswith(("/", "@")) for host in hosts):
        return []
    ports = str(conninfo_to_dict(url).get("port") or os.environ.get("PGPORT") or POSTGRESQL)
    return sorted({int(port or POSTGRESQL) for port in ports.split(",")})


def elsewhere(url: str) -> list[str]:
    """Return the hosts of other machines that libpq would connect to for this URL.

    A service, whose file says where it is, counts as another machine. ValueError where the URL is
    none.
    """
    hosts = hosts_of_database(url)
    return [HIDDEN_SERVICE] if hosts is None else [host for host in hosts if not is_here(host)]


def problem_of_database(url: str) -> str:
    """Return why a database may not be reached so, as the end of a sentence; "" where it may.

    On another machine it has to prove who it is, and to speak TLS of the profile.
    """
    try:
        hosts = elsewhere(url)
    except ValueError as error:
        return str(error)
    if not hosts:
        return ""
    known = conninfo_to_dict(url)
    if (known.get("sslmode") or os.environ.get("PGSSLMODE", "")) not in VERIFIED:
        return (
            f"leads to another machine ({hosts[0]}): add sslmode=verify-full to it, so that nobody"
            " in between reads along or answers in its place"
        )
    oldest = str(known.get("ssl_min_protocol_version") or "")
    if oldest and oldest not in chosen().versions:
        return f"asks for {oldest}, which is not in the TLS profile {chosen().name}"
    return ""


def of_database(url: str) -> str:
    """Return a database's URL that asks for TLS of the profile where it leads elsewhere."""
    if not url or not elsewhere(url) or conninfo_to_dict(url).get("ssl_min_protocol_version"):
        return url
    sign = "&" if urlsplit(url).query else "?"
    return f"{url}{sign}ssl_min_protocol_version={chosen().versions[0]}"


def is_plain_elsewhere(url: str) -> bool:
    """Return whether a web address leads to another machine without TLS."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_here(parts.hostname or "")
