"""Where the web listens: loopback, or anywhere with TLS; and whether it answers there."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from seatrobot.kernel import tls
from seatrobot.runtime import certificates, passwords
from seatrobot.runtime.errors import RefusedError

if TYPE_CHECKING:
    from seatrobot.runtime.config import Config

NOTE = "address"
"""The file of the data directory that says how people reach the instance."""
SAY_WHERE = (
    *("SEATROBOT_BASE_URL", "SEATROBOT_HOST", "SEATROBOT_PORT"),
    "SEATROBOT_TLS_CERTIFICATE",
)


def check(config: Config) -> None:
    """Raise RefusedError unless the web may listen, and can, where the configuration says."""
    certificates.check(config)
    check_proxies(config)
    if not config.certificate and not is_loopback(config.host):
        raise RefusedError(
            f"Seatrobot does not listen on {config.host} without TLS: set "
            "SEATROBOT_TLS_CERTIFICATE and SEATROBOT_TLS_PRIVATE_KEY, or listen on 127.0.0.1 "
            "behind a proxy that speaks TLS."
        )
    if tls.is_plain_elsewhere(config.base_url):
        raise RefusedError(
            f"People would reach {config.base_url} in clear: let SEATROBOT_BASE_URL begin with"
            " https://, and a proxy that speaks TLS stand in front."
        )
    _check_free(config.host, config.port, "SEATROBOT_PORT")
    if config.http_port:
        check_redirect(config)
        _check_free(config.host, config.http_port, "SEATROBOT_HTTP_PORT")


def check_redirect(config: Config) -> None:
    """Raise RefusedError unless there is something that http can lead to."""
    if not config.certificate or not config.secure:
        raise RefusedError(
            "SEATROBOT_HTTP_PORT leads people from http to https, which needs a certificate of our"
            " own (SEATROBOT_TLS_CERTIFICATE). A proxy in front does it itself."
        )


def check_proxies(config: Config) -> None:
    """Raise RefusedError when a proxy must stand in front and nobody says so.

    Everybody would then have the proxy's address: in limits, logs and allowed networks.
    """
    if config.secure and not config.certificate and not config.trusted_proxies:
        raise RefusedError(
            f"People reach {config.base_url} over TLS and Seatrobot has no certificate, so a proxy "
            "stands in front: set SEATROBOT_TRUSTED_PROXIES to the number of proxies."
        )


def note(config: Config) -> None:
    """Write down how people reach the instance, for commands in another terminal."""
    passwords.private(config.data / NOTE, config.base_url)


def take_noted(config: Config) -> None:
    """Let links of this process lead where `seatrobot up` listened last on this data directory.

    Only where the environment of the process says nothing of an address itself.
    """
    file = config.data / NOTE
    if not any(os.environ.get(name) for name in SAY_WHERE) and file.exists():
        os.environ["SEATROBOT_BASE_URL"] = file.read_text()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host; a name other than localhost never counts."""
    return bool(host) and not host.startswith(("/", "@")) and tls.is_here(host)


def answers(config: Config) -> bool:
    """Whether `/healthz` says that the web and its database are well."""
    return asked(config) == http.HTTPStatus.OK


def asked(config: Config) -> int:
    """Return the status with which the web answers for `/healthz`; 0 when it does not answer."""
    scheme = "https" if config.certificate else "http"
    host = _reachable(config.host)
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{config.port}/healthz"
    trusting = ssl.create_default_context()
    trusting.check_hostname = False  # we ask ourselves, by address; the names are for others
    trusting.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    )
    try:
        with opener.open(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, http.client.HTTPException):
        return 0


def _check_free(host: str, port: int, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            place = f"{host} port {port}"
            if error.errno == errno.EADDRINUSE:
                raise RefusedError(
                    f"Something already listens on {place}; choose another {setting}."
                ) from error
            raise RefusedError(f"Seatrobot cannot listen on {place}: {error.strerror}.") from error


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison
