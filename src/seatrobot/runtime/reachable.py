"""What web workers and jobs reach, and nothing else: the rules for `confinement.confine`.

A rule stands for a file or directory as it is when the process starts, so whatever changes while
it runs is in a directory of its own. A few files of the system and of the operator are elsewhere
(name servers, places of addresses): `Followed` notices that one was replaced, and the part then
starts new processes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from seatrobot.kernel import tls
from seatrobot.kernel.vault import configured
from seatrobot.runtime import confinement
from seatrobot.runtime.config import Config
from seatrobot.runtime.directory import make_private
from seatrobot.runtime.errors import RefusedError

SYSTEM_READ = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix/store", "/proc"),
    *("/sys/devices/system/cpu", "/sys/fs/cgroup", "/dev/urandom", "/dev/random", "/dev/zero"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/passwd", "/etc/group", "/etc/timezone", "/etc/mime.types", "/etc/fonts"),
    *("/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/krb5.conf"),
    *("/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/ca-certificates"),
    *("/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf"),
    *("/etc/pki/ca-trust", "/etc/crypto-policies", "/var/lib/ca-certificates"),
    "/run/systemd/resolve",
)
SYSTEM_FOLLOWED = ("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/localtime")
LIBPQ_FILES = ("passfile", "sslrootcert", "sslcert", "sslkey", "sslcrl", "servicefile")
LIBPQ_ENVIRONMENT = (
    *("PGPASSFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGSERVICEFILE"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)
OF_HOME = (".pgpass", ".pg_service.conf", ".postgresql", ".fonts", ".local/share/fonts")
MAPPED = "/dev/null"

KNOWN = ("keys", "profile", "heads", "published", "keystore", "mail", "erasures")
"""Directories of the data directory that exist before a part starts, of mode 0700."""
WEB_READ = ("keys", "profile", "heads", "static", "static-lists", "tls")
WEB_WRITE = ("published", "keystore", "mail")
JOBS_READ = ("keys", "profile", "static", "static-lists")
JOBS_WRITE = ("heads", "published", "keystore", "mail", "erasures")


@dataclass(frozen=True, slots=True)
class Reachable:
    """What one part reads, and what it also writes; the TCP ports that it has to do with.

    listens_at: the only one at which it listens; None: at none. connects_to: the only ones that it
    connects to; None: all. starts_programs: whether it may execute what it reads.
    """

    read: tuple[str, ...]
    write: tuple[str, ...]
    listens_at: int | None = None
    connects_to: tuple[int, ...] | None = None
    starts_programs: bool = True

    def enter(self) -> None:
        """Reach nothing else from here on; where the kernel has no Landlock, everything still."""
        if confinement.version():
            confinement.confine(
                read=self.read,
                write=self.write,
                listens_at=self.listens_at,
                connects_to=self.connects_to,
                starts_programs=self.starts_programs,
            )


def of_web(config: Config) -> Reachable:
    """Web workers listen at their port, and connect to those of the database and the keys alone."""
    found = _places(config, "web", WEB_READ, WEB_WRITE)
    return replace(found, listens_at=config.port, connects_to=_ports(config))


def of_shell(config: Config) -> Reachable:
    """Let a shell that is recorded read what web workers do, write nothing, start no program."""
    found = _places(config, "shell", WEB_READ, ())
    return replace(found, write=(MAPPED,), connects_to=_ports(config), starts_programs=False)


def _ports(config: Config) -> tuple[int, ...] | None:
    """Return the ports of the database and of the keys; None where libpq alone knows.

    Among them are those of the key services of organizations, where the operator allows any.
    """
    ports = tls.ports_of_database(config.database_url)
    keys = configured.ports((*config.root_keys, *config.key_stores))
    if ports is None or keys is None:
        return None
    return (*ports, *keys, *config.own_key_ports)


def of_jobs(config: Config) -> Reachable:
    """Jobs listen nowhere; webhooks, mail and witnesses are at ports that nobody knows before."""
    return _places(config, "jobs", JOBS_READ, JOBS_WRITE)


def of_redirect(config: Config) -> Reachable:
    """Return what the listener for http reaches: the program, its port, and nothing else."""
    read = (*SYSTEM_READ, *SYSTEM_FOLLOWED, *_program())
    return Reachable(read, (MAPPED,), listens_at=config.http_port, connects_to=())


def prepare(config: Config, part: str) -> Path:
    """Make the directories that the rules of a part name; return its own for temporary files."""
    for name in KNOWN:
        make_private(config.data / name)
    scratch = _scratch(config, part)
    shutil.rmtree(scratch, ignore_errors=True)
    make_private(scratch.parent)
    return make_private(scratch)


def make_keys(config: Config) -> None:
    """Make the keys that are made on first use, in a process that is not confined."""
    made = [config.journal_key, config.ml_dsa_key, config.data / "keys" / "openpgp.key"]
    is_here = config.root_keys[0] == f"file:{config.root_key}" and config.root_key.exists()
    if is_here and config.key_stores == ("directory",) and all(file.exists() for file in made):
        return
    require_keys(config)
    command = [sys.executable, "-P", "-m", "seatrobot.runtime.first_keys"]
    if subprocess.run(command, check=False).returncode:  # noqa: S603  our own command
        raise RefusedError("The keys of this instance could not be made, for the reason above.")


def require_keys(config: Config) -> None:
    """Raise RefusedError where a key is gone that has signed: another one is no help.

    Without the root key the service runs and says so; what is not sealed can still be read.
    """
    signed = config.data / "heads"
    for key in (config.journal_key, config.ml_dsa_key):
        if not key.exists() and signed.is_dir() and any(signed.iterdir()):
            raise RefusedError(
                f"The journal's key {key} is missing, and what it has signed is in {signed}."
                " Put it back from where you keep a copy; nothing has been changed."
            )


def unconfined() -> str:
    """Return the sentence that a part says at its start where nothing keeps it in; "" if it is."""
    if confinement.version():
        return ""
    return (
        "can read every file of the user it runs as: the kernel has no Landlock, or does not"
        " allow it here."
    )


class Followed:
    """Files that are read by name and may be replaced while a part runs."""

    def __init__(self, config: Config) -> None:
        self.files = [*SYSTEM_FOLLOWED, *_configured(config)]
        self.before = self._identities()

    def replaced(self) -> bool:
        """Return whether one is another file than at the last call."""
        before, self.before = self.before, self._identities()
        return before != self.before

    def _identities(self) -> list[tuple[int, int]]:
        found = []
        for file in self.files:
            try:
                state = os.stat(file)  # noqa: PTH116  also a name with a NUL is an answer
            except (OSError, ValueError):
                found.append((0, 0))
            else:
                found.append((state.st_dev, state.st_ino))
        return found


def _places(config: Config, part: str, read: tuple[str, ...], write: tuple[str, ...]) -> Reachable:
    data = config.data
    of_keys = list(configured.places((*config.root_keys, *config.key_stores)))
    return Reachable(
        read=(
            *(place for place, _ in of_keys),
            *SYSTEM_READ,
            *SYSTEM_FOLLOWED,
            *_program(),
            *_configured(config),
            *(str(Path.home() / name) for name in OF_HOME),
            *(str(data / name) for name in read),
        ),
        write=(
            MAPPED,
            str(_scratch(config, part)),
            *(str(data / name) for name in write),
            *(place for place, is_written in of_keys if is_written),
        ),
    )


def _scratch(config: Config, part: str) -> Path:
    return config.data / "scratch" / part


def _program() -> Iterator[str]:
    """Return where Python, the libraries and our own source are."""
    package = Path(__file__).resolve().parents[1]
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, str(package))
    yield from (path for path in sys.path if path)


def _configured(config: Config) -> Iterator[str]:
    """Return the files of the operator that the configuration names."""
    yield from filter(None, (config.geoip_city, config.geoip_asn))
    if config.leaked_passwords:
        yield str(config.leaked_passwords)
    smtp = os.environ.get("SEATROBOT_SMTP_URL", "")
    if smtp.startswith("file:"):
        yield smtp.removeprefix("file:")
    options = parse_qs(urlsplit(config.database_url).query)
    for name in LIBPQ_FILES:
        yield from options.get(name, [])
    for name in LIBPQ_ENVIRONMENT:
        yield from filter(None, os.environ.get(name, "").split(os.pathsep))
