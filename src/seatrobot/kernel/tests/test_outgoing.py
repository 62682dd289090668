"""The time limit of a request holds whatever the other side does to stretch it."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress

import pytest

from seatrobot.kernel import outgoing
from seatrobot.runtime.faulting.certificates import Authority

LIMITS = outgoing.Limits(answer_bytes=4096, step_seconds=5, whole_seconds=0.5)
MOST, PAUSE = 80, 0.05
"""How many bytes a server drips, and how long it waits before each: four seconds in all."""
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"
RECORD = b"\x16\x03\x03\x40\x00" + b"\x02" * MOST
"""The beginning of a record of TLS that announces more than it holds."""


@pytest.fixture
def server(settings):
    """Return a function that starts a server: `serve` gets each connection. Its port comes back."""
    settings.WEBHOOK_PRIVATE = True
    listening = socket.create_server(("127.0.0.1", 0))
    threads = []

    def start(serve):
        def run():
            with suppress(OSError):
                opened, _ = listening.accept()
                with opened:
                    serve(opened)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return listening.getsockname()[1]

    yield start
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for each in threads:
        each.join()


class Drip:
    """Sends bytes one by one until the other side has hung up; `is_over`: whether it sent all."""

    def __init__(self, head, content, context=None):
        self.head, self.content, self.context = head, content, context
        self.is_over = False

    def __call__(self, opened):
        if self.context:
            opened = self.context.wrap_socket(opened, server_side=True)
        with opened:
            opened.sendall(self.head)
            for number in range(MOST):
                time.sleep(PAUSE)
                opened.sendall(self.content[number : number + 1])
            self.is_over = True


@pytest.mark.parametrize(
    ("head", "content"),
    [(HEAD, b"x" * MOST), (LONG, b"x" * MOST), (b"", HEAD + b"x" * MOST)],
    ids=["a body until the end", "a body of a length", "the head"],
)
def test_an_answer_that_drips_is_given_up(server, head, content):
    drip = Drip(head, content)
    port = server(drip)
    with pytest.raises(TimeoutError):
        outgoing.send(f"http://127.0.0.1:{port}/", {}, b"{}", LIMITS)
    assert not drip.is_over


def test_an_answer_that_drips_through_tls_is_given_up(server, tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    authority.issue(3)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certificate, authority.private_key)
    drip = Drip(HEAD, b"x" * MOST, context)
    port = server(drip)
    with pytest.raises(TimeoutError):
        outgoing.send(f"https://localhost:{port}/", {}, b"{}", LIMITS)
    assert not drip.is_over


def test_a_handshake_that_is_stretched_is_given_up(server):
    drip = Drip(b"", RECORD)
    port = server(drip)
    with pytest.raises(TimeoutError):
        outgoing.send(f"https://127.0.0.1:{port}/", {}, b"{}", LIMITS)
    assert not drip.is_over


def test_a_name_server_that_is_silent_is_given_up(settings, monkeypatch):
    settings.WEBHOOK_PRIVATE = True
    given_up = threading.Event()

    def look_up(*_arguments, **_options):
        given_up.wait(4)
        raise socket.gaierror

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(outgoing, "_looking_up", threading.BoundedSemaphore(2), raising=False)
    for _ in range(3):  # the third finds no thread that would look its name up
        with pytest.raises(TimeoutError):
            outgoing.send("https://hook.example/", {}, b"{}", LIMITS)
    given_up.set()


def test_an_answer_comes_back(server):
    def serve(opened):
        opened.recv(4096)
        opened.sendall(b"HTTP/1.1 201 Made\r\nContent-Length: 5\r\n\r\nhello")

    port = server(serve)
    assert outgoing.send(f"http://127.0.0.1:{port}/", {}, b"{}", LIMITS) == (201, b"hello")
