"""Migration operations for row-level security, and for references that stay within one owner."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.db.migrations.operations import RunSQL

from seatrobot.kernel.tenancy.scopes import LEVELS, condition, shown, shown_organization

SHOWN_ORGANIZATION = shown_organization()
NAMED_ORGANIZATION = shown("organization")
"""The organization acted for, also while staff act without a grant: for what tells of them."""
SHOWN_ACCOUNT = shown("account")
SHOWN_EVENT = shown("event")

OWN_ACCOUNT = dict.fromkeys(LEVELS, f"account_id = {SHOWN_ACCOUNT}")
"""In every scope, the rows of the account that acts."""
OWN_ORGANIZATION = dict.fromkeys(LEVELS, f"organization_id = {SHOWN_ORGANIZATION}")
"""In every scope, the rows of the organization acted for."""
EVENT = {"event": "event_id"}
"""Rows of the event in its scope, and nothing in a narrower one."""
EVENT_AND_PARTY = {"event": "event_id", "party": "party_id"}
"""Rows of the event in its scope, of the party in the party's."""


class StaffWrites(StrEnum):
    """What staff do to the rows of a table in a unit of work of theirs, whatever Python asks for.

    Reading is `staff_organization`'s matter; a trigger holds the rest (`STAFF_HOLD`).
    """

    NOTHING = "nothing"
    ADDING = "adding"
    """By a grant that reads too: what is kept about the visit itself."""
    CHANGING = "changing"
    """Add and change, by a grant that says so."""
    REPLACING = "replacing"
    """The same, and delete: rows that come and go as something else is changed."""


def Guard(  # noqa: N802  reads as an operation
    table: str,
    *,
    see: str = "",
    column: str = "organization_id",
    scopes: Mapping[str, str] | None = None,
    staff: StaffWrites = StaffWrites.NOTHING,
) -> RunSQL:
    """Force row-level security on a table: only rows of the shown organization, for everybody.

    see: a further SQL condition under which rows may be seen (never changed), such as a person's
    own memberships. scopes: what a narrow actor sees of it, see `scopes.condition`; nothing
    unless it is said. staff: what staff do to its rows; nothing unless it is said.
    """
    own = f"{column} = {SHOWN_ORGANIZATION}"
    more = f"CREATE POLICY {table}_see ON {table} FOR SELECT USING ({see});" if see else ""
    policies = f"CREATE POLICY {table}_tenant ON {table} USING ({own}) WITH CHECK ({own}); {more}"
    policies += held_from_staff(table, staff)
    return _secure(table, policies, narrowing(table, scopes, by_grant=not see))


def Narrow(table: str, *, scopes: Mapping[str, str] | None = None) -> RunSQL:  # noqa: N802  reads as an operation
    """Keep a table open that belongs to no organization, and close it to narrow actors.

    scopes: what they see of it all the same.
    """
    policies = f"CREATE POLICY {table}_open ON {table} USING (true);"
    return _secure(table, policies, narrowing(table, scopes))


def narrowing(
    table: str,
    scopes: Mapping[str, str] | None = None,
    *,
    command: str = "ALL",
    by_grant: bool = False,
) -> str:
    """Return SQL for the restrictive policy of a table whose other policies are its own.

    command: what it holds for; SELECT where a narrow actor adds rows that it does not see.
    by_grant: see `scopes.condition`.
    """
    seen = condition(scopes or {}, by_grant=by_grant)
    return f"CREATE POLICY {table}_scope ON {table} AS RESTRICTIVE FOR {command} USING ({seen});"


def held_from_staff(table: str, staff: StaffWrites) -> str:
    """Return SQL for the trigger that stops what staff may not do to the rows of a table.

    For everybody else a statement costs the reading of one setting.
    """
    commands = "UPDATE OR DELETE" if staff == StaffWrites.ADDING else "INSERT OR UPDATE OR DELETE"
    return f"""
        CREATE TRIGGER {table}_staff BEFORE {commands} ON {table} FOR EACH STATEMENT
          WHEN (coalesce(current_setting('seatrobot.staff', true), '') <> '')
          EXECUTE FUNCTION tenancy_hold_staff('{staff}');
    """


def _secure(table: str, policies: str, narrow: str) -> RunSQL:
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        {policies}
        {narrow}
        """,
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def Referable(table: str, *owners: str) -> RunSQL:  # noqa: N802  reads as an operation
    """Let other tables refer to a row together with its owners, see `Reference`."""
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_identity UNIQUE (id, {', '.join(owners)});",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_identity;",
    )


def Reference(table: str, column: str, to: str, *owners: str, cascade: bool = False) -> RunSQL:  # noqa: N802  reads as an operation
    """Make a foreign key that holds the owners of both rows too: organization, event, room.

    Row-level security looks at each row's own columns alone, and the check of a plain foreign key
    sees the rows of everybody; a reference to a row of another organization or event would pass
    both. cascade: whether the database deletes the row together with what it refers to, where no
    model does.
    """
    name = f"{table}_{column.removesuffix('_id')}_owned"
    more = "".join(f", {owner}" for owner in owners)
    return RunSQL(
        f"""
        ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}{more})
          REFERENCES {to} (id{more}) {"ON DELETE CASCADE" if cascade else ""}
          DEFERRABLE INITIALLY DEFERRED;
        """,
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def OfOrganization(table: str) -> RunSQL:  # noqa: N802  reads as an operation
    """Let rows go with their organization, though the application may not delete them.

    The model's reference has `db_constraint=False` and `DO_NOTHING`.
    """
    name = f"{table}_organization_owned"
    return RunSQL(
        f"""
        ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (organization_id)
          REFERENCES organizations_organization (id) ON DELETE CASCADE
          DEFERRABLE INITIALLY DEFERRED;
        """,
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


STAFF_SEE_NOTHING = """
CREATE FUNCTION staff_organization() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT NULL::uuid $$;
CREATE FUNCTION staff_may_change() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT false $$;
CREATE FUNCTION staff_events() RETURNS uuid[] LANGUAGE sql STABLE AS $$ SELECT '{}'::uuid[] $$;
"""
"""The organization that staff see at this moment, whether they may change something there, and
the events of it that their grant is for.

`grants` gives the functions their bodies.
"""

STAFF_HOLD = """
CREATE FUNCTION tenancy_hold_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_ARGV[0] NOT IN ('changing', 'replacing') THEN
    RAISE EXCEPTION 'staff do not change %', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' AND TG_ARGV[0] <> 'replacing' THEN
    RAISE EXCEPTION 'staff delete nothing of %', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT coalesce(staff_may_change(), false) THEN
    RAISE EXCEPTION 'no live grant lets these staff change %', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
"""
"""What the trigger of each table does while staff act, see `StaffWrites`."""

NOTE_DELETIONS = """
CREATE TABLE tenancy_deletion (
    organization_id uuid NOT NULL,
    list_id uuid NOT NULL,
    relation text NOT NULL,
    changed_xid xid8 NOT NULL,
    PRIMARY KEY (list_id, relation)
);
CREATE FUNCTION tenancy_note_deletions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO tenancy_deletion (organization_id, list_id, relation, changed_xid)
            SELECT DISTINCT organization_id, %1$I, %2$L, pg_current_xact_id() FROM gone
            ORDER BY %1$I
        ON CONFLICT (list_id, relation) DO UPDATE
            SET changed_xid = greatest(tenancy_deletion.changed_xid, excluded.changed_xid)',
        TG_ARGV[0], TG_TABLE_NAME);
    RETURN NULL;
END $$;
CREATE FUNCTION tenancy_note_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO tenancy_deletion (organization_id, list_id, relation, changed_xid)
            VALUES (($1).organization_id, ($1).%I, %L, pg_current_xact_id())
        ON CONFLICT (list_id, relation) DO UPDATE
            SET changed_xid = greatest(tenancy_deletion.changed_xid, excluded.changed_xid)',
        TG_ARGV[0], TG_TABLE_NAME) USING OLD;
    RETURN NULL;
END $$;
"""
"""Which transaction took rows of a table away from a list last, for kernel.lists.

Counting the rows of 10,000 guests and their parties took more than all else of reading a list.
"""


def NoteChanges(  # noqa: N802, PLR0913  reads as an operation
    table: str,
    *,
    column: str,
    include: str = "",
    where: str = "",
    emptied: str = "",
    listed: bool = True,
) -> RunSQL:
    """Keep the transaction that changed a row last in `changed_xid`, for kernel.lists.

    listed: note in tenancy_deletion, too, which one took rows away.

    column: what rows are read by, together with the transaction. include: further columns of that
    index, so that counting needs no look at the table. where: which rows alone are read. emptied:
    a column without which a row is in no list.
    """
    covered = f" INCLUDE ({include})" if include else ""
    partly = f" WHERE {where}" if where else ""
    left = f"OLD.{column} IS DISTINCT FROM NEW.{column}"
    if emptied:
        left += f" OR OLD.{emptied} IS NOT NULL AND NEW.{emptied} IS NULL"
    leaving = f"""
        CREATE TRIGGER {table}_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION tenancy_note_deletions('{column}');
        CREATE TRIGGER {table}_left AFTER UPDATE ON {table}
            FOR EACH ROW WHEN ({left}) EXECUTE FUNCTION tenancy_note_emptied('{column}');
        """
    return RunSQL(
        f"""
        ALTER TABLE {table} ADD COLUMN changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
        CREATE INDEX {table}_changed ON {table} ({column}, changed_xid){covered}{partly};
        CREATE OR REPLACE FUNCTION tenancy_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.changed_xid := pg_current_xact_id();
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_changed BEFORE UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION tenancy_note_change();
        {leaving if listed else ""}
        """,
        f"""
        DROP TRIGGER IF EXISTS {table}_gone ON {table};
        DROP TRIGGER IF EXISTS {table}_left ON {table};
        DROP TRIGGER {table}_changed ON {table};
        ALTER TABLE {table} DROP COLUMN changed_xid;
        """,
    )
