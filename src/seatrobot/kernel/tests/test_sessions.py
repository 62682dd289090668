"""Names of processes at the database, and who signed in as its log has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from seatrobot.kernel import sessions

SECRET = "a secret of the instance"
FORM = "{at} UTC [4711] seatrobot_app LOG:  connection authorized: user={role} database=seatrobot"


@pytest.fixture
def name(monkeypatch) -> str:
    monkeypatch.setenv(sessions.VARIABLE, "")
    sessions.announce(SECRET)
    return sessions.os.environ[sessions.VARIABLE]


def line(name: str, *, at: datetime | None = None, role: str = "seatrobot_app") -> str:
    moment = f"{at or datetime.now(UTC):%Y-%m-%d %H:%M:%S}.123"
    named = f" application_name={name}" if name else ""
    return f"{FORM.format(at=moment, role=role)}{named}\n"


def is_ours(text: str, secret: str = SECRET) -> bool:
    [found] = sessions.sessions([text])
    assert (found.role, found.pid) == ("seatrobot_app", 4711)
    return found.is_ours(secret)


def test_a_process_of_the_instance_is_known_by_its_name(name):
    assert len(name) <= 63, "the server cuts what is longer"
    assert is_ours(line(name))
    assert is_ours(line(f"{name} SSL enabled (protocol=TLSv1.3)"))
    assert not is_ours(line(name), "the secret of another instance")


def test_whatever_else_is_not(name):
    _word, pid, begun, tag = name.split()
    for other in (
        "",
        "psql",
        f"psql {name}",
        f"seatrobot {int(pid) + 1} {begun} {tag}",
        f"seatrobot {pid} {int(begun) - 1} {tag}",
        f"seatrobot {pid} {begun} {tag[:-1]}",
        f"seatrobot {pid} {begun} {'0' * len(tag)}",
    ):
        assert not is_ours(line(other)), other
    assert not is_ours(line(name, at=datetime.now(UTC) - timedelta(hours=1))), "before it began"


def test_other_lines_of_the_log_are_none(name):
    others = [
        "2026-11-30 00:00:00.000 UTC [1]  LOG:  database system is ready to accept connections\n",
        "2026-11-30 00:00:00.000 UTC [1] x ERROR:  connection authorized: user=a database=b\n",
        line(name)[1:],
        "\n",
    ]
    assert not list(sessions.sessions(others))
