"""A password moves from a URL into a file that libpq reads, and works from there."""

from __future__ import annotations

import psycopg
import pytest

from seatrobot.runtime import passwords, roles


@pytest.mark.parametrize("url", ["", "postgresql://app@/seatrobot?host=/run"])
def test_a_url_without_a_password_stays_as_it_is(url, tmp_path):
    assert passwords.moved(url, tmp_path / "app.pgpass") == url
    assert list(tmp_path.iterdir()) == []


def test_what_else_a_url_says_stays(tmp_path):
    url = "postgresql://app:se%3Acr%5Cet@db.example:5433/seatrobot?sslmode=verify-full"
    moved = passwords.moved(url, tmp_path / "kept" / "app.pgpass")
    file = tmp_path / "kept" / "app.pgpass"
    assert moved.startswith(
        "postgresql://app@db.example:5433/seatrobot?sslmode=verify-full&passfile="
    )
    assert file.read_text() == "*:*:*:*:se\\:cr\\\\et\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_libpq_finds_it(postgres, tmp_path):
    password = postgres.password(roles.APP)
    open_url = f"postgresql://{roles.APP}:{password}@/seatrobot?host={postgres.socket}"
    moved = passwords.moved(open_url, tmp_path / "app.pgpass")
    assert password not in moved
    with psycopg.connect(moved) as connection:
        assert connection.info.user == roles.APP


def test_a_new_password_replaces_the_old(tmp_path):
    file = passwords.written(tmp_path / "app.pgpass", "old")
    passwords.written(file, "new")
    assert file.read_text() == "*:*:*:*:new\n"
    assert list(tmp_path.iterdir()) == [file]
