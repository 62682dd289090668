"""The tests' database: one real PostgreSQL for the run, migrated as owner, used as application.

The server starts with the first test that asks for the database. Nothing but loopback and Unix
sockets can be reached.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
import hypothesis
import psycopg
import pytest
from pytest_socket import socket_allow_hosts

from seatrobot.kernel.vault.holding import process
from seatrobot.runtime import database, roles, schema
from seatrobot.runtime.config import Config
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

DATA = Path(tempfile.mkdtemp(prefix="seatrobot-test-"))
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
SERVER = EmbeddedPostgres(
    DATA / "postgresql",
    {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal"}
    | {"max_wal_senders": "0", "shared_buffers": "64MB", "logging_collector": "off"},
)
SERVER.directory.mkdir(mode=0o700)
(DATA / "static").mkdir()
for name in [name for name in os.environ if name.startswith("SEATROBOT_")]:
    del os.environ[name]
ENVIRONMENT = {
    "SEATROBOT_DATA": str(DATA),
    "DATABASE_URL": SERVER.url(roles.APP),
    "DATABASE_OWNER_URL": SERVER.url(roles.OWNER),
    "DATABASE_EXAMINER_URL": SERVER.url(roles.EXAMINER),
    "DATABASE_RECORDER_URL": SERVER.url(roles.RECORDER),
    "DJANGO_SETTINGS_MODULE": "seatrobot.settings",
}
os.environ |= ENVIRONMENT
Config.from_env().first_run()


hypothesis.settings.register_profile("seatrobot", deadline=None)  # behaviour, never time
hypothesis.settings.load_profile("seatrobot")
process.is_named = (
    True  # this process is an instance's no more than another: one test says otherwise
)
django.setup()  # conftest files below this one import models


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Hand no environment on to the processes of pytest-xdist: each has a database of its own."""
    is_controller = not hasattr(session.config, "workerinput")
    if is_controller and session.config.getoption("dist", "no") != "no":
        for name in ENVIRONMENT:
            del os.environ[name]


def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def umask_as_it_was() -> Iterator[None]:
    """A command that a test runs in this process closes new files to others; the next test not."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def no_published_heads() -> None:
    """What was published of another test's database says nothing of this one's."""
    shutil.rmtree(DATA / "heads", ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The server with its four roles and an empty database."""
    database.start(SERVER)
    yield SERVER
    SERVER.stop()


@pytest.fixture(scope="session")
def django_db_setup(
    postgres: EmbeddedPostgres, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Migrate as the owner; from then on Django is connected as the application."""
    from django.db import connections
    from django.test import TransactionTestCase

    from seatrobot.kernel.manifest import database as manifest

    with django_db_blocker.unblock():
        schema.migrate(postgres.url(roles.OWNER), verbosity=0)
    manifest.built().update(differently_set())
    with (
        psycopg.connect(postgres.url(ADMINISTRATOR), autocommit=True) as superuser,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty(superuser))
        yield
    with django_db_blocker.unblock():
        connections.close_all()


def differently_set() -> dict[tuple[str, str], list[str]]:
    """Return what the manifest of the database says of a server with the settings of tests."""
    from seatrobot.kernel.manifest import database as manifest

    with psycopg.connect(SERVER.url(roles.EXAMINER), autocommit=True) as examiner:
        live = manifest.take(examiner, is_embedded=True)
    names = {("setting", name) for name in ("shared_buffers", *SERVER.settings)}
    return {key: live.get(key, []) for key in names}


def empty(superuser: psycopg.Connection) -> None:
    """Delete what a transactional test left; the application may neither truncate nor alter.

    Deleting does not wait for readers as TRUNCATE would, and in the role of a replica neither
    triggers nor foreign keys nor policies stand in the way.
    """
    superuser.execute("""
        DO $$
        DECLARE place regclass;
        BEGIN
            SET LOCAL session_replication_role = replica;
            SET LOCAL lock_timeout = '20s';
            FOR place IN
                SELECT oid FROM pg_class
                WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
                  AND NOT relispartition
                  AND relname NOT IN
                      ('django_migrations', 'django_content_type', 'auth_permission')
            LOOP EXECUTE format('DELETE FROM %s', place); END LOOP;
        END $$
    """)


@pytest.fixture
def superuser_connection(
    django_db_setup: None, postgres: EmbeddedPostgres
) -> Iterator[psycopg.Connection]:
    """PostgreSQL as its administrator, in autocommit: sees and may do everything."""
    with psycopg.connect(postgres.url(ADMINISTRATOR), autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner_connection(
    django_db_setup: None, postgres: EmbeddedPostgres
) -> Iterator[psycopg.Connection]:
    """PostgreSQL as the role that owns the schema, in autocommit."""
    with psycopg.connect(postgres.url(roles.OWNER), autocommit=True) as connection:
        yield connection
