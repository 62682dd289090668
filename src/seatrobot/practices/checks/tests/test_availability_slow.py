"""A server that waits for whoever is slow is found out; each weakness turns one number."""

from __future__ import annotations

import os
import re
import selectors
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from seatrobot.practices.checks import availability, browser

PAGE = b'<link href="/static/vendor/tabler.0a1b.css">'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(PAGE), PAGE)
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 4_000_000
LENGTH = re.compile(rb"Content-Length: (\d+)")
RESET = struct.pack("ii", 1, 0)
LET_GO = 1.0


class Listener(threading.Thread):
    """One thread for all connections, with deadlines; weak as told."""

    def __init__(self, *, ends=True, waits=False, refuses=True, slow=0.0):
        super().__init__(daemon=True)
        self.ends, self.waits, self.refuses, self.slow = ends, waits, refuses, slow
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.chosen = selectors.DefaultSelector()
        self.chosen.register(self.sock, selectors.EVENT_READ)
        self.since: dict[socket.socket, float] = {}
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            for key, _ in self.chosen.select(0.05):
                if key.fileobj is self.sock:
                    self.accept()
                elif key.fileobj in self.since:
                    self.receive(key.fileobj)
            if self.ends:
                for sock in [s for s, at in self.since.items() if time.monotonic() - at > LET_GO]:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    self.close(sock)
        for sock in [*self.since, self.sock]:
            sock.close()

    def accept(self):
        sock = self.sock.accept()[0]
        sock.setblocking(self.waits)
        sock.settimeout(3.0 if self.waits else 0.0)
        self.since[sock] = time.monotonic()
        self.chosen.register(sock, selectors.EVENT_READ)

    def receive(self, sock):
        with suppress(OSError):
            asked = sock.recv(200_000)
            length = LENGTH.search(asked)
            if b"\r\n\r\n" not in asked or (length and not self.answer_long(sock, asked, length)):
                if asked and self.waits:
                    sock.recv(1)
                if not asked:
                    self.close(sock)
                return
            if length is None and b".css" in asked:
                sock.send(LONG)
                return
            time.sleep(self.slow)
            if length is None:
                sock.send(OK)
            self.close(sock)

    def answer_long(self, sock, asked, length):
        """Refuse what must be refused; False for a body that has to be waited for."""
        size = int(length[1])
        if size < 1_000_000 or not self.refuses:
            return False
        multipart = b"multipart" in asked
        status = (403 if b"/o/" in asked else 415) if multipart else 413
        sock.send(b"HTTP/1.1 %d No\r\n\r\n" % status)
        return True

    def close(self, sock):
        self.since.pop(sock)
        self.chosen.unregister(sock)
        sock.close()


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr(availability, "LET_GO_SECONDS", LET_GO + 3)
    monkeypatch.setattr(availability, "REFUSED_SECONDS", 0.5)
    monkeypatch.setattr(availability, "PAGE_SECONDS", 2.0)
    monkeypatch.setattr(availability, "SLOWEST_SECONDS", 1.0)
    listeners = []

    def measure(**weak):
        listener = Listener(**weak)
        listeners.append(listener)
        listener.start()
        port = listener.sock.getsockname()[1]
        place = browser.Address("127.0.0.1", port, is_tls=False, name=f"localhost:{port}")
        monkeypatch.setattr(browser, "own_address", lambda: place)
        return dict(availability.slow().values)

    yield measure
    for listener in listeners:
        listener.over.set()
        listener.join()


CORES = min(len(os.sched_getaffinity(0)), availability.MOST_CORES)


def test_a_server_that_waits_for_nobody_has_nothing_wrong(measured):
    numbers = measured()
    assert numbers.pop("slowest") < 1
    assert numbers == {"held": 12 * CORES, "pages": 6 * CORES, "still": 0, "taken": 0}


def test_connections_that_are_never_let_go_are_counted(measured):
    assert measured(ends=False)["still"] == 12 * CORES


def test_requests_that_are_not_refused_by_their_head_are_counted(measured):
    assert measured(refuses=False)["taken"] == len(availability.REFUSALS)


def test_a_server_that_waits_for_one_sender_is_slow_for_all(measured):
    assert measured(waits=True)["slowest"] > 1


def test_a_slow_page_is_seen(measured):
    assert measured(slow=1.1)["slowest"] > 1
