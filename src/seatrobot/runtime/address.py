"""Where the web listens: loopback, or anywhere with TLS; and whether it answers there."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import os
import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from seatrobot.runtime import passwords
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
    _check_tls(config)
    check_proxies(config)
    if not config.certificate and not is_loopback(config.host):
        raise RefusedError(
            f"Seatrobot does not listen on {config.host} without TLS: set "
            "SEATROBOT_TLS_CERTIFICATE and SEATROBOT_TLS_PRIVATE_KEY, or listen on 127.0.0.1 "
            "behind a proxy that speaks TLS."
        )
    _check_free(config)


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
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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


def _check_tls(config: Config) -> None:
    if bool(config.certificate) != bool(config.private_key):
        raise RefusedError(
            "TLS needs both SEATROBOT_TLS_CERTIFICATE and SEATROBOT_TLS_PRIVATE_KEY."
        )
    for name in (config.certificate, config.private_key):
        if name and not Path(name).is_file():
            raise RefusedError(f"The TLS file {name} does not exist.")
    if not config.private_key:
        return
    check_pair(config.certificate, config.private_key)


def check_pair(certificate: str, private_key: str) -> None:
    """Raise RefusedError unless these files are a certificate and its key, as the web needs."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            certificate, private_key, password=""
        )
    except (ssl.SSLError, OSError) as error:
        raise RefusedError(
            f"{certificate} and {private_key} are not a PEM certificate and its "
            f"unencrypted private key ({error})."
        ) from error
    if "-----BEGIN PRIVATE KEY-----" not in Path(private_key).read_text():
        raise RefusedError(
            f"The key {private_key} must be in PKCS#8 form; convert it with: "
            f"openssl pkcs8 -topk8 -nocrypt -in {private_key} -out key.pem"
        )


def _check_free(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            place = f"{config.host} port {config.port}"
            if error.errno == errno.EADDRINUSE:
                raise RefusedError(
                    f"Something already listens on {place}; choose another SEATROBOT_PORT."
                ) from error
            raise RefusedError(f"Seatrobot cannot listen on {place}: {error.strerror}.") from error


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison
