"""`seatrobot up`: database, web and jobs as one, started in order, kept alive, stopped cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Never

import psycopg

from seatrobot.kernel import reaching
from seatrobot.runtime import address, child, database, passwords, reachable, static_files
from seatrobot.runtime.config import unknown_settings
from seatrobot.runtime.database import Urls
from seatrobot.runtime.directory import held
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.part import (
    CommandPart,
    DatabasePart,
    Patience,
    Pulse,
    ServiceProcess,
    seatrobot,
)
from seatrobot.runtime.postgres import ADMINISTRATOR
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrobot.runtime.config import Config
    from seatrobot.runtime.postgres import EmbeddedPostgres

TICK_SECONDS = 0.1
SILENCE_SECONDS, START_SECONDS = 45, 75
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody asked the supervisor to stop; no handler of errors may swallow it."""


def up(config: Config, *, demo: bool) -> int:
    """Run the instance until it is told to stop; return the exit code.

    RefusedError when the configuration is unsafe, the directory or port is taken, or a part
    says that it will not run.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    try:
        address.check(config)
        config.first_run()
        with held(config.data):
            address.note(config)
            for name in unknown_settings():
                say(f"{name} is no setting of Seatrobot and changes nothing.")
            Supervisor(config).run(demo=demo)
    except Stop:
        say("Stopped.")
    return 0


def _stop(*_: object) -> Never:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stop


class Supervisor:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.parts: list[ServiceProcess] = []
        self.patience: dict[str, Patience] = {}
        self.due: dict[str, float] = {}
        self.pulse = Pulse(lambda: address.asked(config) > 0)

    def run(self, *, demo: bool) -> None:
        with ExitStack() as stack:
            stack.callback(self._stop)
            reachable.require_keys(self.config)
            urls = self._database()
            web = {**os.environ, "DATABASE_URL": urls.app, **self._mail()}
            web |= {f"DATABASE_{role}_URL": "" for role in ("OWNER", "EXAMINER", "RECORDER")}
            env = {**web, "DATABASE_EXAMINER_URL": urls.examiner}
            env["DATABASE_RECORDER_URL"] = urls.recorder
            self._prepare(urls, env)
            greeting = _once("welcome", *(["--demo"] if demo else []), env=env)
            stack.callback(greeting.kill)
            logs = self.config.data / "logs"
            self._start(CommandPart("jobs", seatrobot("jobs"), env, logs / "jobs.log"))
            web_part = CommandPart("web", seatrobot("web"), web, logs / "web.log")
            self._start(web_part)
            if self.config.http_port:
                bare = {name: "" for name in web if name.startswith("DATABASE_")}
                bare["SEATROBOT_SMTP_URL"] = ""
                part = CommandPart("redirect", seatrobot("redirect"), {**web, **bare})
                self._start(part)
            while not (greeting.poll() is not None and address.answers(self.config)):
                self._watch()
            self._announce(_outcome(greeting))
            self.pulse.again()
            self.pulse.start()
            while True:
                self._watch()
                self._listen(web_part)

    def _database(self) -> Urls:
        if self.config.database_url:
            return self._without_passwords(database.outside(self.config))
        server = database.embedded(self.config)
        self.parts.append(DatabasePart(server))
        self.patience["database"] = Patience()
        urls = database.start(server)
        self.try_to_read(server)
        return urls

    def _without_passwords(self, urls: Urls) -> Urls:
        """Return the operator's URLs with the passwords in files instead."""
        place = self.config.data / "passwords"
        named = {name: getattr(urls, name) for name in ("app", "owner", "examiner", "recorder")}
        return Urls(
            **{name: passwords.moved(url, place / f"{name}.pgpass") for name, url in named.items()}
        )

    def _mail(self) -> dict[str, str]:
        """Return how parts are told the mail server, whose URL holds a password, without it."""
        if not self.config.smtp_url:
            return {}
        file = passwords.private(self.config.data / "passwords" / "smtp.url", self.config.smtp_url)
        return {"SEATROBOT_SMTP_URL": f"file:{file}"}

    def try_to_read(self, server: EmbeddedPostgres) -> None:
        """Say so when the database could read what lies beside the keys."""
        with psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as superuser:
            ways = reaching.confinement_probe(superuser, self.config.data / "lock")
        if ways:
            say(
                "PostgreSQL is not kept from the files of this instance, its keys among them "
                f"({', '.join(ways)}): the kernel has no Landlock, or does not allow it here.",
                "database",
            )

    def _prepare(self, urls: Urls, env: Mapping[str, str]) -> None:
        """Migrate, as the only process that learns the owner's URL, and collect static files."""
        if static_files.changed(self.config.data):
            _outcome(_once("static", env=env))
        if not urls.owner:
            say("DATABASE_OWNER_URL is not set: the schema stays as it is.", "database")
            return
        lines = _outcome(_once("migrate", env={**env, "DATABASE_OWNER_URL": urls.owner}))
        if applied := sum(" Applying " in line for line in lines):
            say(f"{applied} migrations applied", "database")
        for line in lines:
            if line.startswith(database.OTHERWISE):
                say(line, "database")

    def _announce(self, greeting: list[str]) -> None:
        say("")
        say(f"Seatrobot runs at {self.config.base_url}")
        say(f"How it keeps its promises: {self.config.base_url}/practices/")
        for line in greeting:
            say(line)
        if not self.config.leaked_passwords:
            say("No list of leaked passwords is loaded; docs/operations.md says how to get one.")
        say("Stop it with Ctrl-C.")
        say("")

    def _start(self, part: ServiceProcess) -> None:
        self.parts.append(part)
        self.patience[part.name] = Patience()
        part.start()

    def _watch(self) -> None:
        """Start again what ended and has waited long enough; then rest for a tick."""
        for part in self.parts:
            if (code := part.ended()) is None:
                continue
            if code == RefusedError.code:
                raise RefusedError(f"The part {part.name} refuses to run, for the reason above.")
            if part.name not in self.due:
                pause = self.patience[part.name].next_pause()
                self.due[part.name] = time.monotonic() + pause
                say(f"ended with code {code}; starts again in {pause:g} s", part.name)
            elif time.monotonic() >= self.due[part.name]:
                self._restart(part)
        time.sleep(TICK_SECONDS)

    def _listen(self, web: CommandPart) -> None:
        """End a web server that runs and answers nobody; it is started again like any other."""
        if web.name in self.due:
            self.pulse.again(grace=START_SECONDS)
        elif self.pulse.silence() > SILENCE_SECONDS:
            say(f"has not answered for {SILENCE_SECONDS} s and is started again", web.name)
            web.kill()
            self.pulse.again(grace=START_SECONDS)

    def _restart(self, part: ServiceProcess) -> None:
        del self.due[part.name]
        self.patience[part.name].started = time.monotonic()
        try:
            part.start()
        except RefusedError as error:
            say(str(error), part.name)

    def _stop(self) -> None:
        """Stop in the order opposite to the start: web, jobs, database."""
        for part in reversed(self.parts):
            part.stop()


def _once(*arguments: str, env: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        child.bound(seatrobot(*arguments)),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _outcome(process: subprocess.Popen[str]) -> list[str]:
    """Wait for the end; return the lines of standard output. RefusedError when it failed."""
    output, complaints = process.communicate()
    for line in complaints.splitlines():
        say(line, "start")
    if process.returncode:
        raise RefusedError("Seatrobot could not start, for the reason above.")
    return output.splitlines()
