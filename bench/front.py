"""Does the door go on while somebody tries to stop the service? Prints one JSON line a run.

    .venv/bin/python bench/front.py

The whole instance runs in a temporary directory. One door checks guests in all the time; fresh
connections ask for /healthz. First in peace, then while 200 senders hold half a form, 200 readers
take a few bytes of many files, and 50 send bodies without an end, from twenty loopback addresses,
each again when it is cut off. Every acknowledged check-in is counted again in the database at the
end. Then the speed of check-ins with eight clients, in turns with the same application behind
granian's WSGI side as it was before (two workers, two threads each).
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from checkin import PYTHON, Bench, Member, figures, free_port, read, request, running
from checkin import seed as seed_door
from seatrobot.runtime import roles
from seatrobot.runtime.faulting.processes import descendants
from seatrobot.runtime.postgres import EmbeddedPostgres

SECONDS = int(os.environ.get("SECONDS", "15"))
HALF, SLOW, HUGE = 200, 200, 50
SOURCES = 20
AGAIN = 4
HUGE_SENT = 48 * 1024 * 1024
PAUSE = 0.02
PATIENCE = 5
ROUNDS = 3
SPEED_GUESTS = 400
MIB = 1024 * 1024
COOKIE = "Cookie: csrf=" + "a" * 32
FORM = "Content-Type: application/x-www-form-urlencoded"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="seatrobot-bench-") as data:
        environment = {**os.environ, "SEATROBOT_DATA": f"{data}/var"}
        port, before_port = free_port(), free_port()
        environment["SEATROBOT_PORT"] = str(port)
        with running([*PYTHON, "-m", "seatrobot", "up"], environment, port) as instance:
            seeded = seed_door(environment)
            door = Door(port, seeded)
            door.measure("in peace", instance, [])
            door.measure("under attack", instance, [(attack, (port, SECONDS))])
            door.count_again()
            compare_speed(
                environment, seeded, list(door.guests)[:SPEED_GUESTS], instance, before_port
            )


class Door:
    """One member who checks guests in, one after the other, and one who asks for /healthz."""

    def __init__(self, port: int, seeded: dict[str, Any]) -> None:
        self.port = port
        self.path = seeded["door"]
        self.who: Member = seeded["members"][0]
        self.guests = iter(seeded["guests"])
        self.acknowledged = 0

    def measure(self, what: str, instance: int, others: list[tuple[Any, tuple[Any, ...]]]) -> None:
        context = multiprocessing.get_context("fork")
        started = [context.Process(target=job, args=args, daemon=True) for job, args in others]
        for process in started:
            process.start()
        until = time.monotonic() + SECONDS
        health: list[float | None] = []
        memory: list[int] = []
        watchers = [
            threading.Thread(target=self._health, args=(until, health)),
            threading.Thread(target=_memory, args=(instance, until, memory)),
        ]
        for watcher in watchers:
            watcher.start()
        taps = self._check_in(until)
        for watcher in watchers:
            watcher.join()
        for process in started:
            process.join()
        line = {"what": what, "seconds": SECONDS, **_times("check_in", taps)}
        line |= {**_times("healthz", health), "memory_mib": max(memory) // MIB}
        print(json.dumps(line), flush=True)

    def count_again(self) -> None:
        """Compare what was acknowledged with what the database has."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as line:
            line.sendall(request("GET", self.port, f"{self.path}counts/", self.who))
            _status, body = read(line)
        found = [int(number) for number in re.findall(rb"\d+", body)]
        line = {"what": "acknowledged and found", "acknowledged": self.acknowledged}
        print(
            json.dumps({**line, "found": self.acknowledged in found, "counts": found[:4]}),
            flush=True,
        )

    def _check_in(self, until: float) -> list[float | None]:
        """Return the seconds that each took; None for one that failed."""
        taps: list[float | None] = []
        line: socket.socket | None = None
        while time.monotonic() < until:
            guest = next(self.guests)
            began = time.perf_counter()
            try:
                line = line or socket.create_connection(("127.0.0.1", self.port), PATIENCE)
                path = f"{self.path}check-in/"
                line.sendall(request("POST", self.port, path, self.who, f"guest={guest}"))
                status, _body = read(line)
            except OSError:
                status = b""
                if line:
                    line.close()
                line = None
            taken = time.perf_counter() - began
            taps.append(taken if status == b"200" else None)
            self.acknowledged += status == b"200"
            time.sleep(PAUSE)
        return taps

    def _health(self, until: float, health: list[float | None]) -> None:
        while time.monotonic() < until:
            began = time.perf_counter()
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=PATIENCE) as page:
                    page.read()
                health.append(time.perf_counter() - began)
            except OSError:
                health.append(None)
            time.sleep(0.25)


def _times(name: str, taken: list[float | None]) -> dict[str, Any]:
    good = sorted(seconds * 1000 for seconds in taken if seconds is not None)
    told = {f"{name}_ok": len(good), f"{name}_failed": len(taken) - len(good)}
    if good:
        told[f"{name}_p50_ms"] = round(good[len(good) // 2], 1)
        told[f"{name}_p99_ms"] = round(good[len(good) * 99 // 100], 1)
    return told


def _memory(instance: int, until: float, found: list[int]) -> None:
    """Note the memory of the whole instance: what its processes use, shared parts shared out."""
    while time.monotonic() < until:
        whole = 0
        for pid in [instance, *descendants(instance)]:
            with suppress(OSError, AttributeError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                whole += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE).group(1)) * 1024  # type: ignore[union-attr]  # suppressed
        found.append(whole)
        time.sleep(0.5)


def attack(port: int, seconds: int) -> None:
    with urlopen(f"http://localhost:{port}/sign-in/", timeout=10) as page:
        css = re.search(r"/static/vendor/tabler\.\w+\.css", page.read().decode())
    assert css
    asyncio.run(_attack(port, seconds, css.group()))


async def _attack(port: int, seconds: int, css: str) -> None:
    half = _head("POST /sign-in/", COOKIE, FORM, "Content-Length: 1000") + b"csrfmiddlewaretoken="
    large = _head("POST /sign-in/", COOKIE, FORM, "Content-Length: 601000") + b"x" * 300_000
    slow = _head(f"GET {css}") * 20
    huge = _head("POST /sign-in/", COOKIE, FORM, f"Content-Length: {2**31}")
    halves = [_hold(port, number, [half, large][number % 2], 0, 0) for number in range(HALF)]
    readers = [_hold(port, number, slow, 0, 2048) for number in range(SLOW)]
    endless = [_hold(port, number, huge, HUGE_SENT, 0) for number in range(HUGE)]
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*halves, *readers, *endless, return_exceptions=True)


def _head(asked: str, *lines: str) -> bytes:
    return "\r\n".join([f"{asked} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


async def _hold(port: int, number: int, first: bytes, more: int, buffer: int) -> None:
    """Send, go on sending as much more, and hold the connection; again when it is closed."""
    loop = asyncio.get_running_loop()
    for _ in range(AGAIN):
        with socket.socket() as sock:
            sock.setblocking(False)
            if buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            sock.bind((f"127.0.{66 + number % SOURCES}.1", 0))
            with suppress(OSError):
                await loop.sock_connect(sock, ("127.0.0.1", port))
                await loop.sock_sendall(sock, first)
                for _ in range(more // MIB):
                    await loop.sock_sendall(sock, b"x" * MIB)
                if buffer:
                    while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1:  # noqa: ASYNC110  no event tells
                        await asyncio.sleep(0.5)
                else:
                    await loop.sock_recv(sock, 1000)
        await asyncio.sleep(0.2)


def compare_speed(
    environment: dict[str, str],
    seeded: dict[str, Any],
    guests: list[str],
    instance: int,
    before_port: int,
) -> None:
    """Take turns with the server of before, after a round that warms both."""
    port = int(environment["SEATROBOT_PORT"])
    server = EmbeddedPostgres(Path(environment["SEATROBOT_DATA"]) / "postgresql")
    told = {**environment, "DATABASE_URL": server.url(roles.APP)}
    wsgi = [*PYTHON, "-m", "granian", "seatrobot.web.wsgi:application", "--interface=wsgi"]
    wsgi += ["--no-ws", f"--port={before_port}", "--workers=2", "--blocking-threads=2"]
    wsgi += ["--log-level=warning"]
    with running(wsgi, told, before_port) as before:
        benches = {
            "front": Bench(port, port, 8, seeded, [instance]),
            "wsgi": Bench(before_port, before_port, 8, seeded, [before]),
        }
        runs: dict[str, list[Any]] = {name: [] for name in benches}
        for number in range(ROUNDS + 1):
            for name, bench in benches.items():
                for verb in ("check-in", "undo"):
                    run = bench.run(guests, bench.tap(verb))
                    if number:
                        runs[name].append(run)
    lines = {name: figures(each) for name, each in runs.items()}
    for name, line in lines.items():
        print(json.dumps({"what": f"check-in and undo, 8 clients, {name}", **line}), flush=True)
    ratio = lines["front"]["per_second"] / lines["wsgi"]["per_second"]
    print(json.dumps({"what": "rate of the front to that of before", "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    sys.exit(main())
