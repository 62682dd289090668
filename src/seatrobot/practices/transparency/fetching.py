"""Asking our own web server as anybody would: over HTTP, at the address it listens on."""

from __future__ import annotations

import http.client
import time

from seatrobot.practices import outside

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
    place = outside.address()
    line = outside.line_to(place)
    try:
        line.request("GET", path, headers={"Host": place.name})
        answer = line.getresponse()
        if answer.status != http.client.OK:
            raise NoAnswer(f"{path} answers {answer.status}.")
        data = answer.read(MOST_BYTES + 1)
    finally:
        line.close()
    if len(data) > MOST_BYTES:
        raise NoAnswer(f"{path} is larger than {MOST_BYTES} bytes.")
    return data
