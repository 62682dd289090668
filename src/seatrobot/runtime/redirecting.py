"""The listener for `http`, which leads to the same page over TLS and shows nothing itself.

Only what can be asked twice without harm is led on (GET, HEAD); a form that was sent in clear is
refused, so that nobody takes sending it so for normal. A process of its own, confined to its port.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from seatrobot.runtime import keeper, reachable
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from seatrobot.runtime.config import Config

SECONDS = 10
LONGEST_HEAD = 16 * 1024
CONNECTIONS, PER_SOURCE = 512, 20
LINE = re.compile(rb"([A-Z]{1,16}) ([!-~]{1,8000}) HTTP/1\.[01]\r\n")
SAFE = {b"GET", b"HEAD"}
HEADERS = (
    "content-type: text/plain; charset=utf-8",
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    "referrer-policy: same-origin",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "connection: close",
    "server: Seatrobot",
)
"""Without Strict-Transport-Security: over a plain connection it means nothing (RFC 6797, 7.2)."""


def answer(head: bytes, base_url: str) -> bytes:
    """Return the answer to the head of a request."""
    line = LINE.match(head)
    if line is None:
        return _made(HTTPStatus.BAD_REQUEST, "This is no request that is understood here.")
    method, target = line[1], line[2].decode()
    if method not in SAFE:
        return _made(
            HTTPStatus.FORBIDDEN, f"Nothing is taken over http. The service is at {base_url}/"
        )
    if "://" in target.partition("?")[0]:  # the absolute form, which names a host
        target = "/" + target.partition("://")[2].partition("/")[2]
    if not target.startswith("/"):
        return _made(HTTPStatus.BAD_REQUEST, "This is no request that is understood here.")
    place = f"{base_url}{target}"
    made = _made(HTTPStatus.MOVED_PERMANENTLY, f"The service is at {base_url}/", place)
    return made.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == b"HEAD" else made


def _made(status: HTTPStatus, text: str, location: str = "") -> bytes:
    body = f"{text}\n".encode()
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *HEADERS, f"content-length: {len(body)}"]
    if location:
        lines.append(f"location: {location}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Redirecting:
    """Answers one request of each connection, within a time, of a source only some at once."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.open: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = keeper.source_of(writer.get_extra_info("peername")[0])
        if self.open.total() >= CONNECTIONS or self.open[source] >= PER_SOURCE:
            writer.transport.abort()
            return
        self.open[source] += 1
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(SECONDS):
                    await self._answer(reader, writer)
        finally:
            self.open[source] -= 1
            if not self.open[source]:
                del self.open[source]
            writer.transport.abort() if writer.is_closing() else writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            head = b""
        writer.write(answer(head, self.base_url))
        await writer.drain()
        writer.write_eof()


async def _serve(config: Config) -> None:
    handler = Redirecting(config.base_url)
    server = await asyncio.start_server(
        handler.serve, config.host, config.http_port, limit=LONGEST_HEAD
    )
    async with server:
        await server.serve_forever()


def run(config: Config) -> int:
    """Serve until the process is ended; confined first, while there is one thread."""
    if sentence := reachable.unconfined():
        say(f"This process {sentence}")
    reachable.of_redirect(config).enter()
    asyncio.run(_serve(config))
    return 0
