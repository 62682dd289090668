"""A real `seatrobot up` into which faults are seeded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import psycopg

import seatrobot
from seatrobot.kernel import tls
from seatrobot.kernel.heads.checkpoint import LOG_KEY, read_key
from seatrobot.runtime.faulting.build import SEEDED, SETTINGS, Build
from seatrobot.runtime.faulting.certificates import Authority
from seatrobot.runtime.faulting.processes import children, free_port, is_stopped, one_core
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres
from seatrobot.witness.serving import WitnessServer
from seatrobot.witness.store import Store
from seatrobot.witness.witness import Witness

START_SECONDS, STOP_SECONDS, PART_SECONDS = 180, 60, 150
OURS = ("SEATROBOT_", "DATABASE_", "DJANGO_")
WORDS = {"web": "runtime.serving", "jobs": "seatrobot jobs"}
DAYS = 30
KEPT_KEY = "private_key.pem"
ADDRESS, PASSWORD = "alice@seatrobot.test", "correct horse battery staple"


class RunningInstance:
    """An instance with TLS in a directory of its own; see `practices.faults.declaring.Instance`."""

    def __init__(self, place: Path) -> None:
        self.data = place / "var"
        self.log = place / "terminal.log"
        self.build = Build(place / "build", self.data / "scratch" / "web")
        self.authority = Authority(place)
        self.authority.issue(DAYS)
        self.port = free_port()
        self.witness = Witness(
            name="witness.seatrobot.test",
            key_file=place / "witness.key",
            store=Store(place / "witness.sqlite"),
            logs=[],
        )
        self.witnessing = WitnessServer(self.witness, "127.0.0.1", 0)
        threading.Thread(target=self.witnessing.serve_forever, daemon=True).start()
        self.process: subprocess.Popen[bytes] | None = None
        self.superuser: psycopg.Connection | None = None

    def environment(self) -> dict[str, str]:
        """Return the environment of the instance and of a process that examines it."""
        clean = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        return clean | {
            "SEATROBOT_DATA": str(self.data),
            "SEATROBOT_PORT": str(self.port),
            "SEATROBOT_TLS_CERTIFICATE": str(self.authority.certificate),
            "SEATROBOT_TLS_PRIVATE_KEY": str(self.authority.private_key),
            "SSL_CERT_FILE": str(self.authority.file),
            "SEATROBOT_WITNESSES": (
                f"http://127.0.0.1:{self.witnessing.server_port} {self.witness.verifier_key}"
            ),
        }

    def start(self) -> None:
        """Start, and wait until it reports that it runs."""
        source = str(Path(seatrobot.__file__).parents[1])
        env = self.environment() | {
            "PYTHONPATH": os.pathsep.join((source, str(self.build.place))),
            "DJANGO_SETTINGS_MODULE": SETTINGS,
        }
        with self.log.open("wb") as output, one_core():
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "seatrobot", "up"],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        _until(lambda: "Stop it with Ctrl-C." in self.output(), START_SECONDS, self.output)
        self.superuser = psycopg.connect(self.superuser_url(), autocommit=True)
        self.superuser.execute("SET session_replication_role = replica")

    def permit_build(self) -> None:
        """Have this process, which examines, expect the build's settings and its place."""
        from django.conf import settings

        from seatrobot.kernel import loaded

        loaded.permitted.append(str(self.build.place.resolve()))
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, SEEDED]
        settings.SETTINGS_MODULE = SETTINGS

    def witness_log(self, key: str) -> None:
        """Have the witness beside the instance witness this log."""
        self.witness.logs |= {read_key(key, LOG_KEY).name: read_key(key, LOG_KEY)}

    def superuser_url(self) -> str:
        return EmbeddedPostgres(self.data / "postgresql").url(ADMINISTRATOR)

    def stop(self) -> None:
        self.witnessing.shutdown()
        self.witnessing.server_close()
        if self.superuser is not None:
            self.superuser.close()
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def run(self, statement: str) -> None:
        assert self.superuser is not None
        self.superuser.execute(statement.encode())

    @contextmanager
    def changed(self, fault: str, repair: str) -> Iterator[None]:
        self.run(fault)
        try:
            yield
        finally:
            self.run(repair)

    @contextmanager
    def patched_web(self, name: str, expression: str) -> Iterator[None]:
        self._replace(name, expression)
        try:
            yield
        finally:
            self._replace("", "")

    @contextmanager
    def routed_web(self, path: str, view: str) -> Iterator[None]:
        with self.patched_web("route", f"{path} {view}"):
            yield

    def until_reported(self) -> None:
        from seatrobot.kernel import loaded

        begun = time.time()
        workers = {str(pid) for pid in _workers(self._part("web"))}

        def has_said() -> bool:
            said = loaded.read(self.data, "web")
            return said.keys() == workers and all(each.begun > begun for each in said.values())

        self._replace(*self.build.wanted)
        _until(has_said, PART_SECONDS, self.output)

    @contextmanager
    def started_web(self, name: str, expression: str) -> Iterator[None]:
        self.build.want_at_start(name, expression)
        try:
            self._start_again("web")
            yield
        finally:
            self.build.want_at_start("", "")
            self._start_again("web")

    @contextmanager
    def with_certificate(self, days: int) -> Iterator[None]:
        """Put it in place of the copy that is served, as time does: a bad one is not taken."""
        place = self.data / "tls"
        with TemporaryDirectory() as aside:
            self.authority.issue(days, Path(aside))
            for file, name in (("certificate.pem", "certificate.pem"), ("key.pem", KEPT_KEY)):
                (place / name).write_bytes((Path(aside) / file).read_bytes())
        before = _workers(self._part("web"))
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        try:
            self._until_others(set(before))
            yield
        finally:
            self._reload()

    @contextmanager
    def with_half_a_certificate(self) -> Iterator[None]:
        """Cut the configured file, as somebody does who is still writing it."""
        whole = self.authority.certificate.read_bytes()
        note = self.data / tls.REFUSED
        self.authority.certificate.write_bytes(whole[: len(whole) // 2])
        try:
            os.kill(self._part("web"), signal.SIGHUP)
            _until(note.exists, PART_SECONDS, self.output)
            yield
        finally:
            self.authority.certificate.write_bytes(whole)
            self._reload()

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """Kill the part's processes while the supervisor, which would restart it, is stopped."""
        assert self.process is not None
        before = self._part(part)
        self.process.send_signal(signal.SIGSTOP)
        _until(lambda: is_stopped(self.process.pid if self.process else 0), PART_SECONDS)
        os.killpg(before, signal.SIGKILL)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
            _until(lambda: self._part(part, missing=before) != before, PART_SECONDS)
            _until(self._is_well, PART_SECONDS)

    @contextmanager
    def patched(self, name: str, value: object) -> Iterator[None]:
        with mock.patch(name, value):
            yield

    def until_well(self) -> None:
        """Wait until the web server answers."""
        _until(self._is_well, PART_SECONDS, self.output)

    def sign_in(self) -> None:
        from seatrobot.practices.checks.browser import Browser

        browser = Browser()
        answer = browser.post("/sign-in/", {"username": ADDRESS, "password": PASSWORD})
        assert answer.status == 302, answer.status  # noqa: PLR2004  FOUND

    def _replace(self, name: str, expression: str) -> None:
        """Have every worker of the web server replace an attribute, or restore the last one."""
        self.build.want(name, expression)
        workers = _workers(self._part("web"))
        done = self.build.has_done
        _until(lambda: all(done(worker) for worker in workers), PART_SECONDS, self.output)

    def _part(self, part: str, missing: int = 0) -> int:
        """Return the process of a part, which leads its group."""
        assert self.process is not None
        found = children(self.process.pid)
        return next((pid for pid, line in found.items() if WORDS[part] in line), missing)

    def _reload(self) -> None:
        """Have the web server start new workers, and wait until only those are left.

        They have no replaced attribute, so it happens while none is.
        """
        web = self._part("web")
        before = set(_workers(web))
        os.kill(web, signal.SIGHUP)
        self._until_others(before)

    def _until_others(self, before: set[int]) -> None:
        """Wait until none of the web's workers is one of before, and the web answers."""
        web = self._part("web")
        _until(
            lambda: (
                len(now_there := set(_workers(web))) >= len(before)
                and not now_there & before
                and self._is_well()
            ),
            PART_SECONDS,
            self.output,
        )

    def _start_again(self, part: str) -> None:
        """Kill a part, and wait until the supervisor has started it and it has reported."""
        before = self._part(part)
        report = self.data / "reports" / f"{part}.json"
        report.unlink(missing_ok=True)
        os.killpg(before, signal.SIGKILL)
        _until(lambda: self._part(part, missing=before) != before, PART_SECONDS)
        _until(lambda: self._is_well() and report.exists(), PART_SECONDS, self.output)

    def _is_well(self) -> bool:
        from seatrobot.kernel.promises.declaring import CannotMeasure
        from seatrobot.practices.checks.browser import Browser

        with suppress(CannotMeasure):
            return Browser().get("/healthz").status == 200  # noqa: PLR2004  OK
        return False


def _workers(web: int) -> list[int]:
    return [pid for pid, line in children(web).items() if "resource_tracker" not in line]


def _until(
    condition: Callable[[], bool], seconds: float, output: Callable[[], str] = lambda: ""
) -> None:
    deadline = time.monotonic() + seconds
    waiting = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain; {output()[-2000:]}")
        waiting.wait(0.05)
