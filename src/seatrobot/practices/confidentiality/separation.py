"""Whether the database keeps organizations apart, seen by the examiner and by the application."""

from __future__ import annotations

from uuid import UUID

from django.apps import apps
from django.db import connection
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.declaring import Found
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.tenancy import looking, rights
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.practices.probe.models import Probe

MOST_ROWS = 1000
"""How many foreign rows are counted of each table; one is too many."""
ORGANIZATIONS = "organizations_organization"

READABLE = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)
      AND has_table_privilege(oid, 'SELECT')
    ORDER BY relname
"""
COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM {table} WHERE {column} IS DISTINCT FROM %s::uuid LIMIT %s
    ) AS seen
"""


def look() -> Found:
    """Return tables that are not guarded, rights of the application too many, rows too many."""
    role = str(connection.settings_dict["USER"])
    with examining() as outside:
        tables = looking.tables(outside, role, _customer_data())
        beyond = rights.faults(outside, role)
    weak = [table for table in tables if table.faults]
    names = [table.name for table in tables]
    unasked, foreign = rows_without_an_organization(names), foreign_rows(names)
    notes = [f"{table.name}: {', '.join(table.faults)}" for table in weak]
    notes += [f"The application's role {fault}." for fault in beyond]
    notes += [f"{name}: {count} rows without an organization" for name, count in unasked.items()]
    notes += [f"{name}: {count} rows of another organization" for name, count in foreign.items()]
    return Found(
        {
            "tables": len(tables),
            "unguarded": len(weak),
            "rights": len(beyond),
            "rows": sum(unasked.values()) + sum(foreign.values()),
        },
        notes,
    )


def rows_without_an_organization(tables: list[str]) -> dict[str, int]:
    """Return of each table how many rows the application sees when it names no organization."""
    with acting(ACTOR):
        return _counted(tables, None)


def foreign_rows(tables: list[str]) -> dict[str, int]:
    """Return of each table how many rows of others it sees when it acts for one.

    For the one kept for examinations, or one that there is not while nobody uses the instance.
    """
    probe = Probe.objects.first()
    organization_id = probe.organization_id if probe else new_id()
    with acting(ACTOR, organization_id):
        return _counted(tables, organization_id)


def _counted(tables: list[str], but: UUID | None) -> dict[str, int]:
    """Count rows, but for those of one organization, in each table that may be read at all."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(READABLE, [tables])
        for (name,) in cursor.fetchall():
            column = "id" if name == ORGANIZATIONS else "organization_id"
            names = {"table": sql.Identifier(name), "column": sql.Identifier(column)}
            cursor.execute(sql.SQL(COUNT).format(**names), [but, MOST_ROWS])
            if count := cursor.fetchone()[0]:
                found[name] = int(count)
    return found


def _customer_data() -> list[str]:
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    return [ORGANIZATIONS, *(model._meta.db_table for model in models)]
