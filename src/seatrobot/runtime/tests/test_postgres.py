"""The embedded server: private, recovering, alone on its directory; and its three roles."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from seatrobot.runtime import confinement, database, guard, roles
from seatrobot.runtime import postgres as module
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import NotAnsweringError, RefusedError
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres
from seatrobot.runtime.supervisor import Supervisor

QUICK = {"fsync": "off", "logging_collector": "off", "shared_buffers": "16MB"}


@pytest.fixture
def server(tmp_path):
    server = EmbeddedPostgres(tmp_path / "postgresql", QUICK)
    yield server
    server.stop()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


def test_it_listens_on_a_private_socket_only_and_checks_its_pages(server):
    urls = database.start(server)
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert ask(urls.app, "SHOW listen_addresses") == ""
    assert ask(urls.app, "SHOW data_checksums") == "on"
    assert ask(urls.app, "SHOW server_encoding") == "UTF8"
    assert ask(urls.app, "SELECT datlocale FROM pg_database WHERE datname = 'seatrobot'") == (
        "C.UTF-8"
    )


def test_nobody_comes_in_without_the_password(server):
    database.start(server)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://{roles.APP}:wrong@/seatrobot?host={server.socket}")


def test_what_was_written_survives_a_kill_and_a_number_taken_by_another(server):
    urls = database.start(server)
    with psycopg.connect(urls.owner) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 'word' AS what")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        pid_file = server.cluster / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))
        again = EmbeddedPostgres(server.directory, QUICK)
        try:
            assert ask(database.start(again).app, "SELECT what FROM kept") == "word"
        finally:
            again.stop()
            other.kill()


def test_a_live_server_on_the_directory_is_named(server, monkeypatch):
    database.start(server)
    monkeypatch.setattr(module, "STOP_SECONDS", 0.2)
    assert server.process is not None
    with pytest.raises(RefusedError, match=rf"process {server.process.pid}\) already runs on"):
        EmbeddedPostgres(server.directory, QUICK).start()


def test_a_directory_too_deep_for_a_socket_gets_a_short_one(tmp_path):
    server = EmbeddedPostgres(tmp_path / ("deep" * 25) / "postgresql", QUICK)
    try:
        urls = database.start(server)
        place = server.socket
        assert place != server.directory / "socket"
        assert place.stat().st_mode & 0o777 == 0o700
        assert ask(urls.app, "SELECT current_user") == roles.APP
    finally:
        server.stop()
    assert not place.exists()


def test_a_cluster_that_cannot_start_says_why(server):
    server.settings["shared_buffers"] = "much"
    with pytest.raises(RefusedError, match=r"PostgreSQL did not start: .*shared_buffers"):
        server.start()


def test_preparing_again_changes_nothing_and_mends_a_role_made_powerful(server):
    urls = database.start(server)
    with psycopg.connect(server.url(ADMINISTRATOR)) as admin:
        admin.execute(f"ALTER ROLE {roles.APP} SUPERUSER BYPASSRLS CREATEDB")
    with pytest.raises(RefusedError, match="is a superuser"):
        guard.check(urls.app)
    prepare(server.url(ADMINISTRATOR, "postgres"), server)
    prepare(server.url(ADMINISTRATOR, "postgres"), server)
    guard.check(urls.app)


def test_an_outside_server_is_prepared_by_an_administrator_who_is_no_superuser(server):
    server.start()
    with psycopg.connect(server.url(ADMINISTRATOR, "postgres"), autocommit=True) as admin:
        password = server.password("manager")
        admin.execute(f"CREATE ROLE manager LOGIN CREATEDB CREATEROLE PASSWORD '{password}'")
    prepare(server.url("manager", "postgres"), server)
    prepare(server.url("manager", "postgres"), server)
    app, owner, examiner, recorder = roles.urls(
        server.url("manager", "postgres"), **passwords(server)
    )
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE rows (id bigint GENERATED ALWAYS AS IDENTITY, what text)")
    with psycopg.connect(app) as connection:
        connection.execute("INSERT INTO rows (what) VALUES ('one')")
        connection.execute("UPDATE rows SET what = 'two'")
        connection.execute("DELETE FROM rows")
    guard.check(app)
    assert ask(examiner, "SELECT current_user") == roles.EXAMINER
    asked = f"SELECT pg_has_role(current_user, '{roles.APP}', 'SET')"
    assert ask(recorder, asked) is True


def test_a_server_that_does_not_answer_is_a_sentence(tmp_path):
    with pytest.raises(NotAnsweringError, match="PostgreSQL does not answer"):
        roles.prepare(
            f"postgresql://eve@/postgres?host={tmp_path}",
            owner_password="1",
            app_password="2",
            examiner_password="3",
            recorder_password="4",
        )


def prepare(admin_url: str, server: EmbeddedPostgres) -> None:
    roles.prepare(admin_url, **passwords(server))


def passwords(server: EmbeddedPostgres) -> dict[str, str]:
    return {
        "owner_password": server.password(roles.OWNER),
        "app_password": server.password(roles.APP),
        "examiner_password": server.password(roles.EXAMINER),
        "recorder_password": server.password(roles.RECORDER),
    }


@pytest.mark.parametrize("kept_in", [True, False])
def test_a_start_says_when_the_database_reads_beside_the_keys(
    kept_in, server, monkeypatch, capfd, tmp_path
):
    if not kept_in:
        monkeypatch.setattr(confinement, "version", lambda: 0)
    elif not confinement.version():
        pytest.skip("this kernel has no Landlock")
    monkeypatch.setenv("SEATROBOT_DATA", str(tmp_path))
    (tmp_path / "lock").write_text("1")
    database.start(server)
    Supervisor(Config.from_env()).try_to_read(server)
    said = capfd.readouterr().out
    assert ("PostgreSQL is not kept from the files of this instance" in said) is not kept_in
