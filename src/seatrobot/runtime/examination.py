"""What the examiner may read, granted by the owner after each migration.

Of every table with a sealed column: its primary key, whose it is, and the sealed bytes, over all
organizations. Whole: the tables named here. Nothing else, so a table of later is covered by its
sealed column and a column in clear stays closed until somebody names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from seatrobot.runtime.roles import EXAMINER
from seatrobot.runtime.terminal import complain

if TYPE_CHECKING:
    from collections.abc import Iterable

WHOLE = {
    "providers_certificate",
    "providers_provider",
    "deletion_deletion",
    "devices_device",
    "grants_rule",
    "grants_staff_grant",
    "organizations_membership",
    "practices_sign_in_count",
    "django_migrations",
    "journal_entry",
    "promises_attestation",
    "promises_change",
    "promises_day",
    "promises_evidence",
    "promises_signing_key",
    "accounts_background_check",
    "accounts_sign_in",
    "accounts_staff_member",
    "accounts_sign_in_count",
    "heads_head",
    "heads_stream",
    "journal_checkpoint",
    "journal_leaf",
    "personnel_edition",
    "personnel_result",
    "personnel_signature",
}
WHOSE = {"organization_id", "account_id"}
OURS = """
    SELECT relname, relrowsecurity FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND pg_get_userbyid(relowner) = current_user
"""
POLICY = "CREATE POLICY {policy} ON {table} FOR SELECT TO {examiner} USING (true)"


def admit(owner_url: str) -> None:
    """Grant the examiner what it may read and nothing else; harmless to repeat.

    Where the role is missing (a server prepared by an earlier version) a sentence says so.
    """
    with psycopg.connect(owner_url) as owner:
        if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [EXAMINER]).fetchone():
            complain(
                f"The role {EXAMINER} is missing, so nothing looks from outside; "
                "run `seatrobot database prepare` again, then `seatrobot migrate`."
            )
            return
        guarded: dict[str, bool] = dict(owner.execute(OURS).fetchall())
        known = {name for (name,) in owner.execute("SELECT polname FROM pg_policy")}
        owner.execute(_statement("REVOKE ALL ON {tables} FROM {examiner}", tables=guarded))
        owner.execute(_statement("GRANT SELECT ON {tables} TO {examiner}", tables=WHOLE))
        for table, columns in sealed_columns().items():
            grant = "GRANT SELECT ({columns}) ON {table} TO {examiner}"
            owner.execute(_statement(grant, columns=columns, table=[table]))
        for table in WHOLE | sealed_columns().keys():
            policy = f"{table}_examine"
            if guarded[table] and policy not in known:
                owner.execute(_statement(POLICY, policy=[policy], table=[table]))


def sealed_columns() -> dict[str, list[str]]:
    """Return, for each table with sealed data, the columns of it that the examiner may read."""
    from seatrobot.kernel.vault.fields import SealedField, sealed_fields

    return {
        field.model._meta.db_table: [
            str(each.column)
            for each in field.model._meta.local_concrete_fields
            if each.primary_key or each.column in WHOSE or isinstance(each, SealedField)
        ]
        for field in sealed_fields()
    }


def _statement(text: str, **names: Iterable[str]) -> sql.Composed:
    lists = {key: sql.SQL(", ").join(map(sql.Identifier, each)) for key, each in names.items()}
    return sql.SQL(text).format(examiner=sql.Identifier(EXAMINER), **lists)
