"""Whoever signs in at the database past the service is found in its log."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from seatrobot.kernel import sessions
from seatrobot.kernel.promises.declaring import NotSetUp
from seatrobot.practices.checks import database_sessions

pytestmark = pytest.mark.django_db

SECRET = "a secret of the instance"
LINE = "{at} UTC [7] {role} LOG:  connection authorized: user={role} database=seatrobot{name}\n"


@pytest.fixture
def log(settings, tmp_path, monkeypatch):
    """The log of an embedded database, in a data directory of its own."""
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret.key").write_text(SECRET)
    file = tmp_path / "postgresql" / "cluster" / "log" / "postgresql-Mon.log"
    file.parent.mkdir(parents=True)
    monkeypatch.setattr(database_sessions, "WAIT_SECONDS", 0)
    monkeypatch.setenv(sessions.VARIABLE, "")
    return file


def line(name: str, role: str = "seatrobot_app", ago: timedelta = timedelta()) -> str:
    moment = f"{datetime.now(UTC) - ago:%Y-%m-%d %H:%M:%S}.000"
    return LINE.format(at=moment, role=role, name=f" application_name={name}" if name else "")


def test_sessions_of_nobody_in_the_service_are_counted(log):
    sessions.announce(SECRET)
    ours = os.environ[sessions.VARIABLE]
    log.write_text(
        line(ours)
        + line(ours, "seatrobot_examiner")
        + line("psql", "postgres")
        + line("psql", ago=timedelta(hours=25))
        + "2026-11-30 00:00:00.000 UTC [1]  LOG:  something else\n"
    )
    found = database_sessions.worked()
    assert dict(found.values) == {"sessions": 2, "foreign": 0, "unlogged": 1}
    with log.open("a") as lines:
        lines.write(line("psql") + line("", "seatrobot_owner"))
        lines.write(line(ours, ago=timedelta(hours=3)))  # before that process had begun
    found = database_sessions.worked()
    assert (found.values["foreign"], len(found.notes)) == (3, 3)
    assert "seatrobot_owner from" in " ".join(found.notes)


def test_our_own_session_must_be_in_the_log(log, monkeypatch):
    sessions.announce(SECRET)
    log.write_text(line(os.environ[sessions.VARIABLE]))
    assert database_sessions.worked().values["unlogged"] == 1
    found = database_sessions._found

    def with_own(data, moment):
        yield from found(data, moment)
        yield sessions.Session(moment, own[0], "seatrobot_examiner", "")

    own = [0]
    real = database_sessions._until_logged

    def until(data, moment, pid):
        own[0] = pid
        return real(data, moment, pid)

    monkeypatch.setattr(database_sessions, "_found", with_own)
    monkeypatch.setattr(database_sessions, "_until_logged", until)
    assert database_sessions.worked().values["unlogged"] == 0


def test_a_database_elsewhere_is_not_set_up(settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    with pytest.raises(NotSetUp, match="runs elsewhere"):
        database_sessions.worked()
