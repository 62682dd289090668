"""Availability: what anybody on the network can do to the web server without an account."""

from __future__ import annotations

import ipaddress
import os
import re
import select
import socket
import ssl
import time
from contextlib import ExitStack
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    Number,
    Unit,
    promise,
)
from seatrobot.practices.checks import browser
from seatrobot.practices.checks.browser import AGENT, Address

MOST_CORES = 8
"""The web server has a worker for each core, up to so many."""
HELD_PER_CORE = {"body": 6, "large body": 2, "head": 2, "reader": 2}
"""More half-sent bodies than a worker has threads."""
PAGES_PER_CORE = 6
PAGE_SECONDS = 8.0
SLOWEST_SECONDS = 5.0
LET_GO_SECONDS = 25.0
"""The longest time that the web server gives is 20 s, for a small body; it looks every 2 s."""
REFUSED_SECONDS = 5.0
RECEIVE_BUFFER = 2048
PIPELINED = 20
LOOPBACK_SOURCE = "127.0.77.1"
"""Held connections come from an address of their own, so that they count against nobody else."""
CSS = re.compile(r"/static/vendor/tabler\.\w+\.css")
FORM = "Content-Type: application/x-www-form-urlencoded"
FILES = "Content-Type: multipart/form-data; boundary=b"
MIB = 1024 * 1024
NOWHERE = UUID(int=0)
REFUSALS = {
    f"POST /sign-in/ HTTP/1.1|{FORM}|Content-Length: {3 * MIB}": (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    ),
    f"POST /sign-in/ HTTP/1.1|{FILES}|Content-Length: {MIB}": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    f"POST /o/{NOWHERE}/events/{NOWHERE}/guests/import/ HTTP/1.1|{FILES}|"
    f"Content-Length: {40 * MIB}": HTTPStatus.FORBIDDEN,
}
"""Requests that nobody may send without a session, of which only the head is sent."""


@promise(
    "availability.slow",
    sentence=_(
        "Requests that are sent slowly, read slowly or are too large keep the service from"
        " answering nobody else, and end in time."
    ),
    measured_by=_(
        "For each core of the machine, up to eight, twelve connections are opened to the web"
        " server, over which requests are sent by half or answers are not read, and pages are asked"
        " for meanwhile. Then it is counted which connections are still there after 25 seconds."
        " Requests that are too large, or hold files that nobody signed in sends, must be refused"
        " by their head. A flood from many networks is not tried."
    ),
    measures=[
        Measure("held", _("connections held at once"), least=12),
        Measure("pages", _("pages asked for meanwhile"), least=1),
        Measure(
            "slowest", _("until the slowest of them came"), unit=Unit.SECONDS, most=SLOWEST_SECONDS
        ),
        Measure("still", _("of the connections still held at the end"), most=0),
        Measure("taken", _("requests taken that are too large or hold a file"), most=0),
    ],
    every=timedelta(hours=1),
    fresh_for=timedelta(hours=3),
    timeout=timedelta(seconds=100),
)
def slow() -> Measurement:
    """Hold connections, ask for pages meanwhile, and wait until the connections are let go.

    What is broken before that is not waited for.
    """
    cores = min(len(os.sched_getaffinity(0)), MOST_CORES)
    address = browser.own_address()
    css = CSS.search(browser.Browser().get("/sign-in/").text)
    if css is None:
        raise CannotMeasure(gettext("The page of signing in names no file to read slowly."))
    begun = _begun(address, css.group())
    taken = sum(_is_taken(address, asked, status) for asked, status in REFUSALS.items())
    with ExitStack() as stack:
        held = []
        for kind, number in HELD_PER_CORE.items():
            for _number in range(number * cores):
                held.append((kind, stack.enter_context(_connected(address))))
                held[-1][1].sendall(begun[kind])
        since = time.monotonic()
        counts: dict[str, Number] = {"held": len(held), "taken": taken}
        slowest, pages = 0.0, 0
        while pages < PAGES_PER_CORE * cores and slowest <= SLOWEST_SECONDS:
            slowest = max(slowest, _seconds_of_a_page(address))
            pages += 1
        is_well = not taken and slowest <= SLOWEST_SECONDS
        while held and is_well and time.monotonic() - since < LET_GO_SECONDS:
            time.sleep(0.5)
            held = [each for each in held if _is_held(*each)]
    notes = [f"{kind}: {sum(each[0] == kind for each in held)} held" for kind in begun if held]
    return Measurement(
        {**counts, "pages": pages, "slowest": round(slowest, 3), "still": len(held)}, notes
    )


def _begun(address: Address, file: str) -> dict[str, bytes]:
    """Return what is sent for each kind of connection that is held."""
    named = f"Host: {address.name}\r\nUser-Agent: {AGENT}\r\n"
    form = f"POST /sign-in/ HTTP/1.1\r\n{named}{FORM}\r\n"
    return {
        "body": f"{form}Content-Length: 1000\r\n\r\nusername=".encode(),
        "large body": f"{form}Content-Length: 200000\r\n\r\n".encode() + b"a" * 100_000,
        "head": f"GET / HTTP/1.1\r\n{named}X-Half: ".encode(),
        "reader": f"GET {file} HTTP/1.1\r\n{named}\r\n".encode() * PIPELINED,
    }


def _connected(address: Address) -> socket.socket:
    """Return a connection that takes little at once; CannotMeasure when there is none."""
    sock = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.settimeout(PAGE_SECONDS)
    try:
        if _is_loopback(address.host):
            sock.bind((LOOPBACK_SOURCE, 0))
        sock.connect((address.host, address.port))
        if not address.is_tls:
            return sock
        trusting = ssl.create_default_context()
        trusting.check_hostname = False  # `encryption.transit` checks the certificate
        trusting.verify_mode = ssl.CERT_NONE
        return trusting.wrap_socket(sock)
    except OSError as error:
        sock.close()
        raise CannotMeasure(
            gettext("The web server does not answer at its own address.")
        ) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network("127.0.0.0/8")
    except ValueError:
        return False


def _seconds_of_a_page(address: Address) -> float:
    """Return how long a page took, or the longest that is waited for one."""
    begun = time.monotonic()
    connection = browser.connect(address)
    connection.timeout = PAGE_SECONDS
    try:
        connection.request("GET", "/sign-in/", headers={"Host": address.name, "User-Agent": AGENT})
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return PAGE_SECONDS
    finally:
        connection.close()
    return time.monotonic() - begun if answer.status == HTTPStatus.OK else PAGE_SECONDS


def _is_held(kind: str, sock: socket.socket) -> bool:
    """Whether a connection is neither answered nor closed; a reader's is until it is closed."""
    if kind == "reader":
        poll = select.poll()
        poll.register(sock, select.POLLERR | select.POLLHUP | select.POLLRDHUP)
        return not poll.poll(0)
    sock.setblocking(False)
    try:
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False


def _is_taken(address: Address, asked: str, status: HTTPStatus) -> bool:
    """Whether the head of a request is answered otherwise than with the status of its refusal."""
    lines = [*asked.split("|"), f"Host: {address.name}", f"User-Agent: {AGENT}", "", ""]
    with _connected(address) as sock:
        sock.settimeout(REFUSED_SECONDS)
        try:
            sock.sendall("\r\n".join(lines).encode())
            answer = sock.recv(100)
        except OSError:
            return True
    return not re.match(rb"HTTP/1\.1 %d " % status, answer)
