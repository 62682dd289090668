"""The application starts only as a role that row-level security holds."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from seatrobot.runtime import guard, roles
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.postgres import ADMINISTRATOR


@pytest.fixture
def eve(superuser_connection, postgres):
    """A role with nothing wrong, its URL, and a way to make it wrong."""
    name = sql.Identifier("eve")
    superuser_connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, postgres.password("eve"))
    )
    superuser_connection.execute(sql.SQL("GRANT CONNECT ON DATABASE seatrobot TO {}").format(name))
    yield postgres.url("eve")
    superuser_connection.execute(sql.SQL("DROP OWNED BY {}").format(name))
    superuser_connection.execute(sql.SQL("DROP ROLE {}").format(name))


def test_the_application_role_is_accepted(django_db_setup, postgres):
    guard.check(postgres.url(roles.APP))


def test_a_plain_role_is_accepted(eve):
    guard.check(eve)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("ALTER ROLE eve SUPERUSER", "eve is a superuser"),
        ("ALTER ROLE eve BYPASSRLS", "eve has BYPASSRLS"),
        ("CREATE TABLE of_eve (); ALTER TABLE of_eve OWNER TO eve", "owns the table of_eve"),
        ("GRANT seatrobot_owner TO eve", "may act as seatrobot_owner, which owns tables"),
        ("GRANT seatrobot_owner TO eve WITH INHERIT FALSE", "may act as seatrobot_owner"),
        ("GRANT postgres TO eve", "may act as postgres"),
        ("GRANT seatrobot_examiner TO eve", "which sees every organization"),
        ("GRANT seatrobot_recorder TO eve", "which inserts evidence"),
    ],
)
def test_a_role_that_could_pass_row_level_security_is_refused(
    wrong, sentence, eve, superuser_connection
):
    superuser_connection.execute(wrong)
    with pytest.raises(RefusedError, match=sentence):
        guard.check(eve)


def test_the_owner_and_the_administrator_are_refused(django_db_setup, postgres):
    for role, sentence in ((roles.OWNER, "owns the table"), (ADMINISTRATOR, "is a superuser")):
        with pytest.raises(RefusedError, match=sentence):
            guard.check(postgres.url(role))


def test_a_database_that_does_not_answer_is_named(tmp_path):
    with pytest.raises(RefusedError, match="does not answer"):
        guard.check(f"postgresql://eve@/seatrobot?host={tmp_path}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine ()",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine ()",
        "TRUNCATE accounts_account",
        "ALTER TABLE accounts_account DISABLE ROW LEVEL SECURITY",
        "DELETE FROM django_migrations",
        "SET ROLE seatrobot_owner",
        "SET SESSION AUTHORIZATION postgres",
        "COPY accounts_account TO PROGRAM 'cat'",
    ],
)
def test_the_application_role_may_only_use_rows(statement, django_db_setup, postgres):
    with (
        psycopg.connect(postgres.url(roles.APP)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)
