"""What lies beside the database's keys cannot be read through it, even by its superuser."""

from __future__ import annotations

import psycopg
import pytest

from seatrobot.kernel import reaching
from seatrobot.runtime import confinement, database
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres

QUICK = {"fsync": "off", "logging_collector": "off", "shared_buffers": "16MB"}

landlock = pytest.mark.skipif(not confinement.version(), reason="this kernel has no Landlock")


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "root.key"
    file.write_bytes(bytes(range(256)))
    file.chmod(0o600)
    return file


@pytest.fixture
def server(tmp_path):
    server = EmbeddedPostgres(tmp_path / "postgresql", QUICK)
    yield server
    server.stop()


def ways(server, file) -> list[str]:
    database.start(server)
    with psycopg.connect(server.url(ADMINISTRATOR, "postgres")) as superuser:
        return reaching.confinement_probe(superuser, file)


@landlock
def test_the_root_key_is_out_of_reach(server, secret):
    assert ways(server, secret) == []


@landlock
def test_so_are_the_passwords_beside_the_cluster(server):
    assert ways(server, server.directory / f"{ADMINISTRATOR}.password") == []


def test_the_look_finds_every_way_where_nothing_keeps_the_database_in(server, secret, monkeypatch):
    monkeypatch.setattr(confinement, "version", lambda: 0)
    assert ways(server, secret) == list(reaching.WAYS)


def test_of_its_own_files_the_database_reads_what_it_must(server):
    assert ways(server, server.cluster / "PG_VERSION") == list(reaching.WAYS)


@landlock
def test_it_reaches_no_network(server):
    database.start(server)
    with psycopg.connect(server.url(ADMINISTRATOR, "postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE TABLE said (line text)")
        connect = "bash -c 'exec 3<>/dev/tcp/127.0.0.1/9 2>&1' 2>&1; true"
        superuser.execute(f"COPY said FROM PROGRAM $${connect}$$")
        lines = " ".join(line for (line,) in superuser.execute("SELECT line FROM said"))
    if confinement.version() >= confinement.TCP_SINCE:
        assert "Permission denied" in lines
