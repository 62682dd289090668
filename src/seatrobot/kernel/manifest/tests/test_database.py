"""The list of what was built is what the migrations make, and nothing else goes unnoticed."""

from __future__ import annotations

import psycopg
import pytest

from seatrobot.kernel.examiner import examining
from seatrobot.kernel.manifest import database
from seatrobot.practices.checks import definitions

ADD_A_FUNCTION = """
    CREATE FUNCTION public.f() RETURNS {returns} LANGUAGE plpgsql {more} AS 'BEGIN {body} END';
"""
TRIGGER_FUNCTION = ADD_A_FUNCTION.format(returns="trigger", more="", body="RETURN NULL;")
DEFINER = ADD_A_FUNCTION.format(
    returns="bigint", more="SECURITY DEFINER", body="RETURN (SELECT count(*) FROM guests_guest);"
)
GUARD = "current_setting('seatrobot.account', true) = 'abc'"

FAULTS = {
    "row-level security off": "ALTER TABLE seating_rule DISABLE ROW LEVEL SECURITY",
    "row-level security not forced": "ALTER TABLE guests_guest NO FORCE ROW LEVEL SECURITY",
    "a policy that lets through": "ALTER POLICY seating_rule_tenant ON seating_rule USING (true)",
    "a back door on an empty table": "CREATE POLICY x ON organizations_invitation FOR SELECT"
    " USING (organization_id IS NOT NULL)",
    "a back door for an account": f"CREATE POLICY x ON guests_guest FOR SELECT USING ({GUARD})",
    "a scope that holds nobody": "ALTER POLICY guests_party_scope ON guests_party"
    " USING (id IS NOT NULL)",
    "a function of somebody else's": DEFINER + "GRANT EXECUTE ON FUNCTION f TO seatrobot_app",
    "a view": "CREATE VIEW public.v AS SELECT * FROM guests_guest;"
    " GRANT SELECT ON v TO seatrobot_app",
    "a table": "CREATE TABLE public.notes (org uuid, name text)",
    "a column": "ALTER TABLE guests_guest ADD clear_name text",
    "a schema": "CREATE SCHEMA backup; CREATE TABLE backup.names (n text)",
    "a right of the examiner": "GRANT UPDATE ON guests_guest TO seatrobot_examiner",
    "a right on a column": "GRANT UPDATE (opened) ON journal_entry TO seatrobot_app",
    "a role past every policy": "CREATE ROLE reporting LOGIN BYPASSRLS",
    "triggers that are off": "ALTER TABLE journal_entry DISABLE TRIGGER USER",
    "foreign keys that are off": "ALTER TABLE guests_guest DISABLE TRIGGER ALL",
    "a trigger that fires for replicas": "ALTER TABLE journal_entry"
    " ENABLE REPLICA TRIGGER journal_grows",
    "a trigger": TRIGGER_FUNCTION + "CREATE TRIGGER aaa BEFORE INSERT ON journal_entry"
    " FOR EACH ROW EXECUTE FUNCTION f()",
    "a rule": "CREATE RULE r AS ON INSERT TO journal_entry DO INSTEAD NOTHING",
    "the body of our own function": "CREATE OR REPLACE FUNCTION journal_refuses() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "a login event trigger": ADD_A_FUNCTION.format(returns="event_trigger", more="", body="")
    + "CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION f()",
    "somebody who may insert evidence": "CREATE ROLE eve LOGIN; GRANT seatrobot_recorder TO eve",
    "a membership": "GRANT seatrobot_owner TO seatrobot_app",
    "a role of PostgreSQL's": "GRANT pg_read_server_files TO seatrobot_app",
    "a setting of a role": "ALTER ROLE seatrobot_app SET session_replication_role = replica",
    "a search path of the examiner": "ALTER ROLE seatrobot_examiner SET search_path = evil, public",
    "a setting of the database": "ALTER DATABASE seatrobot SET row_security = off",
    "a right on a catalog": "GRANT SELECT ON pg_authid TO seatrobot_app",
    "a right on a function of the system": "GRANT EXECUTE ON FUNCTION pg_read_file(text)"
    " TO seatrobot_app",
    "a function in the system's schema": "CREATE FUNCTION pg_catalog.zz() RETURNS int"
    " LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "a function of the system, replaced": "CREATE OR REPLACE FUNCTION pg_catalog.pg_relation_size"
    "(regclass) RETURNS bigint LANGUAGE sql STRICT AS 'SELECT 0::bigint'",
    "an index that is gone": "DROP INDEX journal_by_actor",
    "a CHECK that is gone": "ALTER TABLE guests_guest DROP CONSTRAINT guests_guest_reply_check",
    "a default": "ALTER TABLE guests_guest ALTER COLUMN id SET DEFAULT gen_random_uuid()",
    "a table that forgets": "ALTER TABLE subscribing_untold SET UNLOGGED",
    "a publication": "CREATE PUBLICATION p FOR ALL TABLES",
    "a foreign server": "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
    "rights on tables of later": "ALTER DEFAULT PRIVILEGES FOR ROLE seatrobot_owner"
    " IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
    "a right to set a parameter": "GRANT SET ON PARAMETER session_replication_role"
    " TO seatrobot_app",
    "another owner": "ALTER TABLE guests_guest OWNER TO seatrobot_app",
    "a table that inherits": "CREATE TABLE public.child () INHERITS (guests_guest)",
    "a comment": "COMMENT ON TABLE guests_guest IS 'Ada Lovelace'",
    "an operator": "CREATE FUNCTION public.mm(uuid, text) RETURNS bool LANGUAGE sql"
    " AS 'SELECT true'; CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = text, FUNCTION = mm)",
    "a large object": "SELECT lo_from_bytea(0, 'a')",
}


class Undone(Exception):
    """Ends a transaction of which nothing is to stay."""


@pytest.fixture
def examiner(django_db_setup):
    with examining() as connection:
        yield connection


def now_different(connection, *, is_embedded=True):
    """Return the differences as the transaction in progress sees them."""
    connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
    live = database.snapshot(connection, is_embedded=is_embedded)
    return database.compare(database.built(), live, is_embedded=is_embedded)


def test_the_list_is_what_the_migrations_make(examiner):
    assert definitions.compared(examiner).notes == [], "run: seatrobot database manifest"


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_more_less_or_other_is_found(fault, superuser_connection):
    """As a superuser, inside the fault's own transaction, which leaves nothing behind."""
    with pytest.raises(Undone), superuser_connection.transaction():
        superuser_connection.execute(FAULTS[fault])
        found = now_different(superuser_connection)
        of_ours = now_different(superuser_connection, is_embedded=False)
        assert found
        assert all(each.sentence for each in found)
        assert of_ours or fault in {
            "a function in the system's schema",
            "a function of the system, replaced",
            "a role past every policy",
        }
        raise Undone


def test_what_is_the_operators_own_by_right_does_not_count(superuser_connection):
    """An administrator who is no superuser cannot let the examiner look at the server."""
    with pytest.raises(Undone), superuser_connection.transaction():
        superuser_connection.execute(
            "REVOKE pg_read_all_settings FROM seatrobot_examiner;"
            " REVOKE SELECT ON pg_hba_file_rules, pg_ident_file_mappings, pg_file_settings"
            " FROM seatrobot_examiner;"
            " REVOKE EXECUTE ON FUNCTION pg_hba_file_rules(), pg_ident_file_mappings(),"
            " pg_show_all_file_settings() FROM seatrobot_examiner;"
            " CREATE ROLE colleague LOGIN; CREATE ROLE others; GRANT others TO colleague;"
            " ALTER ROLE colleague SET work_mem = '8MB';"
            " GRANT SET ON PARAMETER log_statement TO colleague;"
            " GRANT seatrobot_app TO colleague WITH ADMIN TRUE, INHERIT FALSE, SET FALSE"
        )
        assert now_different(superuser_connection, is_embedded=False) == []
        assert len(now_different(superuser_connection)) > 10
        raise Undone


def test_an_examiner_cannot_be_blinded(superuser_connection):
    """Not by a search path of its role; a client's own stands before it."""
    superuser_connection.execute(
        "CREATE SCHEMA evil; CREATE VIEW evil.pg_policy AS SELECT * FROM pg_policy WHERE false;"
        "GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT SELECT ON evil.pg_policy TO PUBLIC;"
        "ALTER ROLE seatrobot_examiner SET search_path = evil, pg_catalog, public"
    )
    try:
        with examining() as examiner:
            seen = examiner.execute("SELECT count(*) FROM pg_policy").fetchone()
            found = definitions.compared(examiner)
    finally:
        superuser_connection.execute(
            "ALTER ROLE seatrobot_examiner RESET search_path; DROP SCHEMA evil CASCADE"
        )
    assert seen[0] > 50
    assert any("evil.pg_policy" in note for note in found.notes)
    assert any("role setting {examiner}" in note for note in found.notes)


def test_an_examiner_sees_no_temporary_table_before_a_real_one(examiner):
    assert examiner.execute("SHOW search_path").fetchone() == ("pg_catalog,public,pg_temp",)


def test_a_difference_says_what_it_is_of(superuser_connection):
    with pytest.raises(Undone), superuser_connection.transaction():
        superuser_connection.execute(FAULTS["a trigger"])
        superuser_connection.execute(FAULTS["another owner"])
        found = definitions.Comparison(0, now_different(superuser_connection))
        sentences = [each.sentence for each in found.differences]
        assert any(each.startswith("more than was built: trigger public.j") for each in sentences)
        journal = found.of("journal_")
        assert 0 < len(journal.differences) < len(found.differences)
        assert not found.of("promises_").differences
        raise Undone


def test_a_database_that_lacks_a_migration_of_the_build_is_not_judged(superuser_connection):
    with pytest.raises(Undone), superuser_connection.transaction():
        superuser_connection.execute("DELETE FROM django_migrations WHERE app = 'guests'")
        assert definitions.compared(superuser_connection).is_behind
        raise Undone


def test_the_whole_comparison_is_one_statement_of_each_kind(examiner):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        examiner.execute("CREATE TABLE public.more ()")
    assert len(database.take(examiner, is_embedded=True)) > 1000
