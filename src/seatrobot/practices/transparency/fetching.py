"""Asking our own web server as anybody would: over HTTP, at the address it listens on."""

from __future__ import annotations

import http.client
import ssl
import time
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 5
MOST_BYTES = 64 * 1024
TRIES = 3
WAIT_SECONDS = 2.0
"""Between two tries: a server that restarts just now is asked again."""


class NoAnswer(Exception):
    """The web does not answer as it should; the text says how."""


def fetch(path: str) -> bytes:
    """Return what the running web server answers to a GET; raises NoAnswer."""
    for number in range(1, TRIES + 1):
        try:
            return _fetch(path)
        except (OSError, http.client.HTTPException) as error:
            if number == TRIES:
                raise NoAnswer(f"{path} does not answer ({type(error).__name__}).") from error
            time.sleep(WAIT_SECONDS)
    raise AssertionError


def _fetch(path: str) -> bytes:
    connection = _connection()
    try:
        connection.request("GET", path, headers={"Host": urlsplit(settings.BASE_URL).netloc})
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise NoAnswer(f"{path} answers {answer.status}.")
        data = answer.read(MOST_BYTES + 1)
    finally:
        connection.close()
    if len(data) > MOST_BYTES:
        raise NoAnswer(f"{path} is larger than {MOST_BYTES} bytes.")
    return data


def _connection() -> http.client.HTTPConnection:
    config = settings.CONFIG
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  a comparison
    if not config.certificate:
        return http.client.HTTPConnection(host, config.port, timeout=TIMEOUT_SECONDS)
    trusting = ssl.create_default_context()
    trusting.check_hostname = False  # we ask ourselves, by address; the names are for others,
    trusting.verify_mode = ssl.CERT_NONE  # and `encryption.transit` looks at the certificate
    return http.client.HTTPSConnection(host, config.port, timeout=TIMEOUT_SECONDS, context=trusting)
