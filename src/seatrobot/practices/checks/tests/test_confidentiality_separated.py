"""Organizations are kept apart by the database, and whatever weakens that is seen."""

from __future__ import annotations

import pytest

from seatrobot.events.models import Event
from seatrobot.grants.tests.asks import ask, end
from seatrobot.grants.tests.conftest import ask_accounts_alone, staff_member
from seatrobot.grants.tests.test_standing import visitor
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.kernel.tenancy.operations import EVENT_AND_PARTY, SHOWN_ORGANIZATION, narrowing
from seatrobot.practices.checks import confidentiality, definitions
from seatrobot.runtime import roles

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN = "NULLIF(current_setting('seatrobot.organization', true), '')::uuid"
FAULTS = {
    "no policy": ("DROP POLICY guests_guest_tenant ON guests_guest", "unguarded"),
    "no scope": ("DROP POLICY guests_guest_scope ON guests_guest", "unguarded"),
    "off": ("ALTER TABLE guests_guest DISABLE ROW LEVEL SECURITY", "unguarded"),
    "not forced": ("ALTER TABLE guests_guest NO FORCE ROW LEVEL SECURITY", "unguarded"),
    "open": ("CREATE POLICY open ON guests_guest USING (true)", "unguarded"),
    "a way around": (
        f"CREATE POLICY open ON guests_guest USING (organization_id = {SHOWN} OR true)",
        "unguarded",
    ),
    "a check that checks nothing": (
        "CREATE POLICY open ON guests_guest FOR INSERT WITH CHECK (true)",
        "unguarded",
    ),
    "a new table": ("CREATE TABLE forgotten (organization_id uuid)", "unguarded"),
    "bypass": (f"ALTER ROLE {roles.APP} BYPASSRLS", "rights"),
    "superuser": (f"ALTER ROLE {roles.APP} SUPERUSER", "rights"),
    "roles": (f"ALTER ROLE {roles.APP} CREATEROLE", "rights"),
    "owner": (f"ALTER TABLE guests_guest OWNER TO {roles.APP}", "rights"),
    "member of the owner": (f"GRANT {roles.OWNER} TO {roles.APP}", "rights"),
    "reads all": (f"GRANT pg_read_all_data TO {roles.APP}", "rights"),
    "triggers": (f"GRANT SET ON PARAMETER session_replication_role TO {roles.APP}", "rights"),
    "changes the journal": (f"GRANT DELETE ON journal_entry TO {roles.APP}", "rights"),
    "changes a column of the journal": (
        f"GRANT UPDATE (opened) ON journal_entry TO {roles.APP}",
        "rights",
    ),
    "changes hashes of the journal": (f"GRANT UPDATE ON journal_leaf TO {roles.APP}", "rights"),
    "deletes checkpoints": (f"GRANT DELETE ON journal_checkpoint TO {roles.APP}", "rights"),
    "a view of a superuser": (
        f"CREATE VIEW leak AS SELECT * FROM guests_guest; GRANT SELECT ON leak TO {roles.APP}",
        "rights",
    ),
    "a copy": (
        (
            "CREATE MATERIALIZED VIEW kept AS SELECT * FROM guests_guest;"
            f" GRANT SELECT ON kept TO {roles.APP}"
        ),
        "rights",
    ),
    "a copy elsewhere": (
        (
            "CREATE SCHEMA aside; CREATE TABLE aside.guests AS SELECT * FROM guests_guest;"
            f" GRANT USAGE ON SCHEMA aside TO {roles.APP};"
            f" GRANT SELECT ON aside.guests TO {roles.APP}"
        ),
        "rights",
    ),
    "a function with its owner's rights": (
        (
            "CREATE FUNCTION leak() RETURNS SETOF guests_guest LANGUAGE sql SECURITY DEFINER"
            " AS 'SELECT * FROM guests_guest'"
        ),
        "rights",
    ),
    "a check that writes into every organization": (
        (
            "CREATE POLICY open ON guests_guest FOR INSERT"
            f" WITH CHECK (organization_id = {SHOWN} OR 1 = 1)"
        ),
        "unguarded",
    ),
    "a disguised way around, of a table without rows": (
        (
            "CREATE POLICY open ON guests_guest FOR SELECT"
            f" USING (organization_id = {SHOWN} OR organization_id IS NOT NULL)"
        ),
        "unguarded",
    ),
    "a scope with a way around": (
        "DROP POLICY guests_guest_scope ON guests_guest;"
        + narrowing("guests_guest", EVENT_AND_PARTY).replace(
            "USING (", f"USING (organization_id = {SHOWN} OR "
        ),
        "unguarded",
    ),
    "a scope that holds for reading alone": (
        "DROP POLICY guests_guest_scope ON guests_guest;"
        + narrowing("guests_guest", EVENT_AND_PARTY, command="SELECT"),
        "unguarded",
    ),
}
MEND = f"""
    DROP POLICY IF EXISTS open ON guests_guest; DROP TABLE IF EXISTS forgotten;
    DROP VIEW IF EXISTS leak; DROP MATERIALIZED VIEW IF EXISTS kept;
    DROP SCHEMA IF EXISTS aside CASCADE; DROP FUNCTION IF EXISTS leak();
    REVOKE UPDATE (opened) ON journal_entry FROM {roles.APP};
    REVOKE UPDATE ON journal_leaf FROM {roles.APP};
    GRANT UPDATE (place) ON journal_leaf TO {roles.APP};
    REVOKE DELETE ON journal_checkpoint FROM {roles.APP};
    DROP POLICY IF EXISTS guests_guest_tenant ON guests_guest;
    DROP POLICY IF EXISTS guests_guest_scope ON guests_guest;
    {narrowing("guests_guest", EVENT_AND_PARTY)}
    ALTER TABLE guests_guest OWNER TO {roles.OWNER};
    ALTER TABLE guests_guest ENABLE ROW LEVEL SECURITY;
    ALTER TABLE guests_guest FORCE ROW LEVEL SECURITY;
    GRANT SELECT, INSERT, UPDATE, DELETE ON guests_guest TO {roles.APP};
    CREATE POLICY guests_guest_tenant ON guests_guest
      USING (organization_id = {SHOWN_ORGANIZATION})
      WITH CHECK (organization_id = {SHOWN_ORGANIZATION});
    ALTER ROLE {roles.APP} NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
    REVOKE {roles.OWNER}, pg_read_all_data FROM {roles.APP};
    REVOKE SET ON PARAMETER session_replication_role FROM {roles.APP};
    REVOKE DELETE ON journal_entry FROM {roles.APP};
"""


@pytest.fixture
def weakened(superuser_connection):
    yield superuser_connection
    superuser_connection.execute(MEND)
    with examining() as examiner:
        assert definitions.compared(examiner).notes == [], "mended as it was"


def test_nothing_is_wrong_with_the_schema_as_it_is(alice, charlie, dinner):
    found = confidentiality.separated()
    assert found.values.pop("tables") > 10
    assert found.values.pop("definitions") > 1000
    nothing = {"differences": 0, "unguarded": 0, "rights": 0, "rows": 0}
    assert found.values == nothing, found.notes


def test_grants_of_support_access_are_no_rows_of_others(alice, dinner, monkeypatch):
    """Rows of grants stay: asked, live and ended."""
    ask_accounts_alone(monkeypatch)
    dana = staff_member("Dana").pk
    row = ask(dana, alice.organization_id)
    assert confidentiality.separated().values["rows"] == 0
    with visitor(dana, row).acting():
        assert Event.objects.count() == 1
    end(dana, row)
    found = confidentiality.separated()
    assert found.values["rows"] == 0, found.notes


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_weakens_it_is_found(fault, weakened):
    statement, measure = FAULTS[fault]
    weakened.execute(statement)
    found = confidentiality.separated().values
    assert found[measure] >= 1
    assert found["differences"] >= 1


def test_a_row_in_the_list_of_migrations_hides_nothing(weakened):
    weakened.execute("ALTER TABLE guests_guest DISABLE ROW LEVEL SECURITY")
    weakened.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('guests', '0099_x', now())"
    )
    try:
        found = confidentiality.separated()
        with examining() as examiner:
            assert definitions.compared(examiner).of("journal_").differences
    finally:
        weakened.execute("DELETE FROM django_migrations WHERE name = '0099_x'")
    assert found.values["unguarded"] >= 1
    assert found.values["differences"] >= 2
    assert "more than was built: migration guests.0099_x (applied)." in found.notes


def test_a_database_before_its_upgrade_is_unproven_unless_something_is_wrong(weakened):
    row = ("guests", "0001_initial")
    weakened.execute("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", row)
    try:
        with pytest.raises(CannotMeasure, match="another version"):
            confidentiality.separated()
        weakened.execute("ALTER TABLE guests_guest DISABLE ROW LEVEL SECURITY")
        assert confidentiality.separated().values["unguarded"] >= 1
    finally:
        weakened.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", row
        )


def test_rows_that_the_application_sees_without_an_organization_are_counted(dinner, weakened):
    weakened.execute("ALTER TABLE events_event DISABLE ROW LEVEL SECURITY")
    try:
        found = confidentiality.separated()
    finally:
        weakened.execute("ALTER TABLE events_event ENABLE ROW LEVEL SECURITY")
    assert found.values["rows"] == 2  # once without an organization, once as a stranger
