"""The web server: granian's workers, each with a front, watched from the process above them.

A worker that does not work for a while is killed, and another takes its place. TLS certificates
are used from copies that were looked at first, so that a bad file never ends a server that runs.
Workers are confined to the files they need (`reachable.py`) before they load the application; the
process above them, which receives nothing from outside, is not.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from granian.constants import Interfaces, RuntimeModes, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from seatrobot.kernel import loaded, reports, tls
from seatrobot.runtime import certificates, confinement, keeper, reachable
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import say

TARGET = "seatrobot.web.front"
THREADS = 4
MOST_WORKERS = 8
"""Each thread keeps a connection to the database, which has a limit."""
BACKLOG, CONNECTIONS = 2048, 4096
"""Connections that wait to be accepted, and those of one worker."""
HEAD_MILLISECONDS = 10_000
LARGEST_HEAD = 128 * 1024
HEARTBEAT_SECONDS = 30
START_SECONDS = 120
LOOK_SECONDS = 1
FOLLOW_SECONDS = 10
LONGEST_MESSAGE = 256 * 1024
LOADED = b"loaded "
PART = "web"
OLDEST = {"modern": SSLProtocols.tls13, "compatible": SSLProtocols.tls12}
"""rustls has no other suites for TLS 1.2 than those of the profile."""

_wire: list[socket.socket] = []
"""Where workers speak to the process above them, which makes it before them."""


_due = reports.Due()
_loaded_due = reports.Due(loaded.EVERY_SECONDS)


def beat() -> None:
    """Tell the process above that this worker works, and now and then what else it reports.

    Each minute what it could reach; every five what code it has loaded.
    """
    message = str(os.getpid()).encode()
    if _due.now():
        report = reports.attempt(_data(), confinement.version())
        message += b" " + reports.encode(report)
    _tell(message)
    if _loaded_due.now():
        threading.Thread(target=_tell_loaded, daemon=True).start()


def _tell_loaded() -> None:
    try:
        said = loaded.statement(answers=True)
    except Exception as error:  # noqa: BLE001  the next one is due in five minutes
        say(f"a report about this process failed ({type(error).__name__}: {error})")
        return
    _tell(str(os.getpid()).encode() + b" " + LOADED + msgspec.json.encode(said))


def _tell(message: bytes) -> None:
    for wire in _wire:
        with suppress(OSError):  # it has not read for long; then it is the one that hangs
            wire.send(message)


def _data() -> Path:
    return Path(os.environ.get("SEATROBOT_DATA", "var")).absolute()


class Watch:
    """Who has worked lately. patience: seconds without a beat; start: seconds until the first."""

    def __init__(
        self, *, patience: float = HEARTBEAT_SECONDS, start: float = START_SECONDS
    ) -> None:
        self.patience = patience
        self.start = start
        self.beats: dict[int, float] = {}

    def note(self, pid: int, moment: float) -> None:
        self.beats[pid] = moment

    def hung(self, born: dict[int, float], moment: float) -> list[int]:
        """Return which of the processes, with the time of their birth, do not work."""
        self.beats = {pid: at for pid, at in self.beats.items() if pid in born}
        return [
            pid
            for pid, birth in born.items()
            if moment - self.beats.get(pid, birth)
            > (self.patience if pid in self.beats else self.start)
        ]


class WebServer(MPServer):
    """granian with looked-at certificates and watched workers."""

    def __init__(self, config: Config, **options: Any) -> None:
        self.config = config
        self.watch = Watch()
        self.certificates = certificates.stamps(config)
        self.followed = reachable.Followed(config)
        self.reports: dict[int, reports.Report] = {}
        self.loaded: dict[int, loaded.Loaded] = {}
        reports.forget(config.data, PART)
        reports.forget(config.data, PART + loaded.SUFFIX)
        self.listening, speaking = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in (self.listening, speaking):
            end.setblocking(False)
        _wire.append(speaking)
        super().__init__(**options)
        self.on_startup(lambda: threading.Thread(target=self._watch, daemon=True).start())

    def signal_handler_reload(self, *_args: Any, **_options: Any) -> None:
        """Start new workers with the certificate there is, if it is a good one."""
        try:
            if self.config.certificate:
                certificates.copy(self.config)
        except RefusedError as error:
            say(f"{error} The certificate of before stays in use.")
            return
        self.certificates = certificates.stamps(self.config)
        super().signal_handler_reload()  # type: ignore[no-untyped-call]  # granian's

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self.interrupt_signal:
            time.sleep(LOOK_SECONDS)
            moment = time.monotonic()
            self._listen(moment)
            born = {worker.inner.pid: worker.birth for worker in list(self.wrks)}
            if self.reports.keys() - born.keys():
                self._write({pid: each for pid, each in self.reports.items() if pid in born})
                self._write_loaded({pid: each for pid, each in self.loaded.items() if pid in born})
            for worker in list(self.wrks):
                if worker.inner.pid in self.watch.hung(born, moment):
                    say(f"worker {worker.inner.pid} does not answer and is replaced")
                    worker.inner.kill()
            if moment - looked > FOLLOW_SECONDS:
                looked = moment
                is_changed = (stamps := certificates.stamps(self.config)) != self.certificates
                if self.followed.replaced() or is_changed:
                    self.certificates = stamps
                    self.signal_handler_reload()

    def _listen(self, moment: float) -> None:
        while True:
            try:
                number, _, report = self.listening.recv(LONGEST_MESSAGE).partition(b" ")
            except BlockingIOError:
                return
            self.watch.note(pid := int(number), moment)
            if report:
                self._note(pid, report)

    def _note(self, pid: int, text: bytes) -> None:
        try:
            if text.startswith(LOADED):
                said = msgspec.json.decode(text.removeprefix(LOADED), type=loaded.Loaded)
                said.at = time.time()
                self._write_loaded({**self.loaded, pid: said})
                return
            report = reports.decode(text)
        except ValueError:
            say(f"worker {pid} reports what nobody understands")
            return
        report.at = time.time()
        self._write({**self.reports, pid: report})

    def _write_loaded(self, found: dict[int, loaded.Loaded]) -> None:
        self.loaded = found
        reports.write(self.config.data, PART + loaded.SUFFIX, found)

    def _write(self, found: dict[int, reports.Report]) -> None:
        self.reports = found
        reports.write(self.config.data, PART, found)


def load(target: str) -> Any:
    """Load what a worker serves, in the worker; its connections are kept from then on.

    It is confined first, while it has one thread: Landlock binds the thread that asks.
    """
    config = Config.from_env()
    reachable.of_web(config).enter()
    import_module("seatrobot.web.wsgi")
    app = import_module(target).front()
    most = keeper.PER_SOURCE if not config.trusted_proxies else CONNECTIONS
    keeper.start(config.port, per_source=most)
    return app


def server(config: Config) -> WebServer:
    if sentence := reachable.unconfined():
        say(f"This process {sentence}")
    reachable.make_keys(config)
    os.environ["TMPDIR"] = str(reachable.prepare(config, PART))
    options = options_of(config.host, config.port)
    if config.certificate:
        options["ssl_cert"], options["ssl_key"] = certificates.take(config)
        options["ssl_protocol_min"] = OLDEST[tls.chosen().name]
    return WebServer(config, target=TARGET, **options)


def options_of(host: str, port: int) -> dict[str, Any]:
    """Return what granian is told, without certificates."""
    return {
        "address": host,
        "port": port,
        "interface": Interfaces.RSGI,
        "workers": min(len(os.sched_getaffinity(0)), MOST_WORKERS),
        "runtime_mode": RuntimeModes.mt,
        "websockets": False,
        "backlog": BACKLOG,
        "backpressure": CONNECTIONS,
        "http1_settings": HTTP1Settings(
            header_read_timeout=HEAD_MILLISECONDS, max_buffer_size=LARGEST_HEAD
        ),
        "http2_settings": HTTP2Settings(
            keep_alive_interval=15_000, max_concurrent_streams=64, max_headers_size=64 * 1024
        ),
        "log_level": LogLevels.warning,
        "respawn_failed_workers": True,
        "workers_kill_timeout": 5,
    }


def main() -> None:
    server(Config.from_env()).serve(target_loader=load)


if __name__ == "__main__":  # the workers import this module by its name, so it must run as that
    import_module("seatrobot.runtime.serving").main()
