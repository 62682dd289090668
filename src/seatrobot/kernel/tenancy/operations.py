"""Migration operations for row-level security."""

from django.db.migrations.operations import RunSQL

SHOWN_ORGANIZATION = "NULLIF(current_setting('seatrobot.organization', true), '')::uuid"
SHOWN_ACCOUNT = "NULLIF(current_setting('seatrobot.account', true), '')::uuid"


def Guard(table: str, *, see: str = "", column: str = "organization_id") -> RunSQL:  # noqa: N802  reads as an operation
    """Force row-level security on a table: only rows of the shown organization, for everybody.

    see: a further SQL condition under which rows may be seen (never changed), such as a person's
    own memberships.
    """
    own = f"{column} = {SHOWN_ORGANIZATION}"
    more = f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({see});" if see else ""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY {table}_tenant ON {table} USING ({own}) WITH CHECK ({own});
        {more}
        """,
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )
