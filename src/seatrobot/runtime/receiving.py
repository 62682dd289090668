"""The body of a request is received before anything else is done for it.

Within a size and a time by route, in a budget of memory, and so many at once for one source. Forms
with files have a few places of their own, for people who are signed in.
"""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # not marked there

from seatrobot.runtime import keeper

MIB = 1024 * 1024
SMALL = 64 * 1024
"""Bodies up to this size have a budget of their own, so that large ones cannot keep them out."""
SMALL_MEMORY = 64 * MIB
MEDIUM_MEMORY = 48 * MIB
FILES_AT_ONCE = 2
UNHURRIED_SECONDS, LEAST_RATE = 10, SMALL
"""A form with a file that others wait for, may take so long, and then comes so fast (bytes/s)."""
PER_SOURCE = 40
"""Bodies under way at once from one source."""
MOST_DIGITS = 15
MOST_EMPTY = 64
NO_BODY = {"GET", "HEAD", "OPTIONS"}


class RefusedRequest(Exception):
    """The request is answered by the front itself, with this status."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """For the body of one request.

    largest: bytes. patience, pause: seconds for the whole of it, and between two pieces.
    longest: bytes up to which a body that is too large is still received, though not kept, so
    that the application can say so; 0: such a request is refused at once.
    """

    largest: int
    patience: float
    pause: float
    longest: int = 0


ORDINARY = Limits(2 * MIB, patience=20, pause=10)
UPLOAD = Limits(51 * MIB, patience=300, pause=10, longest=512 * MIB)
HEAD_KEPT, TAIL_KEPT = SMALL, 4096
"""Of a body that is too large: enough for the fields before the file and the boundary after it."""


@dataclass(slots=True)
class Body:
    """content: at its beginning. left_out: bytes in the middle that were received and not kept."""

    content: io.BytesIO = field(default_factory=io.BytesIO)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Routes:
    """What must be known of the site to receive a body.

    takes_files: whether a form at this path may hold a file. may_send_files: whether the sender of
    this request, of this source, may do that.
    """

    takes_files: Callable[[str], bool]
    may_send_files: Callable[[Scope, str], Awaitable[bool]]


class Receiver:
    """One per worker."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.small = 0
        self.medium = 0
        self.sources: Counter[str] = Counter()
        self.files = asyncio.Semaphore(FILES_AT_ONCE)
        self.file_waits = 0
        self.file_turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def body(self, scope: Scope, protocol: HTTPProtocol, source: str) -> Body:
        """Return the whole body of a request of this source, or raise RefusedRequest."""
        said: str | None = scope.headers.get("content-length")
        if said == "0" or (said is None and _has_none(scope)):
            return Body()
        if said is None:  # granian does not tell an aborted chunked body from a whole one
            raise RefusedRequest(HTTPStatus.LENGTH_REQUIRED)
        if not (said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS):
            raise RefusedRequest(HTTPStatus.BAD_REQUEST)
        length = int(said)
        limits = self._limits(scope, length)
        if length > max(limits.largest, limits.longest):
            raise RefusedRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        async with self._under_way(source):
            try:
                async with asyncio.timeout(limits.patience):
                    if limits is UPLOAD:
                        return await self._upload(scope, protocol, source, length)
                    if length <= SMALL:
                        return await self._small(protocol, length)
                    return await self._medium(protocol, length)
            except TimeoutError:
                raise RefusedRequest(HTTPStatus.REQUEST_TIMEOUT) from None

    def _limits(self, scope: Scope, length: int) -> Limits:
        """Return the limits of a route; forms with files are refused where no page has one."""
        kind = scope.headers.get("content-type", "")
        if not kind.lower().lstrip().startswith("multipart/"):
            return ORDINARY
        if scope.method != "POST" or not self.routes.takes_files(scope.path):
            raise RefusedRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return UPLOAD if length > SMALL else ORDINARY

    @asynccontextmanager
    async def _under_way(self, source: str) -> AsyncIterator[None]:
        """Count a body of this source, which may have so many at once and not more."""
        bounds = keeper.bounds(source, PER_SOURCE)
        if any(self.sources[network] >= most for network, most in bounds):
            raise RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE)
        self.sources.update(network for network, _most in bounds)
        try:
            yield
        finally:
            for network, _most in bounds:
                self.sources[network] -= 1
                if not self.sources[network]:
                    del self.sources[network]

    @asynccontextmanager
    async def _place_for_a_file(self, source: str) -> AsyncIterator[None]:
        """Wait for one of the places for forms with files; a source has one at once at most.

        All of a /48 is one source here: a line at home has 256 or more of /64.
        """
        source = keeper.networks_of(source)[0]
        turn, waiting = self.file_turns.get(source) or (asyncio.Lock(), 0)
        self.file_turns[source] = (turn, waiting + 1)
        try:
            async with turn:
                self.file_waits += 1
                try:
                    await self.files.acquire()
                finally:
                    self.file_waits -= 1
                try:
                    yield
                finally:
                    self.files.release()
        finally:
            turn, waiting = self.file_turns.pop(source)
            if waiting > 1:
                self.file_turns[source] = (turn, waiting - 1)

    def _require_haste(self, seconds: float, received: int) -> None:
        """Refuse a form that comes too slowly while another source waits for its place."""
        if self.file_waits and seconds > UNHURRIED_SECONDS and received < seconds * LEAST_RATE:
            raise RefusedRequest(HTTPStatus.REQUEST_TIMEOUT)

    async def _small(self, protocol: HTTPProtocol, length: int) -> Body:
        if self.small + length > SMALL_MEMORY:
            raise RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE)
        self.small += length
        try:
            return Body(io.BytesIO(await protocol()))
        finally:
            self.small -= length

    async def _medium(self, protocol: HTTPProtocol, length: int) -> Body:
        body, counted = Body(), 0
        try:
            async for piece in _pieces(protocol, length, ORDINARY.pause):
                counted += len(piece)
                self.medium += len(piece)
                if self.medium > MEDIUM_MEMORY:
                    raise RefusedRequest(HTTPStatus.SERVICE_UNAVAILABLE)
                body.content.write(piece)
        finally:
            self.medium -= counted
        body.content.seek(0)
        return body

    async def _upload(self, scope: Scope, protocol: HTTPProtocol, source: str, length: int) -> Body:
        """Receive a form with a file, after a look at the session; few at once, others wait."""
        if not await self.routes.may_send_files(scope, source):
            raise RefusedRequest(HTTPStatus.FORBIDDEN)
        async with self._place_for_a_file(source):
            began = asyncio.get_running_loop().time()
            body, tail, received = Body(), b"", 0
            too_large = length > UPLOAD.largest
            kept = HEAD_KEPT if too_large else length
            async for piece in _pieces(protocol, length, UPLOAD.pause):
                body.content.write(piece[: max(0, kept - received)])
                if too_large:
                    rest = piece[max(0, kept - received) :]
                    tail = (tail + rest[-TAIL_KEPT:])[-TAIL_KEPT:]
                received += len(piece)
                self._require_haste(asyncio.get_running_loop().time() - began, received)
            body.content.write(tail)
            body.left_out = length - body.content.tell()
            body.content.seek(0)
            return body


def _has_none(scope: Scope) -> bool:
    """Whether a request without Content-Length has no body."""
    if scope.method in NO_BODY:
        return "transfer-encoding" not in scope.headers
    return scope.http_version.startswith("1") and "transfer-encoding" not in scope.headers


async def _pieces(protocol: HTTPProtocol, length: int, pause: float) -> AsyncIterator[bytes]:
    """Give the pieces of a body; a status is raised when it ends early or nothing comes.

    granian gives b"" for the end, for an abort and for an empty frame alike, so bytes are counted.
    """
    received = empty = 0
    stream = aiter(protocol)
    while received < length:
        try:
            async with asyncio.timeout(pause):
                piece = await stream.__anext__()  # anext() with a default cannot be cancelled
        except StopAsyncIteration:
            raise RefusedRequest(HTTPStatus.BAD_REQUEST) from None
        received += len(piece)
        empty += not piece
        if empty > MOST_EMPTY or received > length:
            raise RefusedRequest(HTTPStatus.BAD_REQUEST)
        yield piece
