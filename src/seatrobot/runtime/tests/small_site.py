"""A front with one thread and a small application behind it, in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from granian.server.mp import MPServer

from seatrobot.runtime import front, keeper, receiving, serving
from seatrobot.runtime.front import Front, Site, peer

PIECES, PIECE = 200, b"x" * 1_000_000


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/long/":
        stated = [("Content-Length", str(PIECES * len(PIECE)))] if environ["QUERY_STRING"] else []
        start_response("200 OK", [("Content-Type", "text/plain"), *stated])
        return (PIECE for _ in range(PIECES))
    if path == "/file/":
        file = Path(sys.argv[2]).open("rb")  # noqa: SIM115  the wrapper closes it
        forever = [("Cache-Control", "immutable")] if environ["QUERY_STRING"] == "forever" else []
        size = str(Path(sys.argv[2]).stat().st_size)
        start_response("200 OK", [("Content-Length", size), ("X-Request-ID", "1"), *forever])
        return environ["wsgi.file_wrapper"](file)
    if path == "/busy/":
        time.sleep(0.1)
    if path == "/broken/":
        raise ValueError(path)
    body = environ["wsgi.input"].read()
    text = json.dumps(
        {
            "body": len(body),
            "begins": body[:20].decode("latin-1"),
            "ends": body[-20:].decode("latin-1"),
            "left_out": environ["seatrobot.left_out"],
            **{key: value for key, value in environ.items() if isinstance(value, str)},
        }
    ).encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]


def load(_target):
    keeper.start(int(sys.argv[1]), per_source=60)
    front.WAITING = 60
    receiving.UNHURRIED_SECONDS = 1
    site = Site(
        application,
        takes_files=lambda path: path == "/upload/",
        is_signed_in=lambda environ: environ.get("HTTP_COOKIE") == "session=alice",
        source=lambda scope: keeper.source_of(peer(scope)),
    )
    return Front(site, threads=1, beat=lambda: None)


if __name__ == "__main__":
    options = {**serving.options_of("127.0.0.1", int(sys.argv[1])), "workers": 1}
    MPServer("small", **options).serve(target_loader=load)
