"""What the listeners of the instance are, and whether each kind of answer guards browsers."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from seatrobot.kernel import listening
from seatrobot.kernel.listening import Place
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.practices.checks import asking, browser, listener
from seatrobot.practices.checks.browser import Address

HSTS = "Strict-Transport-Security"
A_YEAR = 365 * 24 * 60 * 60
STATIC = re.compile(r'"(/static/[\w./-]+\.css)"')
FORM = "application/x-www-form-urlencoded"
TOO_LARGE = str(3 * 1024 * 1024)
MOVED, FORBIDDEN = 301, 403
OF_REDIRECT = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer, with the request for it. expected: its status."""

    name: str
    expected: int
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_chunked: bool = False


def kinds(host: str, static: str) -> list[Kind]:
    """Return a request for each kind of answer that the web server has.

    host: by which people reach it, with its port. static: a file that pages use.
    """
    elsewhere = f"{host.rpartition(':')[0] or host}:1"
    return [
        Kind("a page", 200, "/sign-in/"),
        Kind("its head", 200, "/sign-in/", "HEAD"),
        Kind("a page that is led to another", 302, "/account/"),
        Kind("an address without its last slash", 301, "/practices"),
        Kind("a page that is not there", 404, "/nowhere/"),
        Kind("a link that is dead", 404, "/nowhere/wrong"),
        Kind("a document", 200, "/practices/practices.json"),
        Kind("whether the service is well", 200, "/healthz"),
        Kind("a static file", 200, static),
        Kind("a static file that is not there", 404, "/static/nothing.css"),
        Kind("a method that no page has", 405, "/sign-in/", "DELETE"),
        Kind("a form without its token", 403, "/sign-in/", "POST", {"Content-Type": FORM}),
        Kind("a host that is not ours", 400, "/sign-in/", headers={"Host": "elsewhere.example"}),
        Kind("a port that is not ours", 400, "/sign-in/", headers={"Host": elsewhere}),
        Kind("a form without its length", 411, "/sign-in/", "POST", is_chunked=True),
        Kind("a form that is too large", 413, "/sign-in/", "POST", {"Content-Length": TOO_LARGE}),
        Kind(
            "a file where none is taken",
            415,
            "/sign-in/",
            "POST",
            {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "100000"},
        ),
    ]


def bare() -> tuple[int, int, list[str]]:
    """Ask for each kind of answer; of a proxy that ends TLS for a page too.

    Return how many were asked, how many keep browsers on TLS for a year, and what guards are
    missing, or that an answer was another one.
    """
    own, found = browser.own_address(), listener.listener()
    page = _answer(own, Kind("a page", 200, "/sign-in/"))[2]
    static = STATIC.search(page)
    asked = [(own, kind) for kind in kinds(own.name, static[1] if static else "/static/")]
    if not found.is_own:
        public = Address(found.host, found.port, is_tls=True, name=own.name)
        asked.append((public, Kind("a page by the proxy", 200, "/sign-in/")))
    strict, wrong = 0, []
    for place, kind in asked:
        status, headers, _text = _answer(place, kind)
        if status != kind.expected:
            wrong.append(f"{kind.name}: {status} in place of {kind.expected}")
        strict += _is_strict(headers)
        lacking = asking.bare(headers, is_private=False)
        wrong += [f"{kind.name}: {each}" for each in lacking if not each.startswith(HSTS)]
    return len(asked), strict, wrong


def _answer(place: Address, kind: Kind) -> tuple[int, Any, str]:
    """Send a request of this kind, its body not at all; return status, headers and text.

    Where a proxy ends TLS, our own listener is asked as the proxy asks it.
    """
    headers = {"Host": place.name, **kind.headers}
    if not place.is_tls:
        headers["X-Forwarded-Proto"] = "https"
    if kind.is_chunked:
        headers["Transfer-Encoding"] = "chunked"
    elif kind.method == "POST":
        headers.setdefault("Content-Length", "0")
    connection = browser.connect(place)
    try:
        connection.putrequest(kind.method, kind.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise CannotMeasure(
            gettext("The web server does not answer at its own address.")
        ) from error
    finally:
        connection.close()
    return answer.status, answer.headers, text


def _is_strict(headers: Any) -> bool:
    """Return whether an answer tells browsers to use TLS for at least a year."""
    text = headers.get(HSTS) or ""
    ages = [part.strip() for part in text.split(";") if part.strip().startswith("max-age=")]
    age = ages[0].removeprefix("max-age=") if ages else ""
    return age.isdecimal() and int(age) >= A_YEAR


def declared() -> dict[str, set[Place]]:
    """Return where each part of this instance listens by its configuration."""
    config = settings.CONFIG
    found = {"web": listening.of_host(config.host, config.port)}
    if config.http_port:
        found["redirect"] = listening.of_host(config.host, config.http_port)
    return found


def listeners() -> tuple[int, list[str]]:
    """Compare where the instance really listens with what is declared, and try the redirect.

    Return how many sockets were looked at, and what is wrong, in words. CannotMeasure where the
    processes, or their sockets, cannot be seen.
    """
    data: Path = settings.CONFIG.data
    found = listening.look(data)
    known = declared()
    web = known["web"] & found.places.keys()
    if found.unseen or not web:
        raise CannotMeasure(
            gettext("The sockets of the service's processes cannot be seen from here.")
        )
    places = set[Place]().union(*known.values())
    wrong = [
        f"something listens at {place} ({_program(pids[0])})"
        for place, pids in sorted(found.places.items())
        if place not in places and not _is_of_the_database(place)
    ]
    wrong += [f"nothing listens at {place}" for place in sorted(places - found.places.keys())]
    if "redirect" in known:
        wrong += _redirect()
    return len(found.places), wrong


def _is_of_the_database(place: Place) -> bool:
    """Whether it is the embedded database's socket: a file, in a directory that is only ours."""
    file = Path(place.address)
    return place.kind == "unix" and file.name.startswith(".s.PGSQL.") and _is_closed(file.parent)


def _is_closed(directory: Path) -> bool:
    """Whether nobody but its owner reaches what is in a directory, or one of those around it."""
    around = [directory, *directory.parents]
    try:
        return any(not each.stat().st_mode & 0o077 for each in around)
    except OSError:
        return False


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a program that has ended"


def _redirect() -> Iterator[str]:
    """Ask the listener for http: it leads to TLS, takes no form, and shows nothing."""
    config, base = settings.CONFIG, settings.BASE_URL
    own = browser.own_address()
    for method, status in (("GET", MOVED), ("POST", FORBIDDEN)):
        connection = http.client.HTTPConnection(own.host, config.http_port, timeout=browser.SECONDS)
        try:
            connection.request(method, "/sign-in/?a=1", headers={"Host": urlsplit(base).netloc})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            yield f"the listener for http does not answer ({type(error).__name__})"
            continue
        finally:
            connection.close()
        if answer.status != status:
            yield f"the listener for http answers {answer.status} to {method}"
        if method == "GET" and answer.getheader("Location") != f"{base}/sign-in/?a=1":
            yield "the listener for http leads elsewhere"
        for name, wanted in OF_REDIRECT.items():
            if answer.getheader(name) != wanted:
                yield f"the listener for http: {name} is {answer.getheader(name)}"
