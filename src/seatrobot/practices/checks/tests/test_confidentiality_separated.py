"""Organizations are kept apart by the database, and whatever weakens that is seen."""

from __future__ import annotations

import pytest

from seatrobot.kernel.tenancy.operations import EVENT_AND_PARTY, narrowing
from seatrobot.practices.checks import confidentiality
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
}
MEND = f"""
    DROP POLICY IF EXISTS open ON guests_guest; DROP TABLE IF EXISTS forgotten;
    DROP POLICY IF EXISTS guests_guest_tenant ON guests_guest;
    DROP POLICY IF EXISTS guests_guest_scope ON guests_guest;
    {narrowing("guests_guest", EVENT_AND_PARTY)}
    ALTER TABLE guests_guest OWNER TO {roles.OWNER};
    ALTER TABLE guests_guest ENABLE ROW LEVEL SECURITY;
    ALTER TABLE guests_guest FORCE ROW LEVEL SECURITY;
    GRANT SELECT, INSERT, UPDATE, DELETE ON guests_guest TO {roles.APP};
    CREATE POLICY guests_guest_tenant ON guests_guest
      USING (organization_id = {SHOWN}) WITH CHECK (organization_id = {SHOWN});
    ALTER ROLE {roles.APP} NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
    REVOKE {roles.OWNER}, pg_read_all_data FROM {roles.APP};
    REVOKE SET ON PARAMETER session_replication_role FROM {roles.APP};
    REVOKE DELETE ON journal_entry FROM {roles.APP};
"""


@pytest.fixture
def weakened(superuser_connection):
    yield superuser_connection
    superuser_connection.execute(MEND)


def test_nothing_is_wrong_with_the_schema_as_it_is(alice, charlie, dinner):
    found = confidentiality.separated()
    assert found.values.pop("tables") > 10
    assert found.values == {"unguarded": 0, "rights": 0, "rows": 0}, found.notes


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_weakens_it_is_found(fault, weakened):
    statement, measure = FAULTS[fault]
    weakened.execute(statement)
    assert confidentiality.separated().values[measure] >= 1


def test_rows_that_the_application_sees_without_an_organization_are_counted(dinner, weakened):
    weakened.execute("ALTER TABLE events_event DISABLE ROW LEVEL SECURITY")
    try:
        found = confidentiality.separated()
    finally:
        weakened.execute("ALTER TABLE events_event ENABLE ROW LEVEL SECURITY")
    assert found.values["rows"] == 2  # once without an organization, once as a stranger
