"""Asking the running service as a browser would, at its own address and nowhere else."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import CannotTell

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
    """text: the page. place: where it leads, of a redirect."""

    status: int
    text: str
    place: str
    headers: Message


def address() -> Address:
    """Return the web server's own address, as this instance is configured."""
    config = settings.CONFIG
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  a comparison
    return Address(host, config.port, bool(config.certificate), urlsplit(settings.BASE_URL).netloc)


class Browser:
    """A browser with its cookies. CannotTell when nothing answers at the instance's address."""

    def __init__(self, cookies: Mapping[str, str] | None = None) -> None:
        self.cookies = dict(cookies or {})

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Open the page, then send its form as a person would."""
        token = TOKEN.search(self.get(path).text)
        body = urlencode({**fields, "csrfmiddlewaretoken": token[1] if token else ""})
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        place = address()
        headers = {"User-Agent": AGENT, "Host": place.name, "Cookie": self._cookies()}
        if body is not None:
            headers |= {"Content-Type": FORM, "Origin": place.origin, "Referer": place.origin + "/"}
        line = line_to(place)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise CannotTell(_("The web server does not answer at its own address.")) from error
        finally:
            line.close()
        self._keep(answer.headers.get_all("Set-Cookie") or [])
        return Answer(answer.status, text, answer.getheader("Location", ""), answer.headers)

    def _cookies(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            name, _equals, value = line.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()


def line_to(place: Address) -> http.client.HTTPConnection:
    """Return a connection to our own web server, whatever its certificate says."""
    if not place.is_tls:
        return http.client.HTTPConnection(place.host, place.port, timeout=SECONDS)
    trusting = ssl.create_default_context()
    trusting.check_hostname = False  # `encryption.transit` looks at the certificate
    trusting.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(place.host, place.port, timeout=SECONDS, context=trusting)
