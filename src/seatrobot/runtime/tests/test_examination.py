"""The examiner sees structure and sealed bytes of everybody, nothing in clear; it writes none."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction

from seatrobot.accounts.models import Account
from seatrobot.conftest import founder
from seatrobot.kernel.examiner import NoExaminer, examining
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.runtime import examination, roles, schema
from seatrobot.runtime.database import OTHERWISE

SEALED = {
    model._meta.db_table: field.column
    for model in apps.get_models()
    for field in model._meta.local_concrete_fields
    if isinstance(field, SealedField)
}


@pytest.fixture
def examiner(django_db_setup):
    with examining() as connection:
        yield connection


def test_there_are_sealed_tables_to_look_at():
    assert {"guests_guest", "accounts_account", "journal_entry"} <= SEALED.keys()


@pytest.mark.parametrize(("table", "column"), SEALED.items())
def test_every_sealed_table_is_covered(table, column, examiner, superuser_connection):
    examiner.execute(f"SELECT {column} FROM {table} LIMIT 1")
    guarded = superuser_connection.execute(
        "SELECT relrowsecurity FROM pg_class WHERE relname = %s", [table]
    ).fetchone()
    seen = superuser_connection.execute(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy"
        " WHERE polrelid = %s::regclass AND polroles = ARRAY[%s::regrole::oid] AND polcmd = 'r'",
        [table, roles.EXAMINER],
    ).fetchall()
    assert seen == ([("true",)] if guarded == (True,) else [])


@pytest.mark.django_db(transaction=True)
def test_sealed_bytes_of_every_organization_are_seen(examiner):
    ours = {founder("Alice", "Foundation").organization_id} | {
        founder("Charlie", "Competitor").organization_id
    }
    rows = examiner.execute("SELECT id, sealed FROM organizations_organization").fetchall()
    assert {row[0] for row in rows} == ours
    assert all(b"Foundation" not in bytes(row[1]) for row in rows)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password FROM accounts_account",
        "SELECT * FROM accounts_account",
        "SELECT session_data FROM accounts_session",
        "SELECT key_hash FROM accounts_session",
        "SELECT status FROM guests_guest",
        "SELECT code_hash FROM accounts_recovery_code",
        "SELECT 1 FROM organizations_setup_link",
        "SELECT 1 FROM procrastinate_jobs",
    ],
)
def test_nothing_in_clear_is_seen(statement, examiner):
    with pytest.raises(InsufficientPrivilege):
        examiner.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO journal_entry (id) VALUES (gen_random_uuid())",
        "UPDATE accounts_sign_in SET outcome = ''",
        "DELETE FROM guests_guest",
        "TRUNCATE guests_guest",
        "CREATE TABLE mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE SCHEMA mine",
        "SELECT nextval('procrastinate_jobs_id_seq')",
        "GRANT seatrobot_owner TO seatrobot_examiner",
        "SET ROLE seatrobot_app",
    ],
)
def test_nothing_is_written(statement, examiner, postgres):
    with pytest.raises((ReadOnlySqlTransaction, InsufficientPrivilege)):
        examiner.execute(statement)
    with psycopg.connect(postgres.url(roles.EXAMINER)) as writing:  # without our own settings
        with pytest.raises(InsufficientPrivilege):
            writing.execute(statement)


def test_it_owns_nothing_and_passes_no_policy(examiner):
    examiner.execute("SELECT FROM django_migrations")
    row = examiner.execute(
        f"SELECT {roles.UNSAFE}, EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row == (False, False)


@pytest.mark.django_db
def test_a_right_too_many_is_taken_back(owner_connection, postgres, examiner):
    owner_connection.execute(f"GRANT SELECT (password) ON accounts_account TO {roles.EXAMINER}")
    examiner.execute("SELECT password FROM accounts_account")
    examination.admit(postgres.url(roles.OWNER))
    with pytest.raises(InsufficientPrivilege):
        examiner.execute("SELECT password FROM accounts_account")
    assert not Account.objects.exists()  # the application's own rights are as before


def test_a_database_that_another_build_made_is_said_at_the_start(owner_connection, postgres):
    url = postgres.url(roles.OWNER)
    assert schema.otherwise(url) == ""
    owner_connection.execute("CREATE TABLE of_another_build (number integer)")
    try:
        said = schema.otherwise(url)
    finally:
        owner_connection.execute("DROP TABLE of_another_build")
    assert said.startswith(OTHERWISE)
    assert "more than was built" in said
    assert "of_another_build" in said


def test_where_the_role_is_missing_a_sentence_says_so(
    postgres, monkeypatch, capfd, django_db_setup
):
    monkeypatch.setattr(examination, "EXAMINER", "seatrobot_nobody")
    examination.admit(postgres.url(roles.OWNER))
    assert "The role seatrobot_nobody is missing" in capfd.readouterr().err


def test_without_a_url_there_is_no_examiner(settings):
    settings.EXAMINER_URL = ""
    with pytest.raises(NoExaminer, match="DATABASE_EXAMINER_URL is not set"), examining():
        pass
