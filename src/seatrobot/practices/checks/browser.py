"""A browser for checks: asks the running service over HTTP, at its own address only."""

from __future__ import annotations

import http.client
import re
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Self
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import CannotMeasure

FORGED = "203.0.113.66"
"""An address that every request of a check claims by a header spelled as no proxy spells it."""
ELSEWHERE = "https://elsewhere.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECONDS = 10
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web server listens, and by which name people reach it."""

    host: str
    port: int
    is_tls: bool
    name: str

    @property
    def origin(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://{self.name}"


@dataclass(frozen=True, slots=True)
class Answer:
    """text: the body. location: the target of a redirect."""

    status: int
    text: str
    location: str
    headers: Message


def own_address() -> Address:
    """Return the address at which this instance's web server listens."""
    config = settings.CONFIG
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  a comparison
    return Address(host, config.port, bool(config.certificate), urlsplit(settings.BASE_URL).netloc)


class Browser:
    """A browser with cookies; raises CannotMeasure when the web server does not answer.

    agent: what it calls itself; every browser of an examination otherwise. source: from which
    address its last connection came. In a `with` block it keeps its connection.
    """

    def __init__(self, cookies: Mapping[str, str] | None = None) -> None:
        self.cookies = dict(cookies or {})
        self.agent = f"{AGENT} {secrets.token_hex(8)}"
        self.source = ""
        self._connection: http.client.HTTPConnection | None = None
        self._keeps = False

    def __enter__(self) -> Self:
        self._keeps = True
        return self

    def __exit__(self, *_: object) -> None:
        self._keeps = False
        self.close()

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Open the page, then submit its form as a person would."""
        token = TOKEN.search(self.get(path).text)
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""})
        return self._ask("POST", path, body)

    def send(self, path: str, fields: Mapping[str, str] | None = None) -> Answer:
        """Submit a form without a look at its page, with a token as a page would have had."""
        token = self.cookies.setdefault(settings.CSRF_COOKIE_NAME, secrets.token_hex(16))
        return self._ask("POST", path, urlencode({**(fields or {}), "csrfmiddlewaretoken": token}))

    def forge(self, path: str, fields: Mapping[str, str], *, with_token: bool) -> Answer:
        """Submit a form as no page of ours would have it sent: with cookies all the same.

        with_token: from another site, although that knows no token; else from ours, without one.
        """
        token = self.cookies.setdefault(settings.CSRF_COOKIE_NAME, secrets.token_hex(16))
        if with_token:
            body = urlencode({**fields, "csrfmiddlewaretoken": token})
            return self._ask("POST", path, body, {"Origin": ELSEWHERE, "Referer": f"{ELSEWHERE}/"})
        return self._ask("POST", path, urlencode(fields))

    def _ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        origin: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for a page. origin: the headers that say where a form comes from; our own site."""
        address = own_address()
        headers = {"User-Agent": self.agent, "Host": address.name, "Cookie": self._cookies()}
        headers["X_Forwarded_For"] = FORGED
        if body is not None:
            own = {"Origin": address.origin, "Referer": address.origin + "/"}
            headers |= {"Content-Type": FORM, **(own if origin is None else origin)}
        is_kept = self._connection is not None
        try:
            answer = self._answer(address, method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if is_kept:  # the server may have closed it meanwhile
                return self._ask(method, path, body, origin)
            raise CannotMeasure(_("The web server does not answer at its own address.")) from error
        if not self._keeps:
            self.close()
        self._store_cookies(answer.headers.get_all("Set-Cookie") or [])
        return answer

    def _answer(
        self, address: Address, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> Answer:
        if self._connection is None:
            self._connection = connect(address)
            self._connection.connect()
        self.source = self._connection.sock.getsockname()[0]
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode(errors="replace")
        return Answer(answer.status, text, answer.getheader("Location", ""), answer.headers)

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _store_cookies(self, lines: list[str]) -> None:
        for line in lines:
            name, _equals, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()


def download(browser: Browser, path: str) -> tuple[int, bytes]:
    """Return status and bytes of a file, as somebody with this browser's cookies gets it."""
    address = own_address()
    connection = connect(address)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    try:
        connection.request("GET", path, headers={"Host": address.name, "Cookie": cookies})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise CannotMeasure(_("The web server does not answer at its own address.")) from error
    finally:
        connection.close()


def connect(address: Address) -> http.client.HTTPConnection:
    """Return a connection to our own web server, without verifying its certificate."""
    if not address.is_tls:
        return http.client.HTTPConnection(address.host, address.port, timeout=SECONDS)
    trusting = ssl.create_default_context()
    trusting.check_hostname = False  # `encryption.transit` checks the certificate
    trusting.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(
        address.host, address.port, timeout=SECONDS, context=trusting
    )
