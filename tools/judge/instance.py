"""The instance that is judged, and a member who is signed in to it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from seatrobot.runtime.faulting.certificates import Authority
from seatrobot.runtime.faulting.processes import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS, STOP_SECONDS, DAYS = 180, 60, 80
OURS = ("SEATROBOT_", "DATABASE_", "DJANGO_")
OPERATOR = """name = "A throw-away instance"
email = "security@seatrobot.example"
policy_url = "https://seatrobot.example/disclosure"
languages = "en"
"""


class Instance:
    """`seatrobot up --demo` with TLS for `localhost`, on a free port."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.log = place / "terminal.log"
        self.authority = Authority(place)
        self.authority.issue(DAYS)
        self.port = free_port()
        self.address = f"localhost:{self.port}"
        self.url = f"https://{self.address}"
        self.context = ssl.create_default_context(cafile=str(self.authority.file))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        data = self.place / "var"
        data.mkdir(mode=0o700)
        (data / "profile").mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "profile" / "practices.toml").write_text(OPERATOR)
        clean = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "seatrobot", "up", "--demo"],
                env=clean
                | {
                    "SEATROBOT_DATA": str(data),
                    "SEATROBOT_PORT": str(self.port),
                    "SEATROBOT_TLS_CERTIFICATE": str(self.authority.certificate),
                    "SEATROBOT_TLS_PRIVATE_KEY": str(self.authority.private_key),
                    "SSL_CERT_FILE": str(self.authority.file),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while "Stop it with Ctrl-C." not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"The instance did not start:\n{self.said()}")
            time.sleep(0.2)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def get(self, path: str, cookies: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        """Return status, body and the cookies as they are after the answer."""
        return self._request("GET", path, cookies, None)

    def sign_in(self) -> dict[str, str]:
        """Sign in as the Primary Owner of the demonstration; return the cookies."""
        found = re.search(r"(alice@\S+)\s+(\S+)", self.said())
        assert found, "the demonstration printed no way to sign in"
        _status, body, cookies = self.get("/sign-in/", {})
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body)
        assert token, "the page to sign in has no token"
        form = {
            "csrfmiddlewaretoken": token.group(1),
            "username": found.group(1),
            "password": found.group(2),
        }
        status, body, cookies = self._request("POST", "/sign-in/", cookies, urlencode(form))
        assert status == http.client.FOUND, f"signing in got {status}"
        return cookies

    def _request(
        self, method: str, path: str, cookies: dict[str, str], body: str | None
    ) -> tuple[int, str, dict[str, str]]:
        line = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=self.context)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": self.url,
                "Referer": f"{self.url}{path}",
            }
        line.request(method, path, body, headers)
        answer = line.getresponse()
        text = answer.read().decode(errors="replace")
        given = SimpleCookie()
        for each in answer.headers.get_all("Set-Cookie") or []:
            given.load(each)
        line.close()
        return answer.status, text, cookies | {name: each.value for name, each in given.items()}
