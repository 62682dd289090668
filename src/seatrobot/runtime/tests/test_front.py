"""A worker with one thread goes on answering, whatever senders and readers do."""

from __future__ import annotations

import http.client
import json
import select
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from seatrobot.runtime.faulting.processes import descendants, free_port
from seatrobot.runtime.tests.instance import environment, until

MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "large"
    path.write_bytes(b"y" * 8 * MIB)
    return path


@pytest.fixture(scope="module")
def port(file, tmp_path_factory):
    number = free_port()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "seatrobot.runtime.tests.small_site", str(number), str(file)],
        env=environment(tmp_path_factory.mktemp("data")),
    )
    try:
        until(lambda: answers(number))
        yield number
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    """Whether a fresh connection gets an answer within two seconds."""
    try:
        return ask(port, "GET", "/", patience=2)[0] == 200
    except OSError:
        return False


def ask(port, method, path, body=None, headers=(), patience=30):
    """Return status and, when the answer is the small site's, what the application saw."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
    try:
        line.request(method, path, body, dict(headers))
        answer = line.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else text
    finally:
        line.close()


def opened(
    stack: ExitStack, port: int, data: bytes, *, source: int = 0, buffer: int = 0
) -> socket.socket:
    """Send bytes from one of the addresses of this machine, and leave the connection open."""
    sock = stack.enter_context(socket.socket())
    sock.bind((f"127.0.66.{source}" if source else "127.0.0.1", 0))
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.settimeout(40)
    sock.connect(("127.0.0.1", port))
    sock.sendall(data)
    return sock


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def test_who_sends_or_takes_too_slowly_holds_no_thread_and_is_let_go(port):
    with ExitStack() as stack:
        small = head("POST", "/", "Content-Length: 1000") + b"half"
        large = head("POST", "/", "Content-Length: 600000") + b"x" * 300_000
        bodies = [opened(stack, port, data, source=1) for data in [small, large] * 10]
        half = b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "
        heads = [opened(stack, port, half, source=2) for _ in range(20)]
        asked = [head("GET", path) * 3 for path in ["/long/", "/file/"] * 10]
        readers = [opened(stack, port, data, source=3, buffer=2048) for data in asked]
        time.sleep(0.5)
        for _ in range(5):
            assert answers(port)
        for sock in bodies:
            assert b" 408 " in sock.recv(1000).splitlines()[0]
        for sock in heads:
            while sock.recv(1000):
                pass
        until(lambda: all(is_reset(sock) for sock in readers), 40)
    assert answers(port)


def test_whoever_asks_for_much_waits_for_themselves(port):
    with ExitStack() as stack:
        many = [opened(stack, port, head("GET", "/busy/"), source=4) for _ in range(50)]
        time.sleep(0.5)  # until all of them wait: five seconds of work for the one thread
        assert answers(port)
        for sock in many:
            assert b" 200 " in sock.recv(1000).splitlines()[0]


def test_who_has_many_waiting_makes_room_for_who_has_one(port):
    """More than may wait, of three sources, who ask again as soon as they are answered."""
    with ExitStack() as stack:
        again = head("GET", "/busy/") * 6
        many = [opened(stack, port, again, source=20 + number % 3) for number in range(90)]
        time.sleep(0.3)
        assert [ask(port, "GET", "/")[0] for _ in range(5)] == [200] * 5
        first = [sock.recv(1000).splitlines()[0] for sock in many]
    assert sum(b" 503 " in line for line in first) >= 10


def is_reset(sock: socket.socket) -> bool:
    state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state != 1


@pytest.mark.parametrize("path", ["/long/", "/long/?stated"])
def test_a_long_answer_waits_for_its_reader_and_comes_whole(port, path):
    """Also one that states its length, as a download that can be continued does."""
    with ExitStack() as stack:
        before = memory(port)
        sock = opened(stack, port, head("GET", path, "Connection: close"), buffer=65536)
        time.sleep(2)
        assert memory(port) - before < 60 * MIB
        assert answers(port)
        received = 0
        begins = sock.recv(65536, socket.MSG_PEEK)
        assert (b"content-length: 200000000" in begins.lower()) is path.endswith("stated")
        while piece := sock.recv(65536):
            received += len(piece)
        assert received >= 200_000_000
        assert memory(port) - before < 60 * MIB


def memory(port: int) -> int:
    """Resident bytes of the processes of the small site."""
    [main] = [
        int(place.name)
        for place in Path("/proc").glob("[0-9]*")
        if f"small_site\0{port}".encode() in command_line(place)
        and b"small_site" not in command_line(Path(f"/proc/{parent(place)}"))
    ]
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in descendants(main)]
    return sum(pages) * 4096


def command_line(place: Path) -> bytes:
    try:
        return (place / "cmdline").read_bytes()
    except OSError:
        return b""


def parent(place: Path) -> int:
    return int((place / "stat").read_text().rpartition(")")[2].split()[1])


def test_a_whole_file_comes_whole(port, file):
    status, text = ask(port, "GET", "/file/")
    assert (status, text) == (200, file.read_bytes())


def test_a_file_that_never_changes_is_given_again_without_a_thread(port, file):
    for number in range(3):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        line.request("GET", "/file/?forever")
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (200, file.read_bytes())
        assert answer.headers["X-Request-ID"] == ("1" if number == 0 else None)
        line.close()
    asked = head("GET", "/file/?forever", "Accept-Encoding: identity")
    with ExitStack() as stack:
        busy = [opened(stack, port, head("GET", "/busy/"), source=5) for _ in range(40)]
        readers = [opened(stack, port, asked, source=5) for _ in range(5)]
        for sock in readers:
            assert b" 200 " in sock.recv(1000).splitlines()[0]
        finished, _, _ = select.select(busy, [], [], 0)
        assert len(finished) < len(busy)
    assert ask(port, "GET", "/file/?forever", headers={"Range": "bytes=0-9"})[0] == 200


def test_a_body_arrives_as_it_was_sent(port):
    for size in (0, 1, 65_536, 65_537, 2 * MIB):
        status, seen = ask(port, "POST", "/", b"a" * size)
        assert (status, seen["body"], seen["CONTENT_LENGTH"]) == (200, size, str(size))


@pytest.mark.parametrize(
    ("size", "headers", "status"),
    [
        (2 * MIB + 1, {}, 413),
        (100, MULTIPART, 415),
        (3 * MIB, MULTIPART, 415),
    ],
)
def test_what_no_page_wants_is_refused(size, headers, status, port):
    with ExitStack() as stack:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        sock = opened(stack, port, head("POST", "/", f"Content-Length: {size}", *lines))
        assert f" {status} ".encode() in sock.recv(1000).splitlines()[0]


def test_a_body_without_a_length_is_refused(port):
    with ExitStack() as stack:
        sock = opened(stack, port, head("POST", "/", "Transfer-Encoding: chunked") + b"1\r\na\r\n")
        assert b" 411 " in sock.recv(1000).splitlines()[0]


def test_a_post_without_a_body_is_one(port):
    with ExitStack() as stack:
        sock = opened(stack, port, head("POST", "/", "Connection: close"))
        assert b" 200 " in sock.recv(1000).splitlines()[0]


def test_a_large_file_is_for_people_who_are_signed_in(port):
    body = b"a" * 30 * MIB
    lines = (f"Content-Length: {len(body)}", "Content-Type: multipart/form-data; boundary=b")
    with ExitStack() as stack:
        sock = opened(stack, port, head("POST", "/upload/", *lines))
        assert b" 403 " in sock.recv(1000).splitlines()[0]
    status, seen = ask(port, "POST", "/upload/", body, {**MULTIPART, "Cookie": "session=alice"})
    assert (status, seen["body"], seen["left_out"]) == (200, len(body), 0)


def test_slow_files_keep_nobody_from_sending_one(port):
    body = b"a" * 300_000
    lines = ("Content-Length: 5000000", *(f"{k}: {v}" for k, v in MULTIPART.items()))
    begun = head("POST", "/upload/", *lines, "Cookie: session=alice")
    with ExitStack() as stack:
        slow = [opened(stack, port, begun, source=30 + number % 3) for number in range(9)]
        done = threading.Event()
        stack.callback(done.set)
        threading.Thread(target=trickle, args=(slow, done), daemon=True).start()
        time.sleep(0.5)
        cookie = {**MULTIPART, "Cookie": "session=alice"}
        status, seen = ask(port, "POST", "/upload/", body, cookie)
        assert (status, seen["body"]) == (200, len(body))


def trickle(sockets: list[socket.socket], done: threading.Event) -> None:
    while not done.wait(0.2):
        for sock in sockets:
            with suppress(OSError):
                sock.sendall(b"a")


def test_of_a_file_that_is_too_large_only_the_ends_are_kept(port):
    size = 60 * MIB
    body = b"begins" + b"a" * (size - 10) + b"ends"
    status, seen = ask(port, "POST", "/upload/", body, {**MULTIPART, "Cookie": "session=alice"})
    assert status == 200
    assert seen["body"] + seen["left_out"] == size
    assert seen["body"] < 100_000
    assert seen["begins"].startswith("begins")
    assert seen["ends"].endswith("ends")


def test_a_head_that_is_too_large_is_refused(port):
    assert ask(port, "GET", "/", headers={"User-Agent": "x" * 100_000})[0] == 200
    assert ask(port, "GET", "/", headers={"User-Agent": "x" * 1_000_000})[0] == 431


def test_a_name_with_an_underscore_is_not_the_name_with_a_hyphen(port):
    headers = {"X_Forwarded_For": "203.0.113.66", "X-Forwarded-For": "198.51.100.7"}
    assert ask(port, "GET", "/", headers=headers)[1]["HTTP_X_FORWARDED_FOR"] == "198.51.100.7"
    del headers["X-Forwarded-For"]
    assert "HTTP_X_FORWARDED_FOR" not in ask(port, "GET", "/", headers=headers)[1]


def test_the_environment_is_that_of_wsgi(port):
    seen = ask(port, "GET", "/%C3%A9%2F/?a=%20b", headers={"Cookie": "a=1", "Proxy": "evil"})[1]
    assert seen["PATH_INFO"] == "/\u00c3\u00a9//"
    assert seen["QUERY_STRING"] == "a=%20b"
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert seen["HTTP_HOST"] == f"127.0.0.1:{port}"
    assert seen["HTTP_COOKIE"] == "a=1"
    assert "HTTP_PROXY" not in seen


def test_an_error_outside_the_application_is_a_status(port):
    assert ask(port, "GET", "/broken/")[0] == 500
    assert answers(port)


def test_one_source_has_so_many_connections_and_not_more(port):
    with ExitStack() as stack:
        held = [opened(stack, port, b"") for _ in range(100)]
        until(lambda: sum(not is_reset(sock) for sock in held) <= 60)
    assert answers(port)


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Transfer-Encoding : chunked"),
        ("Content-Length: 5", "Transfer-Encoding: xchunked"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: +5",),
        ("Content-Length: 5, 6",),
    ],
)
def test_a_request_of_two_lengths_is_one_request_or_none(lines, port):
    hidden = b"0\r\n\r\n" + head("GET", "/hidden/")
    with ExitStack() as stack:
        sock = opened(stack, port, head("POST", "/", *lines) + hidden)
        sock.settimeout(20)
        answers = b"".join(iter(lambda: sock.recv(65_536), b""))
    assert answers.split(b"\r\n")[0].split()[1] in {b"400", b"411"}
    assert answers.count(b"HTTP/1.1 ") == 1
    assert b"hidden" not in answers


def test_what_the_front_answers_by_itself_is_protected_too(port):
    with ExitStack() as stack:
        sock = opened(stack, port, head("POST", "/", f"Content-Length: {3 * MIB}"))
        answer = sock.recv(2000).decode().lower()
    assert "x-content-type-options: nosniff" in answer
    assert "frame-ancestors 'none'" in answer
    assert "cache-control: no-store" in answer
    assert "strict-transport-security" not in answer


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("HEAD", "/"), ("GET", "/file/")])
def test_no_answer_tells_what_serves_it(port, method, path):
    with ExitStack() as stack:
        answers = [
            opened(stack, port, sent).recv(4000).decode("latin-1").lower()
            for sent in (
                head(method, path, "Connection: close"),
                head("POST", "/", f"Content-Length: {3 * MIB}"),
            )
        ]
    for answer in answers:
        assert "server: seatrobot" in answer
        assert "granian" not in answer
