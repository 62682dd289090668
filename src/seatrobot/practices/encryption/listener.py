"""What a client from outside gets at the live listener: protocols, suites, certificate, headers."""

from __future__ import annotations

import socket
import ssl
import warnings
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import CannotTell, Found
from seatrobot.practices import outside

SECONDS = 10
A_YEAR = 365 * 24 * 60 * 60
WEAK_SUITES = (
    "ALL:COMPLEMENTOFALL:!ECDHE+AESGCM:!DHE+AESGCM:!ECDHE+CHACHA20:!DHE+CHACHA20"
    ":!ECDHE+AESCCM:!DHE+AESCCM:@SECLEVEL=0"
)
EVERYTHING = "ALL:@SECLEVEL=0"
IN_CLEAR = """
    SELECT coalesce(NOT (ssl OR client_addr <<= '127.0.0.0/8' OR client_addr = '::1'), false)
    FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE pid = pg_backend_pid()
"""
"""As the server sees this connection; over a Unix socket there is no address."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect, and the name a browser would check."""

    host: str
    port: int
    name: str


def look() -> Found:
    """Return what the listener offers; CannotTell where TLS is ended elsewhere."""
    place = _place()
    modern = _answers(place, _client(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3))
    weak = [name for name, client in _weak_clients().items() if _answers(place, client)]
    problems, expires = _certificate(place)
    strict = _keeps_browsers()
    days = (expires - now()).total_seconds() / 86400 if expires else 0
    return Found(
        {
            "modern": int(modern),
            "weak": len(weak),
            "certificate": len(problems),
            "days": round(days, 2),
            "strict": int(strict),
            "database": int(_database_in_clear()),
        },
        [*(f"accepted: {name}" for name in weak), *problems],
    )


def _place() -> Place:
    """Return the own listener, or the public address when that is the only one with TLS."""
    own, public = outside.address(), urlsplit(settings.BASE_URL)
    if own.is_tls:
        return Place(own.host, own.port, public.hostname or own.host)
    if public.scheme == "https" and public.hostname:
        place = Place(public.hostname, public.port or 443, public.hostname)
        if _reachable(place):
            return place
        raise CannotTell(_("TLS is ended by a proxy in front; nothing here can see it."))
    raise CannotTell(_("The service is reached without TLS, on this machine alone."))


def _reachable(place: Place) -> bool:
    try:
        socket.create_connection((place.host, place.port), SECONDS).close()
    except OSError:
        return False
    return True


def _client(
    oldest: ssl.TLSVersion, newest: ssl.TLSVersion, suites: str = EVERYTHING
) -> ssl.SSLContext:
    """Return a client that takes anything between two versions, and trusts anybody."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_ciphers(suites)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        client.minimum_version, client.maximum_version = oldest, newest
    return client


def _weak_clients() -> dict[str, ssl.SSLContext]:
    version = ssl.TLSVersion
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = {"TLS 1.0": version.TLSv1, "TLS 1.1": version.TLSv1_1}
    weak = {name: _client(each, each) for name, each in old.items()}
    weak["a weak suite"] = _client(version.TLSv1_2, version.TLSv1_2, WEAK_SUITES)
    return weak


def _answers(place: Place, client: ssl.SSLContext) -> bool:
    """Return whether a handshake succeeds; CannotTell when nothing listens at all."""
    try:
        with socket.create_connection((place.host, place.port), SECONDS) as line:
            try:
                client.wrap_socket(line, server_hostname=place.name).close()
            except (ssl.SSLError, OSError):
                return False
            return True
    except OSError as error:
        raise CannotTell(_("The web server does not answer at its own address.")) from error


def _certificate(place: Place) -> tuple[list[str], datetime | None]:
    """Return what a browser would say of the certificate, and until when it is valid."""
    problems = []
    try:
        with socket.create_connection((place.host, place.port), SECONDS) as line:
            ssl.create_default_context().wrap_socket(line, server_hostname=place.name).close()
    except ssl.SSLCertVerificationError as error:
        problems.append(f"certificate: {error.verify_message}")
    except OSError as error:
        problems.append(f"no handshake ({type(error).__name__})")
    client = _client(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    try:
        with (
            socket.create_connection((place.host, place.port), SECONDS) as line,
            client.wrap_socket(line, server_hostname=place.name) as secured,
        ):
            raw = secured.getpeercert(binary_form=True)
    except OSError:
        return problems, None
    return problems, x509.load_der_x509_certificate(raw).not_valid_after_utc if raw else None


def _keeps_browsers() -> bool:
    """Return whether the real answer tells browsers to use TLS for a year at least."""
    header = outside.Browser().get("/sign-in/").headers.get("Strict-Transport-Security") or ""
    ages = [part.strip() for part in header.split(";") if part.strip().startswith("max-age=")]
    age = ages[0].removeprefix("max-age=") if ages else ""
    return age.isdecimal() and int(age) >= A_YEAR


def _database_in_clear() -> bool:
    """Return whether the database is reached over a network without TLS."""
    with connection.cursor() as cursor:
        cursor.execute(IN_CLEAR)
        return bool(cursor.fetchone()[0])
