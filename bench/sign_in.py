"""Signing in with a password at the real web server, and what the sign-in log adds to it.

The web server runs as in the product (a worker per core); each client has an account of its own and
signs in again and again, without a cookie but the one against forgery. Prints one JSON line:
    per_second_1, per_second_8, median_ms_1, median_ms_8     one and eight clients at once
    argon2      memory in KiB, passes, lanes, and ms for one password on this machine
    log_ms      median of one row in the log with the organization's copy and count, known agent
    agent_ms    median of telling the device of an agent seen for the first time
    log_statements      statements of a sign-in, and of its log

Usage: python bench/sign_in.py [sign-ins per client, default 25]
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

from instance import instance, owner_and_event

CLIENTS = 8
PASSWORD = "correct horse battery staple"
ROWS = 200
AGENT = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
FOUND = 302


@contextmanager
def web_server() -> Iterator[int]:
    """Run the product's own web server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ["SEATROBOT_PORT"] = str(port)
    command = [sys.executable, "-P", "-m", "seatrobot.runtime.serving"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _turn in range(300):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def sign_in_often(port: int, email: str, times: int) -> list[float]:
    """Return how long each sign-in took, in seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/sign-in/", headers={"User-Agent": AGENT})
    answer = connection.getresponse()
    token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', answer.read())
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    fields = {"csrfmiddlewaretoken": token[1].decode() if token else ""}
    body = urlencode(fields | {"username": email, "password": PASSWORD})
    headers = {"User-Agent": AGENT, "Cookie": cookie}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    took = []
    for _turn in range(times):
        begun = time.perf_counter()
        connection.request("POST", "/sign-in/", body, headers)
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - begun)
        assert answer.status == FOUND, answer.status
    return took


def at_once(port: int, clients: int, times: int) -> tuple[float, float]:
    """Return sign-ins per second and the median of one in milliseconds."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        runs = [pool.submit(sign_in_often, port, address(n), times) for n in range(clients)]
        took = [each for run in runs for each in run.result()]
    seconds = time.perf_counter() - begun
    return round(len(took) / seconds, 1), round(statistics.median(took) * 1000, 1)


def address(number: int) -> str:
    return f"member{number}@seatrobot.test"


def add_people(member) -> None:
    from seatrobot.accounts.services import create_account
    from seatrobot.kernel.acting import acting
    from seatrobot.organizations import services
    from seatrobot.organizations.permissions import Role

    with acting(member.actor, member.organization_id):
        for number in range(CLIENTS):
            account = create_account(
                email=address(number), name=f"Member {number}", password=PASSWORD
            )
            services.add_member(member.organization_id, account, Role.TEAM)


def cost_of_the_log(member) -> dict[str, float]:
    from django.db import connection
    from django.test import RequestFactory
    from django.test.utils import CaptureQueriesContext

    from seatrobot.accounts.models import Account
    from seatrobot.accounts.sign_in_log import origins
    from seatrobot.accounts.sign_in_log.kinds import Method, Outcome
    from seatrobot.accounts.sign_in_log.recording import record
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.journal.services import coming_from

    def once() -> float:
        with coming_from("192.0.2.7", AGENT), acting(member.actor):
            begun = time.perf_counter()
            record(request, account=account, method=Method.PASSWORD, outcome=Outcome.SUCCESS)
            return (time.perf_counter() - begun) * 1000

    def look(number: int) -> float:
        begun = time.perf_counter()
        origins.parse_agent(AGENT.replace("140", str(number)))
        return (time.perf_counter() - begun) * 1000

    request = RequestFactory().get("/")
    account = Account.objects.get(pk=member.account_id)
    begun = time.perf_counter()
    origins.parse_agent(AGENT)
    first = time.perf_counter() - begun
    rows = [once() for _turn in range(ROWS)]
    with CaptureQueriesContext(connection) as captured:
        once()
    return {
        "log_ms": round(statistics.median(rows), 2),
        "log_statements": len(captured) - 4,  # the transaction of this bench and its tenancy
        "first_agent_seconds": round(first, 1),
        "agent_ms": round(statistics.median(look(number) for number in range(200, 240)), 1),
    }


def argon2() -> dict[str, float]:
    from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password

    hashed = make_password(PASSWORD)
    took = []
    for _turn in range(10):
        begun = time.perf_counter()
        check_password(PASSWORD, hashed)
        took.append((time.perf_counter() - begun) * 1000)
    cost = Argon2PasswordHasher
    return {
        "memory_kib": cost.memory_cost,
        "passes": cost.time_cost,
        "lanes": cost.parallelism,
        "ms": round(statistics.median(took), 1),
    }


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    with instance():
        member, _event = owner_and_event()
        add_people(member)
        with web_server() as port:
            for _turn in range(2):
                at_once(port, CLIENTS, 2)  # both workers compile what they compile once
            one = at_once(port, 1, times)
            eight = at_once(port, CLIENTS, times)
        result = {
            "what": "signing in with a password",
            "how_many": times * (CLIENTS + 1),
            "cores": len(os.sched_getaffinity(0)),
            "per_second_1": one[0],
            "median_ms_1": one[1],
            "per_second_8": eight[0],
            "median_ms_8": eight[1],
            "machine_load": round(os.getloadavg()[0], 1),
            "argon2": argon2(),
            **cost_of_the_log(member),
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
