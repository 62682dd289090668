"""Recovery of a restored cluster: to a position, to a moment, to the end, and what is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres, programs
from seatrobot.runtime.recovering import (
    RecoveringPostgres,
    Target,
    give_all,
    lsn_number,
    lsn_text,
)

QUICK = {"fsync": "off", "logging_collector": "off", "shared_buffers": "16MB"}
HERE = "SELECT pg_current_wal_insert_lsn()"


class Site:
    """A backup with rows 1 and 2, log with 3 and 4, and the position and moment between them."""

    def __init__(self, place: Path, server: EmbeddedPostgres) -> None:
        self.backup, self.log, self.place = place / "backup", place / "log", place
        self.place_number = 0
        url = server.url(ADMINISTRATOR, "postgres")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("CREATE TABLE kept (n int)")
            admin.execute("INSERT INTO kept VALUES (1), (2)")
            self._base(server, url)
            admin.execute("INSERT INTO kept VALUES (3)")
            [self.between] = admin.execute(HERE).fetchone()
            self.then = datetime.now(UTC)
            admin.execute("INSERT INTO kept VALUES (4)")
            [self.end] = admin.execute(HERE).fetchone()
            admin.execute("SELECT pg_switch_wal()")
            admin.execute("INSERT INTO kept VALUES (5)")
        self.log.mkdir()
        for segment in sorted((server.cluster / "pg_wal").iterdir()):
            if len(segment.name) == 24:
                shutil.copy2(segment, self.log)

    def _base(self, server: EmbeddedPostgres, url: str) -> None:
        command = [programs() / "pg_basebackup", "-D", self.backup, "-X", "none", "-c", "fast"]
        subprocess.run([*command, "-d", url], check=True, capture_output=True)

    def restored(self, target: Target) -> RecoveringPostgres:
        self.place_number += 1
        there = self.place / f"restored{self.place_number}"
        there.mkdir(mode=0o700)
        shutil.copytree(self.backup, there / "cluster")
        password = self.place / "postgresql" / "postgres.password"
        shutil.copy2(password, there)
        return RecoveringPostgres(there, self.log, target)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("recovering")
    server = EmbeddedPostgres(place / "postgresql", QUICK)
    server.start()
    made = Site(place, server)
    server.stop()
    return made


def rows(server: EmbeddedPostgres) -> list[int]:
    with psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as connection:
        return [n for (n,) in connection.execute("SELECT n FROM kept ORDER BY n")]


def test_to_a_position_for_readers_then_to_the_end_for_everybody(site):
    server = site.restored(Target(lsn=lsn_number(site.between), stays=True))
    server.start()
    try:
        assert rows(server) == [1, 2, 3]
        with (
            pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
            psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as connection,
        ):
            connection.execute("DELETE FROM kept")
    finally:
        server.stop()
    server = RecoveringPostgres(server.directory, site.log, Target())
    server.start()
    try:
        assert rows(server)[:4] == [1, 2, 3, 4]
        with psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as connection:
            connection.execute("DELETE FROM kept")
    finally:
        server.stop()


def test_to_a_moment(site):
    server = site.restored(Target(at=site.then))
    server.start()
    try:
        assert rows(server) == [1, 2, 3]
    finally:
        server.stop()


def test_a_position_that_the_log_does_not_reach_is_refused(site):
    far = lsn_number(site.end) + 10 * 16 * 1024 * 1024
    server = site.restored(Target(lsn=far))
    with pytest.raises(RefusedError, match="before configured recovery target"):
        server.start()


def test_a_segment_that_was_still_being_written_is_made_whole(site, tmp_path):
    log = tmp_path / "log"
    shutil.copytree(site.log, log)
    last = max(log.iterdir())
    os.truncate(last, 4 * 1024 * 1024)
    last.rename(last.with_name(last.name + ".partial"))
    server = site.restored(Target(lsn=lsn_number(site.end)))
    server = RecoveringPostgres(server.directory, log, Target())
    server.start()
    try:
        assert rows(server) == [1, 2, 3, 4, 5]
    finally:
        server.stop()


def test_up_waits_for_a_cluster_that_recovers(site):
    """As somebody would who has restored by hand."""
    there = site.restored(Target()).directory
    for segment in site.log.iterdir():
        shutil.copy2(segment, there / "cluster" / "pg_wal")
    (there / "cluster" / "recovery.signal").touch()
    give_all(there / "cluster")
    server = EmbeddedPostgres(there, {**QUICK, "restore_command": "false"})
    server.start()
    try:
        with psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as connection:
            connection.execute("ALTER ROLE postgres SET work_mem = '1MB'")
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)
    finally:
        server.stop()


def test_an_empty_directory_is_not_made_into_a_cluster(tmp_path):
    (tmp_path / "log").mkdir()
    with pytest.raises(RefusedError, match="nothing was restored"):
        RecoveringPostgres(tmp_path, tmp_path / "log", Target()).start()


def test_positions_as_text_and_number():
    assert lsn_text(lsn_number("1/7A00B8C8")) == "1/7A00B8C8"
    assert lsn_number("1/0") == 1 << 32
