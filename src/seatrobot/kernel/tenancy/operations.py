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


def NoteChanges(table: str, *, column: str, include: str = "") -> RunSQL:  # noqa: N802  reads as an operation
    """Keep the transaction that changed a row last in `changed_xid`, for kernel.lists.

    column: what rows are read by, together with the transaction. include: further columns of that
    index, so that counting needs no look at the table.
    """
    covered = f" INCLUDE ({include})" if include else ""
    return RunSQL(
        f"""
        ALTER TABLE {table} ADD COLUMN changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX {table}_changed ON {table} ({column}, changed_xid){covered};
        CREATE OR REPLACE FUNCTION tenancy_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.changed_xid := pg_current_xact_id();
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION tenancy_note_change();
        """,
        f"""
        DROP TRIGGER {table}_changed ON {table};
        ALTER TABLE {table} DROP COLUMN changed_xid;
        """,
    )
