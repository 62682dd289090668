"""`seatrobot up` with real processes: what starts together stays up together and ends together."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
import pytest

from seatrobot.kernel import reports
from seatrobot.runtime import confinement, database, roles
from seatrobot.runtime.config import Config
from seatrobot.runtime.faulting.processes import children, descendants, free_port
from seatrobot.runtime.tests.instance import Instance, command, until

PRIVILEGED = ("OWNER", "EXAMINER", "RECORDER")
SMTP_PASSWORD = "hunter2-of-the-mail"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture(scope="module")
def running(data):
    instance = Instance(data, SEATROBOT_SMTP_URL=f"smtp://mailer:{SMTP_PASSWORD}@127.0.0.1:9")
    yield instance
    if instance.process.poll() is None:
        instance.end()


def test_it_starts_says_where_it_is_and_answers(running):
    assert running.said(f"Seatrobot runs at http://localhost:{running.port}")
    assert running.said("Set up your organization: http://localhost:")
    assert running.health() == "ok\n"


def test_everything_it_keeps_is_private(running, data):
    assert data.stat().st_mode & 0o777 == 0o700
    secrets = [*data.glob("keys/*.key"), *data.glob("postgresql/*.password")]
    assert len(secrets) > 6
    for secret in secrets:
        assert secret.stat().st_mode & 0o777 == 0o600


def test_no_part_has_a_password_in_its_environment_or_arguments(running, data):
    files = data.glob("postgresql/*.password")
    secrets = {file.stem: file.read_bytes() for file in files}
    assert len(secrets) == 5
    family = {running.process.pid, *descendants(running.process.pid)}
    assert len(family) > 6
    for pid in family:
        known = b"".join(known_of(pid, place) for place in ("environ", "cmdline"))
        assert not [role for role, secret in secrets.items() if secret in known]
        if pid != running.process.pid:  # the operator's own choice
            assert SMTP_PASSWORD.encode() not in known


def known_of(pid: int, place: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{place}").read_bytes()
    except OSError:  # ended meanwhile
        return b""


def test_each_part_is_told_its_own_roles_alone(running, data):
    told = {
        word: Path(f"/proc/{running.part(word)}/environ").read_bytes()
        for word in ("runtime.serving", "jobs")
    }
    roles_of = {
        word: {role for role in roles.ALL if f"{role}.pgpass".encode() in known}
        for word, known in told.items()
    }
    assert roles_of == {
        "runtime.serving": {roles.APP},
        "jobs": {roles.APP, roles.EXAMINER, roles.RECORDER},
    }


def test_its_web_workers_and_jobs_reach_nothing_that_they_need_not(running, data):
    for part in reports.PARTS:
        found = until(lambda part=part: reports.read(data, part))
        assert {(bool(report.version), *report.reached) for report in found.values()} == {
            (bool(confinement.version()),)
        }
    known = Path(f"/proc/{_worker_of(running)}/environ").read_bytes()
    for role in (roles.EXAMINER, roles.RECORDER):
        assert f"{role}.pgpass".encode() not in known


def _worker_of(running) -> int:
    """Return the process that runs the jobs."""
    below = children(running.part("seatrobot jobs"))
    return next(pid for pid, line in below.items() if "runtime.working" in line)


def test_a_second_one_on_the_same_directory_is_refused(running):
    second = command("up", env={**running.env, "SEATROBOT_PORT": str(free_port())})
    assert second.returncode == 78
    assert "already runs on" in second.stderr
    assert str(running.process.pid) in second.stderr


def test_a_port_in_use_is_refused(running, tmp_path):
    second = command("up", env={**running.env, "SEATROBOT_DATA": str(tmp_path / "other")})
    assert second.returncode == 78
    assert f"already listens on 127.0.0.1 port {running.port}" in second.stderr


def test_a_command_in_another_terminal_uses_the_running_database(running):
    before = running.part("postgres")
    shown = command("shell", env=running.env, text=SHOW_ROLE)
    assert shown.stdout.split()[-1] == roles.APP, shown.stderr
    assert running.part("postgres") == before


def test_a_link_that_is_printed_in_another_terminal_leads_to_the_running_instance(running, data):
    elsewhere = {name: v for name, v in running.env.items() if name != "SEATROBOT_PORT"}
    printed = command("organization", "add", env=elsewhere)
    assert printed.stdout.startswith(f"http://localhost:{running.port}/set-up/"), printed.stderr
    said = command(
        "organization", "add", env=elsewhere | {"SEATROBOT_BASE_URL": "http://seat.test"}
    )
    assert said.stdout.startswith("http://seat.test/set-up/"), said.stderr


@pytest.mark.parametrize("part", ["runtime.serving", "jobs", "postgres"])
def test_a_part_that_dies_is_started_again(part, running):
    before = running.part(part)
    os.kill(before, signal.SIGKILL)
    until(lambda: running.said("starts again in"))
    until(lambda: running.part(part) != before)
    until(lambda: running.health() == "ok\n")


def test_an_interrupt_ends_everything_cleanly(running):
    assert running.end(signal.SIGINT) == 0
    assert running.lines[-1] == "Stopped.\n"
    until(lambda: not running.left_behind(), 5)


def test_parts_die_with_a_killed_supervisor_and_the_next_one_recovers(running, data):
    first = Instance(data)
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not first.left_behind())
    with database.running(config_for(data)) as urls, psycopg.connect(urls.app) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    until(lambda: not first.left_behind(), 5)


SHOW_ROLE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user")
    print(cursor.fetchone()[0])
"""


def config_for(data) -> Config:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DATABASE_URL", *(f"DATABASE_{each}_URL" for each in PRIVILEGED)):
            patch.delenv(name, raising=False)
        patch.setenv("SEATROBOT_DATA", str(data))
        return Config.from_env()
