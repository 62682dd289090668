"""The front of a web worker: granian's RSGI outside, the WSGI application inside.

A request takes one of the worker's few threads only when its whole body is here. Answers leave
from memory, from a file or piece by piece; no thread waits for a sender or a reader. What is too
slow, too large or too much is refused with a status of its own.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import logging
import sys
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from granian.rsgi import (  # type: ignore[attr-defined]  # not marked there
    HTTPProtocol,
    ProtocolClosed,
    ProtocolError,
    Scope,
)

from seatrobot.runtime import keeper
from seatrobot.runtime.receiving import MIB, SMALL, Body, Receiver, RefusedRequest, Routes

log = logging.getLogger("seatrobot.front")

WAITING, WAITING_PER_SOURCE = 400, 100
"""Requests that wait for a thread or have one, in all and of one source; see `keeper.bounds`."""
PIECE = MIB
"""A streamed answer is made and sent in pieces of about this many bytes."""
AHEAD = 4 * MIB
"""How far a streamed answer may be ahead of its reader."""
UNPACED = 64 * MIB
"""The longest streamed answer to a reader whose connection cannot be watched."""
BREATH_SECONDS = 0.05
MOST_KEPT = 500
"""Answers with a file that never changes, which are given again without asking the application."""
CONDITIONS = ("range", "if-none-match", "if-modified-since", "if-range", "content-length")

T = TypeVar("T")
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Said = tuple[int, list[tuple[str, str]]]
"""Status and headers of an answer."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer longer than one piece: what is made so far, and what makes the rest."""

    status: int
    headers: list[tuple[str, str]]
    first: bytes
    rest: Iterator[bytes]
    close: Callable[[], None]


class File:
    """`wsgi.file_wrapper`: keeps the open file, so that granian can send it by its name."""

    def __init__(self, file: Any, size: int = SMALL) -> None:
        self.file, self.size = file, size
        self.close = getattr(file, "close", lambda: None)

    @property
    def path(self) -> str:
        """Where the file lies, or "" when it is no whole file of a disk."""
        name = getattr(self.file, "name", "")
        return name if isinstance(name, str) and isinstance(self.file, io.BufferedReader) else ""

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self.size), b"")


BASE: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
    "wsgi.file_wrapper": File,
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Seatrobot",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What the front must know of the application behind it.

    takes_files: whether a form at this path may hold a file. is_signed_in: whether the cookies of
    a request are those of a live session; called in a thread. source: whom a request counts for.
    scheme: http or https, as the client asked.
    """

    application: Application
    takes_files: Callable[[str], bool]
    is_signed_in: Callable[[Environ], bool]
    source: Callable[[Scope], str]
    scheme: Callable[[Scope], str] = lambda scope: scope.scheme


Job = tuple[Callable[[], Any], asyncio.Future[Any], bool]
"""What to do, who waits for it, and whether it is a request that nobody has begun to answer."""


class Line:
    """Jobs of one network: its own, or those of the networks within it, each in its turn."""

    def __init__(self) -> None:
        self.count = 0
        self.jobs: deque[Job] = deque()
        self.within: OrderedDict[str, Line] = OrderedDict()

    def put(self, networks: Sequence[str], job: Job) -> None:
        self.count += 1
        if networks:
            self.within.setdefault(networks[0], Line()).put(networks[1:], job)
        else:
            self.jobs.append(job)

    def get(self) -> Job:
        """Take the job whose turn it is."""
        self.count -= 1
        if self.jobs:
            return self.jobs.popleft()
        name, line = self.within.popitem(last=False)
        job = line.get()
        if line.count:
            self.within[name] = line
        return job

    def take_newest(self) -> Job | None:
        """Take the newest request of the network with most jobs that has one."""
        for name in sorted(self.within, key=lambda each: -self.within[each].count):
            if job := self.within[name].take_newest():
                self.count -= 1
                if not self.within[name].count:
                    del self.within[name]
                return job
        newest = next((job for job in reversed(self.jobs) if job[2]), None)
        if newest is not None:
            self.jobs.remove(newest)
            self.count -= 1
        return newest


class Turns:
    """Jobs that wait, taken from one network after the other: nobody waits for another's many.

    A network with many smaller ones has no more turns than one with a single address.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.line = Line()

    def put(self, source: str, job: Job) -> None:
        with self.changed:
            self.line.put(keeper.networks_of(source), job)
            self.changed.notify()

    def get(self) -> Job:
        with self.changed:
            while not self.line.count:
                self.changed.wait()
            return self.line.get()

    def displace(self, source: str, waiting: Mapping[str, int]) -> asyncio.Future[Any] | None:
        """Take the newest request of whoever has more than a newcomer; return who waits for it.

        From the widest networks to the source itself those that hold the newcomer are compared
        with those beside them. waiting: how much each network has, the newcomer not counted.
        """
        with self.changed:
            around, line = [], self.line
            for network in keeper.networks_of(source):
                around.append(line)
                name = max(line.within, key=lambda each: line.within[each].count, default="")
                if name and name != network and line.within[name].count > waiting[network] + 1:
                    return self._taken(around, name)
                if network not in line.within:
                    return None
                line = line.within[network]
            return None

    def _taken(self, around: list[Line], name: str) -> asyncio.Future[Any] | None:
        """Take the newest request of a network; around: what holds it, the innermost last."""
        within = around[-1].within
        job = within[name].take_newest()
        if job is None:
            return None
        if not within[name].count:
            del within[name]
        for line in around:
            line.count -= 1
        return job[1]


class Front:
    """One per worker. `beat` is called each second in which the worker is able to work."""

    def __init__(self, site: Site, *, threads: int, beat: Callable[[], None]) -> None:
        self.site = site
        self.threads = threads
        self.beat = beat
        self.receiver = Receiver(Routes(site.takes_files, self._may_send_files))
        self.work = Turns()
        self.waiting: Counter[str] = Counter()
        self.waiting_in_all = 0
        self.kept: dict[tuple[str, ...], tuple[int, list[tuple[str, str]], str]] = {}
        self.idle: set[int] = set()
        self.finished = 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        for number in range(self.threads):
            threading.Thread(
                target=self._serve, args=(number,), name=f"web-{number}", daemon=True
            ).start()
        self.beating = loop.create_task(self._beat())

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        known = self.kept.get(_answer_key(scope)) if self.kept and _is_plain(scope) else None
        if known is not None:
            with suppress(ProtocolClosed, ProtocolError):
                protocol.response_file(*known)
            return
        source = self.site.source(scope)
        try:
            body = await self.receiver.body(scope, protocol, source)
            with self._counted(source):
                answer = await self._in_thread(
                    source, lambda: self._answer(scope, protocol, body), may_go=True
                )
            if answer is not None:
                await self._stream(scope, protocol, source, answer)
        except (ProtocolClosed, ProtocolError):
            return  # the client has gone
        except RefusedRequest as refused:
            self._refuse(protocol, scope, refused.status)

    async def _may_send_files(self, scope: Scope, source: str) -> bool:
        with self._counted(source):
            return await self._in_thread(
                source, lambda: self.site.is_signed_in(environ_of(scope)), may_go=True
            )

    @contextmanager
    def _counted(self, source: str) -> Iterator[None]:
        """Count a request that waits for a thread; only so many may.

        When all places are taken, whoever has most waiting loses one to somebody who has fewer.
        """
        bounds = keeper.bounds(source, WAITING_PER_SOURCE)
        if any(self.waiting[network] >= most for network, most in bounds):
            raise RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE)
        if self.waiting_in_all >= WAITING:
            displaced = self.work.displace(source, self.waiting)
            if displaced is None:
                raise RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE)
            _settle(displaced, None, RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE))
        self.waiting_in_all += 1
        self.waiting.update(network for network, _most in bounds)
        try:
            yield
        finally:
            self.waiting_in_all -= 1
            for network, _most in bounds:
                self.waiting[network] -= 1
                if not self.waiting[network]:
                    del self.waiting[network]

    async def _stream(
        self, scope: Scope, protocol: HTTPProtocol, source: str, answer: Stream
    ) -> None:
        """Send a long answer piece by piece, each made only when the reader has taken others."""
        context = contextvars.copy_context()

        def made() -> bytes:
            return context.run(_piece, answer.rest)

        sent, piece = 0, answer.first
        try:
            with keeper.watched(scope.client) as reader:
                transport = protocol.response_stream(answer.status, answer.headers)
                while piece:
                    await transport.send_bytes(piece)
                    sent += len(piece)
                    if reader is None and sent > UNPACED:
                        log.error("a streamed answer was cut: its reader cannot be watched")
                        return
                    while reader and sent - reader.taken() > AHEAD:  # noqa: ASYNC110  no event tells
                        await asyncio.sleep(BREATH_SECONDS)
                    piece = await self._in_thread(source, made)
        except keeper.Gone:
            return
        finally:
            await self._in_thread(source, answer.close)

    async def _in_thread(self, source: str, job: Callable[[], T], *, may_go: bool = False) -> T:
        future: asyncio.Future[T] = self.loop.create_future()
        self.work.put(source, (job, future, may_go))
        return await future

    def _serve(self, number: int) -> None:
        """Do jobs one after the other, for as long as the worker lives."""
        while True:
            self.idle.add(number)
            job, future, _may_go = self.work.get()
            self.idle.discard(number)
            result, error = None, None
            try:
                result = job()
            except BaseException as caught:  # noqa: BLE001  it goes to whoever waits for the job
                error = caught
            self.finished += 1
            with suppress(RuntimeError):  # the loop is closed: the worker ends
                self.loop.call_soon_threadsafe(_settle, future, result, error)
            del job, future, result, error

    def _keep(self, scope: Scope, status: int, headers: list[tuple[str, str]], file: str) -> None:
        """Keep an answer with a file that its headers call immutable."""
        told = {name.lower(): value for name, value in headers}
        immutable = _is_plain(scope) and status == HTTPStatus.OK
        immutable = immutable and "immutable" in told.get("cache-control", "")
        if immutable and "set-cookie" not in told and len(self.kept) < MOST_KEPT:
            again = [(name, value) for name, value in headers if name.lower() != "x-request-id"]
            self.kept[_answer_key(scope)] = (status, again, file)

    async def _beat(self) -> None:
        """Tell that this worker works: its loop runs, and a thread is free or has done a job."""
        finished = -1
        while True:
            if self.idle or self.finished != finished:
                finished = self.finished
                self.beat()
            await asyncio.sleep(1)

    def _answer(self, scope: Scope, protocol: HTTPProtocol, body: Body) -> Stream | None:
        """Run the application and answer; called in a thread. A long answer is left to the loop."""
        try:
            return self._answered(scope, protocol, body)
        except (ProtocolClosed, ProtocolError):
            raise
        except Exception:
            log.exception("a request failed outside the application")
            self._refuse(protocol, scope, HTTPStatus.INTERNAL_SERVER_ERROR)
            return None

    def _refuse(self, protocol: HTTPProtocol, scope: Scope, status: HTTPStatus) -> None:
        _refuse(protocol, scope, status, is_secure=self.site.scheme(scope) == "https")

    def _answered(self, scope: Scope, protocol: HTTPProtocol, body: Body) -> Stream | None:
        said: list[Said] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            said[:] = [(int(status[:3]), [*headers, SERVER])]

        answer = self.site.application(environ_of(scope, body), start_response)
        close: Callable[[], None] = getattr(answer, "close", lambda: None)
        rest: Iterator[bytes] | None = None
        try:
            if isinstance(answer, File) and (name := answer.path):
                self._keep(scope, *said[0], name)
                protocol.response_file(*said[0], name)
                return None
            rest = iter(answer)
            first = _piece(rest)
            if scope.method == "HEAD":  # with a body it would be an error of HTTP/2
                protocol.response_empty(*said[0])
                rest = None
                return None
            status, headers = said[0]
            if len(first) < PIECE or 0 <= _stated(headers) <= AHEAD:
                protocol.response_bytes(status, headers, b"".join((first, *rest)))
                rest = None
                return None
            return Stream(status, headers, first, rest, close)
        except BaseException:
            rest = None
            raise
        finally:
            if rest is None:
                close()


def _is_plain(scope: Scope) -> bool:
    return scope.method == "GET" and not any(name in scope.headers for name in CONDITIONS)


def _answer_key(scope: Scope) -> tuple[str, ...]:
    """Return all that an answer with an immutable file depends on."""
    get = scope.headers.get
    asked = (get("accept-encoding", ""), get("x-forwarded-proto", ""))
    return (scope.method, scope.path, scope.query_string, scope.scheme, *asked)


def environ_of(scope: Scope, body: Body | None = None) -> Environ:
    """Return a request as WSGI (PEP 3333) has it."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        **BASE,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),  # granian has decoded %xx
        "QUERY_STRING": scope.query_string,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "REMOTE_ADDR": peer(scope),
        "wsgi.url_scheme": scope.scheme,
    }
    if body is not None:
        environ["wsgi.input"] = body.content
        environ["CONTENT_LENGTH"] = str(body.content.getbuffer().nbytes)
        environ["seatrobot.left_out"] = body.left_out
    if scope.http_version.startswith("2") and scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # WSGI could not tell it from the name with a hyphen
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in {"CONTENT_LENGTH", "PROXY"}:
            key = f"HTTP_{key}"
            if key in environ:
                environ[key] += (";" if key == "HTTP_COOKIE" else ",") + value
            else:
                environ[key] = value
    return environ


def peer(scope: Scope) -> str:
    """Return the address of whoever is connected, without the port."""
    return scope.client.rpartition(":")[0].strip("[]")


def _stated(headers: list[tuple[str, str]]) -> int:
    """Return the length that an answer says it has; -1 where it says none."""
    said = (value for name, value in headers if name.lower() == "content-length")
    return next((int(value) for value in said if value.isdecimal()), -1)


def _piece(pulled: Iterator[bytes]) -> bytes:
    """Join what an answer gives next until it is a piece; b"" at its end."""
    parts, size = [], 0
    for part in pulled:
        parts.append(part)
        size += len(part)
        if size >= PIECE:
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, StopIteration):
        future.set_exception(RuntimeError("a job ended with StopIteration"))
    else:
        future.set_exception(error)


SERVER = ("server", "Seatrobot")
"""In place of the name of what serves it, which granian would tell."""
PROTECTED = [
    SERVER,
    ("content-type", "text/plain; charset=utf-8"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    (
        "content-security-policy",
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
]
"""Headers of the answers that the front gives by itself."""
STAY_WITH_TLS = ("strict-transport-security", "max-age=63072000; includeSubDomains")


def _refuse(protocol: HTTPProtocol, scope: Scope, status: HTTPStatus, *, is_secure: bool) -> None:
    headers = [*PROTECTED]
    if is_secure:
        headers.append(STAY_WITH_TLS)
    if scope.http_version.startswith("1"):
        headers.append(("connection", "close"))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("retry-after", "5"))
    with suppress(ProtocolClosed, ProtocolError):
        if scope.method == "HEAD":
            protocol.response_empty(status, headers)
        else:
            protocol.response_str(status, headers, f"{status.value} {status.phrase}\n")
