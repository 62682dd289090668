"""A promise of our own, a mail server, a queue that runs, and somebody who receives webhooks."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from procrastinate.contrib.django import app

from seatrobot.kernel import outgoing
from seatrobot.kernel.promises import services
from seatrobot.kernel.promises.declaring import PROMISES, Measure, Measurement, Promise
from seatrobot.kernel.promises.tests.running import inline, no_promises

FIRST_TRY = SimpleNamespace(job=SimpleNamespace(attempts=0))


class Postbox:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if message["To"] == address]


def link_in(message: EmailMessage, part: str = "/practices/subscribe/") -> str:
    """Return the path of the first link in a message with a part."""
    found = re.search(rf"https?://[^/\s]+(\S*{part}\S*)", message.get_content())
    assert found, message.get_content()
    return found[1]


@pytest.fixture
def postbox(settings) -> Iterator[Postbox]:
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.CONFIG = replace(settings.CONFIG, smtp_url=f"smtp://127.0.0.1:{port}")
    yield box
    server.stop()


@pytest.fixture
def run_jobs(db: None, monkeypatch) -> Callable[[], list[str]]:
    """Return a function that runs every job in the queue, and those they ask for; their names."""
    monkeypatch.setattr("seatrobot.kernel.jobs.close_old_connections", lambda: None)
    done: set[int] = set()

    def run() -> list[str]:
        names = []
        while waiting := [row for row in _jobs() if row[0] not in done]:
            for number, name, arguments in waiting:
                done.add(number)
                names.append(name)
                task = app.tasks[name]
                context = [FIRST_TRY] if task.pass_context else []
                task.func(*context, **arguments)
        return names

    return run


def _jobs() -> list[tuple[int, str, dict[str, str]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, task_name, args::text FROM procrastinate_jobs ORDER BY id")
        rows = cursor.fetchall()
    return [
        (row[0], row[1], json.loads(row[2]) if isinstance(row[2], str) else row[2]) for row in rows
    ]


@dataclass
class Doors:
    """Two promises whose numbers a test decides; `look` examines them as the clock would."""

    open: int = 0
    unlocked: int = 0

    def look(self, **numbers: int) -> None:
        for name, value in numbers.items():
            setattr(self, name, value)
        for promise in list(PROMISES.values()):
            services.examine(promise, inline)
        services.record_changes()


@pytest.fixture
def doors(db) -> Iterator[Doors]:
    doors = Doors()
    rows = {
        f"{section}.{name}": Promise(
            f"{section}.{name}",
            f"No door is {name}.",
            "Doors are counted.",
            [Measure(name, f"{name} doors", most=0)],
            fresh_for=timedelta(hours=2),
            examine=lambda name=name: Measurement({name: getattr(doors, name)}),
        )
        for section, name in (("retention", "open"), ("encryption", "unlocked"))
    }
    with no_promises() as page:
        page.update(rows)
        doors.look()
        yield doors


class Receiver(ThreadingHTTPServer):
    """Keeps what is posted; answers with `status`, or not before `let_go`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.location = ""
        self.silent = False
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?secret=s3cret"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        if self.server.silent:
            self.server.let_go.wait(60)
            return
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()
        self.wfile.write(b"x" * 100)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.WEBHOOK_PRIVATE = True
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def names(monkeypatch) -> dict[str, list[str]]:
    """What names of hosts resolve to, and for how often each was asked, in place of the DNS."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host, port, *arguments, **options):
        if host not in known:
            return real(host, port, *arguments, **options)
        return [
            (
                socket.AF_INET6 if ":" in ip else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (ip, port),
            )
            for ip in known[host]
        ]

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", look_up)
    return known
