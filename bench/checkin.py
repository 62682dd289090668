"""How quick is the door? Checks 2,000 seated guests in over HTTP and prints one JSON line a run.

Searches are also made among 10,000 guests, at rest and each after a check-in, which changes the
list that a web process keeps opened; what they cost the processor is compared with a limit.

    .venv/bin/python bench/checkin.py

The whole instance runs in a temporary directory: PostgreSQL, the web server with all its
middleware, row-level security, sealing and journal. Clients hold one connection and one session
each. The limit is a bare Django view with three statements on the same server (`bare_django.py`);
the peer is pretix 2026.8 with gunicorn and PostgreSQL 15, measured on such a machine.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

HERE = Path(__file__).parent
PYTHON = [sys.executable, "-P"]
GUESTS = 2_000
CROWD = 10_000
NUMBERS = [str(number) for number in range(GUESTS)]
ROUNDS = 3
CLIENTS = (1, 8)
SEARCHES = 1_600
TURNS = 400
PATIENCE = 30
TARGET_RATE, TARGET_P99_MS = 500, 40
SEARCH_CPU_MS = 6
PRETIX_RATE, PRETIX_P99_MS = 46, 250
HEAD_END = b"\r\n\r\n"

Member = dict[str, str]
"""The cookies of one member: session and csrf."""
Ask = Callable[[Any, Member], bytes | list[bytes]]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="seatrobot-bench-") as data:
        environment = {**os.environ, "SEATROBOT_DATA": f"{data}/var"}
        port, bare_port = free_port(), free_port()
        environment["SEATROBOT_PORT"] = str(port)
        with running([*PYTHON, "-m", "seatrobot", "up"], environment, port) as door:
            seeded = seed(environment)
            bare = [*PYTHON, str(HERE / "bare_django.py"), seeded["owner_url"], str(bare_port)]
            with running(bare, environment, bare_port) as limit:
                for clients in CLIENTS:
                    Bench(port, bare_port, clients, seeded, [door, limit]).measure()


def seed(environment: dict[str, str]) -> dict[str, Any]:
    script = str(HERE / "checkin_seed.py")
    done = subprocess.run(
        [*PYTHON, script, str(GUESTS), str(max(CLIENTS)), str(CROWD)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    seeded = json.loads(done.stdout)
    with psycopg.connect(seeded["owner_url"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")  # as the server does by itself within a minute
    return seeded


class Run(NamedTuple):
    """seconds in all; times of each request in seconds; cpu: seconds of all the servers' parts."""

    seconds: float
    times: list[float]
    cpu: float


class Bench:
    def __init__(
        self, port: int, bare_port: int, clients: int, seeded: dict[str, Any], servers: list[int]
    ) -> None:
        self.port = port
        self.bare_port = bare_port
        self.clients = clients
        self.seeded = seeded
        self.servers = servers

    def measure(self) -> None:
        """Take turns with the bare view, so that both meet the same weather on this machine."""
        guests, texts = self.seeded["guests"], self.seeded["texts"]
        runs: dict[str, list[Run]] = defaultdict(list)
        for _ in range(ROUNDS):
            runs["check in"].append(self.run(guests, self.tap("check-in")))
            runs["bare view, 3 statements"].append(self.run(NUMBERS, self.bare))
            runs["undo"].append(self.run(guests, self.tap("undo")))
        runs["search"].append(self.run(texts * (SEARCHES // len(texts)), self.search))
        runs["counts"].append(self.run([""] * SEARCHES, self.counts))
        crowd = f"search of {CROWD:,} guests"
        self.run(texts, self.search_crowd)  # each web process opens the list
        runs[crowd].append(self.run((texts * TURNS)[:TURNS], self.search_crowd))
        turns = list(zip(self.seeded["crowd"], texts * TURNS, strict=False))
        turns = turns[:TURNS] if self.clients == 1 else turns[TURNS : 2 * TURNS]
        runs[f"check in, {crowd}"].append(self.run(turns, self.tap_and_search))
        limit = rate(runs["bare view, 3 statements"])
        check_in = figures(runs["check in"])["server_cpu_ms"]
        for what, each in runs.items():
            line = {"what": what, "clients": self.clients, **figures(each)}
            if what == "check in":
                line |= compare(line, limit)
            if what == crowd:
                line["cpu_to_limit"] = round(line["server_cpu_ms"] / SEARCH_CPU_MS, 2)
            if what == f"check in, {crowd}":
                search = line["server_cpu_ms"] - check_in
                line |= {"search_cpu_ms": round(search, 2)}
                line["cpu_to_limit"] = round(search / SEARCH_CPU_MS, 2)
            print(json.dumps(line), flush=True)

    def tap(self, verb: str) -> Ask:
        path = f"{self.seeded['door']}{verb}/"
        return lambda guest, who: request("POST", self.port, path, who, f"guest={guest}")

    def search(self, text: str, who: Member) -> bytes:
        return request("GET", self.port, f"{self.seeded['door']}search/?q={text}", who)

    def search_crowd(self, text: str, who: Member) -> bytes:
        return request("GET", self.port, f"{self.seeded['large_door']}search/?q={text}", who)

    def tap_and_search(self, turn: tuple[str, str], who: Member) -> list[bytes]:
        guest, text = turn
        path = f"{self.seeded['large_door']}check-in/"
        tap = request("POST", self.port, path, who, f"guest={guest}")
        return [tap, self.search_crowd(text, who)]

    def counts(self, _: str, who: Member) -> bytes:
        return request("GET", self.port, f"{self.seeded['door']}counts/", who)

    def bare(self, number: str, who: Member) -> bytes:
        return request("POST", self.bare_port, "/", who, f"number={number}")

    def run(self, things: list[Any], make: Ask) -> Run:
        """Ask for all things once, shared out among the clients, each a process of its own."""
        context = multiprocessing.get_context("fork")
        start, answers = context.Barrier(self.clients + 1), context.SimpleQueue()
        for client in range(self.clients):
            who = self.seeded["members"][client]
            requests = [make(thing, who) for thing in things[client :: self.clients]]
            context.Process(target=ask, args=(requests, start, answers), daemon=True).start()
        worked = cpu_seconds(self.servers)
        start.wait()
        began = time.perf_counter()
        times = [seconds for _ in range(self.clients) for seconds in checked(answers.get())]
        seconds = time.perf_counter() - began
        return Run(seconds, times, cpu_seconds(self.servers) - worked)


def ask(requests: list[Any], start: Any, answers: Any) -> None:
    """Send the requests one after the other; put the times, or a sentence when one fails."""
    start.wait()
    try:
        answers.put(list(times_of(requests)))
    except OSError as error:
        answers.put(str(error))


def times_of(requests: list[bytes | list[bytes]]) -> Iterator[float]:
    """Yield how long each answer took; of several requests in one list, all of them together."""
    first = requests[0] if isinstance(requests[0], bytes) else requests[0][0]
    port = int(first.split(b"Host: 127.0.0.1:")[1].split(b"\r")[0])
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for messages in requests:
            began = time.perf_counter()
            for message in [messages] if isinstance(messages, bytes) else messages:
                connection.sendall(message)
                status, body = read(connection)
                if status != b"200":
                    raise OSError(f"{status.decode()}: {body[:300]!r}")
            yield time.perf_counter() - began


def checked(times: list[float] | str) -> list[float]:
    if isinstance(times, str):
        sys.exit(times)
    return times


def read(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return status and body of one answer that says its length."""
    received = b""
    while HEAD_END not in received:
        received += receive(connection)
    head, _, body = received.partition(HEAD_END)
    if b"content-length: " not in head.lower():
        raise OSError(f"an answer without a length: {received[:500]!r}")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += receive(connection)
    return head[9:12], body


def receive(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise OSError("the server closed the connection")
    return piece


def request(method: str, port: int, path: str, who: Member, text: str = "") -> bytes:
    body = text.encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Cookie: session={who['session']}; csrf={who['csrf']}",
        f"X-CSRFToken: {who['csrf']}",
        "Accept: application/json",
        "User-Agent: bench",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + HEAD_END + body


def rate(runs: list[Run]) -> float:
    return sum(len(run.times) for run in runs) / sum(run.seconds for run in runs)


def figures(runs: list[Run]) -> dict[str, Any]:
    times = sorted(seconds * 1000 for run in runs for seconds in run.times)
    cpu = sum(run.cpu for run in runs) * 1000 / len(times)
    return {
        "requests": len(times),
        "per_second": round(rate(runs), 1),
        "p50_ms": round(times[len(times) // 2], 2),
        "p99_ms": round(times[len(times) * 99 // 100], 2),
        "server_cpu_ms": round(cpu, 2),
    }


def compare(line: dict[str, Any], limit: float) -> dict[str, float]:
    return {
        "rate_to_target": round(line["per_second"] / TARGET_RATE, 2),
        "p99_to_limit": round(line["p99_ms"] / TARGET_P99_MS, 2),
        "rate_to_bare_view": round(line["per_second"] / limit, 2),
        "rate_to_pretix": round(line["per_second"] / PRETIX_RATE, 1),
        "p99_to_pretix": round(line["p99_ms"] / PRETIX_P99_MS, 2),
    }


def cpu_seconds(roots: list[int]) -> float:
    """Return the processor time of these processes and all below them (proc(5), stat)."""
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
                used[int(entry.name)] = int(fields[11]) + int(fields[12])
    family = set(roots)
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(used.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(command: list[str], environment: dict[str, str], port: int) -> Iterator[int]:
    """Keep a server running; its output is shown only when it does not come up."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            while not answers(port):
                if process.poll() is not None:
                    output.seek(0)
                    sys.exit(output.read().decode())
                time.sleep(0.2)
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
