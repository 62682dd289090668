"""A small attack on a whole instance, from loopback: bounded in number and time."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from seatrobot.runtime.faulting.processes import children
from seatrobot.runtime.tests.instance import Instance, until

ATTACKERS = 20
GUESTS = 40
SEED = Path(__file__).parents[4] / "bench" / "checkin_seed.py"
CSRF = "a" * 32
COOKIE = f"Cookie: csrf={CSRF}"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    instance = Instance(tmp_path_factory.mktemp("up") / "data")
    yield instance
    if instance.process.poll() is None:
        instance.end()


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "Host: localhost", "", ""]).encode()


def half_bodies(_port: int) -> bytes:
    asked = head("POST /sign-in/ HTTP/1.1", COOKIE, FORM, "Content-Length: 1000")
    return asked + b"csrfmiddlewaretoken="


def half_large_bodies(_port: int) -> bytes:
    asked = head("POST /sign-in/ HTTP/1.1", COOKIE, FORM, "Content-Length: 601000")
    return asked + b"a=" + b"x" * 300_000


def slow_readers(port: int) -> bytes:
    with urlopen(f"http://localhost:{port}/sign-in/", timeout=10) as page:
        css = re.search(r"/static/vendor/tabler\.\w+\.css", page.read().decode())
    assert css
    return head(f"GET {css.group()} HTTP/1.1") * 20


@pytest.mark.parametrize("attack", [half_bodies, half_large_bodies, slow_readers])
def test_a_page_answers_while_it_goes_on(attack, running):
    data = attack(running.port)
    with ExitStack() as stack:
        for number in range(ATTACKERS):
            sock = stack.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.bind((f"127.0.66.{number % 4 + 1}", 0))
            sock.connect(("127.0.0.1", running.port))
            sock.sendall(data)
        time.sleep(0.5)
        for _ in range(8):
            assert running.health() == "ok\n"


def half_heads(_port: int) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: "


def huge_bodies(_port: int) -> bytes:
    kind = "Content-Type: multipart/form-data; boundary=b"
    return head("POST /sign-in/ HTTP/1.1", COOKIE, kind, f"Content-Length: {2**31}") + b"x" * 90_000


class Door:
    """A member who checks guests in, one after the other, on a connection of their own."""

    def __init__(self, instance: Instance) -> None:
        told = [sys.executable, str(SEED), str(GUESTS), "1", "1"]
        done = subprocess.run(told, env=instance.env, check=True, capture_output=True, timeout=90)
        seeded = json.loads(done.stdout)
        self.path, self.guests = seeded["door"], seeded["guests"]
        who = seeded["members"][0]
        self.headers = {
            "Cookie": f"session={who['session']}; csrf={who['csrf']}",
            "X-CSRFToken": who["csrf"],
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.line = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=30)

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        self.line.request(method, f"{self.path}{path}", body, self.headers)
        answer = self.line.getresponse()
        return answer.status, answer.read()


def test_every_guest_is_checked_in_while_all_attacks_go_on_at_once(running):
    door = Door(running)
    attacks = [half_bodies, half_large_bodies, half_heads, slow_readers, huge_bodies]
    sent = [attack(running.port) for attack in attacks]
    with ExitStack() as stack:
        for number in range(ATTACKERS * len(attacks)):
            sock = stack.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.settimeout(5)
            sock.bind((f"127.0.67.{number % 20 + 1}", 0))
            sock.connect(("127.0.0.1", running.port))
            with suppress(OSError):  # what is too large is refused before it is taken
                sock.sendall(sent[number % len(attacks)])
        acknowledged = [door.ask("POST", "check-in/", f"guest={guest}")[0] for guest in door.guests]
    assert acknowledged == [200] * GUESTS
    status, counts = door.ask("GET", "counts/")
    door.line.close()
    assert status == 200
    assert str(GUESTS).encode() in re.findall(rb"\d+", counts)


def test_half_a_head_is_let_go(running):
    with ExitStack() as stack:
        held = []
        for _ in range(ATTACKERS):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
            sock.settimeout(20)
            held.append(sock)
        assert running.health() == "ok\n"
        for sock in held:
            while sock.recv(1000):
                pass


def test_the_list_of_static_files_is_not_served(running):
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"http://localhost:{running.port}/static/staticfiles.json", timeout=10)
    assert running.health() == "ok\n"


def test_a_worker_that_hangs_is_replaced(running):
    web = running.part("runtime.serving")
    before = set(children(web))
    until(lambda: running.health() == "ok\n")
    os.kill(hung := min(before), signal.SIGSTOP)
    until(lambda: hung not in children(web) and len(children(web)) == len(before), 60)
    assert running.said(f"worker {hung} does not answer and is replaced")
    until(lambda: all(running.health() == "ok\n" for _ in range(8)))


def test_a_web_server_that_answers_nobody_is_started_again(running):
    web = running.part("runtime.serving")
    os.killpg(web, signal.SIGSTOP)
    until(lambda: running.said("has not answered for 45 s and is started again"), 90)
    until(lambda: running.part("runtime.serving") != web)
    until(lambda: running.health() == "ok\n")
