"""The embedded database as its administrator and its files, for the examining process alone.

Web and jobs can read neither the password nor the files (runtime/reachable.py). A database of the
operator's own elsewhere has no files here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

ADMINISTRATOR = "postgres"
SOCKET_LINE = 4


@dataclass(frozen=True, slots=True)
class Cluster:
    """superuser: a connection in autocommit. place: the directory of the files."""

    superuser: psycopg.Connection[Any]
    place: Path


@contextmanager
def opened() -> Iterator[Cluster | None]:
    """Give the embedded database that this process uses; None where it uses another one."""
    directory: Path = settings.CONFIG.data / "postgresql"
    place = directory / "cluster"
    password = directory / f"{ADMINISTRATOR}.pgpass"
    host = str(connection.settings_dict["HOST"] or connection.settings_dict["OPTIONS"].get("host"))
    try:
        socket = (place / "postmaster.pid").read_text().splitlines()[SOCKET_LINE]
    except (OSError, IndexError):
        yield None
        return
    if socket != host or not password.exists():
        yield None
        return
    with psycopg.connect(
        host=socket,
        user=ADMINISTRATOR,
        dbname=str(connection.settings_dict["NAME"]),
        passfile=str(password),
        autocommit=True,
        application_name="seatrobot-deletion",
        options="-c search_path=pg_catalog,public,pg_temp -c lock_timeout=3s",
    ) as superuser:
        yield Cluster(superuser, place)
