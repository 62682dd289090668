"""The jobs: a process that runs them, confined, below one that starts it and runs none.

The one above holds what jobs need not reach: it starts the examiner when a job asks (see
`kernel.promises.starting`), writes down what the one below reports, and starts it again when a
file that it reads by name was replaced.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import msgspec

from seatrobot.kernel import loaded, reports
from seatrobot.kernel.promises import starting
from seatrobot.kernel.vault.holding import process
from seatrobot.runtime import child, confinement, database, guard, reachable
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import say

PART = "jobs"
JOBS_AT_ONCE = "3"
"""Examinations may take two of the places for minutes; the others stay for what people wait for."""
JOB_GRACE_SECONDS = "5"
LOOK_SECONDS = 1
FOLLOW_SECONDS = 10
STOP_SECONDS = 9
LONGEST_MESSAGE = 256 * 1024
REPORT, LOADED = b"report ", b"loaded "


class JobsPart:
    """The process above. env: of the worker; examiner_env: of the examinations it asks for."""

    def __init__(
        self, config: Config, *, env: Mapping[str, str], examiner_env: Mapping[str, str]
    ) -> None:
        self.config = config
        self.env = env
        self.examiner_env = examiner_env
        self.followed = reachable.Followed(config)
        self.is_stopping = False
        self.worker: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Run workers until one ends by itself or we are told to stop; return its exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        while True:
            code = self._run_worker()
            if code is not None or self.is_stopping:
                return code or 0
            say("a file of the system was replaced; jobs start again")

    def _run_worker(self) -> int | None:
        """Return the exit code; None when the worker was ended to be started again."""
        reports.forget(self.config.data, PART)
        reports.forget(self.config.data, PART + loaded.SUFFIX)
        scratch = reachable.prepare(self.config, PART)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            number = theirs.fileno()
            command = [sys.executable, "-P", "-m", "seatrobot.runtime.working"]
            self.worker = subprocess.Popen(  # noqa: S603  our own command
                child.bound(command),
                env={**self.env, starting.WIRE: str(number), "TMPDIR": str(scratch)},
                stdin=subprocess.DEVNULL,
                pass_fds=[number],
            )
            theirs.close()
            threading.Thread(target=self._listen, args=(ours.dup(),), daemon=True).start()
            looked = time.monotonic()
            while (code := self.worker.poll()) is None and not self.is_stopping:
                time.sleep(LOOK_SECONDS)
                if time.monotonic() - looked > FOLLOW_SECONDS:
                    looked = time.monotonic()
                    if self.followed.replaced():
                        self._end()
                        return None
            return self._end() if code is None else code

    def _stop(self, *_: object) -> None:
        self.is_stopping = True
        if self.worker:
            self.worker.terminate()

    def _end(self) -> int:
        """End the worker, by force when it takes too long; return its exit code."""
        assert self.worker
        self.worker.terminate()
        try:
            return self.worker.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.worker.kill()
            return self.worker.wait()

    def _listen(self, wire: socket.socket) -> None:
        """Do what the worker asks for, until it ends."""
        with wire:
            while True:
                text, descriptors, _, _ = socket.recv_fds(wire, LONGEST_MESSAGE, 1)
                if not text:
                    return
                if text.startswith(REPORT):
                    with suppress(ValueError):
                        self._note(reports.decode(text.removeprefix(REPORT)))
                if text.startswith(LOADED):
                    with suppress(ValueError):
                        self._note_loaded(text.removeprefix(LOADED))
                what = text.removeprefix(starting.EXAMINE).decode(errors="replace")
                if text.startswith(starting.EXAMINE) and starting.ASKED.fullmatch(what):
                    threading.Thread(
                        target=self._examine, args=(what, descriptors), daemon=True
                    ).start()
                else:
                    _close(descriptors)

    def _note(self, report: reports.Report) -> None:
        report.at = time.time()
        assert self.worker
        reports.write(self.config.data, PART, {self.worker.pid: report})

    def _note_loaded(self, text: bytes) -> None:
        said = msgspec.json.decode(text, type=loaded.Loaded)
        said.at = time.time()
        assert self.worker
        reports.write(self.config.data, PART + loaded.SUFFIX, {self.worker.pid: said})

    def _examine(self, what: str, descriptors: list[int]) -> None:
        try:
            starting.examine(what, self.examiner_env)
        except subprocess.TimeoutExpired:
            say(f"the examination of {what} took too long and was ended")
        finally:
            _close(descriptors)


def run() -> int:
    """Run the jobs on a database that answers. RefusedError when its role is unfit."""
    config = Config.from_env()
    config.first_run()
    reachable.make_keys(config)
    if sentence := reachable.unconfined():
        say(f"This process {sentence}")
    with database.running(config) as urls:
        guard.check(urls.app)
        env = {**os.environ, "DATABASE_URL": urls.app}
        env |= {f"DATABASE_{role}_URL": "" for role in ("OWNER", "EXAMINER", "RECORDER")}
        examiner_env = {**env, "DATABASE_EXAMINER_URL": urls.examiner}
        examiner_env["DATABASE_RECORDER_URL"] = urls.recorder
        return JobsPart(config, env=env, examiner_env=examiner_env).run()


def main() -> None:
    """Be the worker: give up what jobs need not, then run them."""
    os.umask(0o077)
    config = Config.from_env()
    reachable.of_jobs(config).enter()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    import django
    from django.core.management import call_command

    django.setup()
    process.name = "jobs"
    threading.Thread(target=_report, args=(config.data,), daemon=True).start()
    call_command(
        "procrastinate",
        "worker",
        f"--concurrency={JOBS_AT_ONCE}",
        f"--shutdown-graceful-timeout={JOB_GRACE_SECONDS}",
        "--delete-jobs=successful",  # a job a minute would fill its table
    )


def _report(data: Path) -> None:
    """Report each minute what this process could reach, and every five what it has loaded.

    What fails is said in a line and tried again a minute later; it ends with the one above.
    """
    due = reports.Due(loaded.EVERY_SECONDS)
    with socket.socket(fileno=os.dup(int(os.environ[starting.WIRE]))) as wire:
        while True:
            try:
                wire.send(REPORT + reports.encode(reports.attempt(data, confinement.version())))
                if due.now():
                    wire.send(LOADED + msgspec.json.encode(loaded.statement(answers=False)))
            except (BrokenPipeError, ConnectionResetError):
                return
            except Exception as error:  # noqa: BLE001  nothing else starts this thread again
                due.last = 0.0
                say(f"a report about this process failed ({type(error).__name__}: {error})")
            time.sleep(reports.EVERY_SECONDS)


def _close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


if __name__ == "__main__":
    try:
        import_module("seatrobot.runtime.working").main()
    except RefusedError as error:
        say(str(error))
        sys.exit(error.code)
