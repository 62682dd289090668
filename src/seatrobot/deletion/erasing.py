"""Deleting the rows of an organization: in parts, so that nobody else waits, and then the rest.

Large tables go first and in parts of some thousand rows, each a transaction, with a pause after it
as long as the part took. What holds each other (an event and its first activity) goes with the
organization's own row in the last transaction. All of it can be stopped anywhere and begun again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, connection
from psycopg import sql

from seatrobot.accounts.models import Account, StaffMember
from seatrobot.deletion.declarations import ORGANIZATIONS, OWNER_COLUMN, Place, declared
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.organizations.models import Membership

ACTOR = Actor.system("deletion")
PART = 2000
"""Rows deleted in one transaction."""
LONGEST_PAUSE = 0.5

_PART = """
    DELETE FROM {table} WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {table} WHERE {owner} = %s LIMIT %s))
"""
_REST = "DELETE FROM {table} WHERE {owner} = %s"
_LOOPS = """
    UPDATE {table} SET {column} = NULL WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {table} WHERE {owner} = %s AND {column} IS NOT NULL LIMIT %s))
"""
_COUNT = "SELECT count(*) FROM {table} WHERE {owner} = %s"
_JOBS = """
    DELETE FROM procrastinate_jobs WHERE status <> 'doing' AND strpos(args::text, %s) > 0
"""
_RUNNING = """
    SELECT 1 FROM procrastinate_jobs, unnest(%s::text[]) AS word
    WHERE status = 'doing' AND strpos(args::text, word) > 0 LIMIT 1
"""
_NAMED = "DELETE FROM {table} WHERE {column} = %s"
_SET_FREE = "UPDATE {table} SET {column} = NULL WHERE {column} = %s"


def count(organization_id: UUID) -> dict[str, int]:
    """Return how many rows each table has of an organization; tables without any are left out."""
    found = {}
    with acting(ACTOR, organization_id):
        for place in declared().places:
            if place.own or place.table == ORGANIZATIONS:
                with connection.cursor() as cursor:
                    cursor.execute(_statement(_COUNT, place), [organization_id])
                    if number := cursor.fetchone()[0]:
                        found[place.table] = int(number)
    return found


def delete_jobs(identifier: UUID) -> None:
    """Take the jobs that name an organization or an event out of the queue, whatever they are.

    One that runs stays until it has ended, because the worker has to finish it in the queue.
    """
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [str(identifier)])


def is_in_running_job(identifiers: Iterable[UUID]) -> bool:
    """Whether a job that runs now names one of these rows."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING, [[str(each) for each in identifiers]])
        return cursor.fetchone() is not None


def delete_rows(organization_id: UUID) -> None:
    """Delete every row of an organization, and the organization; harmless to repeat."""
    places = _emptied()
    for place in places:
        if not place.together:
            _delete_in_parts(organization_id, place)
    with acting(ACTOR, organization_id):
        delete_jobs(organization_id)
        for place in places * 2:  # a trigger notes in a table of its own what another one lost
            _execute(_REST, place, organization_id)
        organization = Place(ORGANIZATIONS, frozenset())
        _execute(_REST, organization, organization_id)


def delete_row(table: str, identifier: UUID) -> None:
    """Delete one row with whatever refers to it; call acting for its organization.

    An event goes with every row that names it, a guest and a contact with what depends on them.
    """
    if table == "events_event":
        delete_event(identifier)
        return
    column = {"guests_guest": "guest_id"}.get(table, "contact_id")
    with connection.cursor() as cursor:
        for place in _emptied():
            if place.table != table and column in _columns(place.table):
                text = _SET_FREE if place.table == "guests_guest" else _NAMED
                cursor.execute(_of(text, place.table, column), [identifier])
        for place in _emptied():
            for loop in place.loops if place.table == table else ():
                cursor.execute(_of(_SET_FREE, table, loop), [identifier])
        cursor.execute(_of(_NAMED, table, "id"), [identifier])


def delete_event(event_id: UUID) -> None:
    """Delete an event with every row that names it, in each table.

    Its jobs go too, and what the database notes of its list. Call acting for its organization.
    """
    with connection.cursor() as cursor:
        for place in _emptied():
            if "event_id" in _columns(place.table):
                for loop in place.loops:
                    free = sql.SQL("UPDATE {table} SET {loop} = NULL WHERE event_id = %s").format(
                        table=sql.Identifier(place.table), loop=sql.Identifier(loop)
                    )
                    cursor.execute(free, [event_id])
                cursor.execute(_of(_NAMED, place.table, "event_id"), [event_id])
        cursor.execute(_of(_NAMED, "events_event", "id"), [event_id])
        cursor.execute("DELETE FROM tenancy_deletion WHERE list_id = %s", [event_id])
    delete_jobs(event_id)


def _emptied() -> list[Place]:
    """Return the tables whose rows are deleted here; those that a trigger holds come last.

    What is not deletable goes with the rows that it depends on.
    """
    places = [place for place in declared().places if place.own and place.deletable]
    return sorted(places, key=lambda place: place.together)


def _of(text: str, table: str, column: str) -> sql.Composed:
    return sql.SQL(text).format(table=sql.Identifier(table), column=sql.Identifier(column))


def _columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


def delete_accounts(accounts: list[UUID]) -> int:
    """Delete those of these accounts that belong to no organization any more; return how many.

    Staff of the service stay. Their own sign-ins are in the log of the platform, which only grows.
    """
    gone = 0
    for account_id in accounts:
        with acting(ACTOR, person_id=account_id):
            if Membership.objects.filter(account_id=account_id).exists():
                continue
            if StaffMember.objects.filter(account_id=account_id).exists():
                continue
            gone += Account.objects.filter(pk=account_id).delete()[0] > 0
    return gone


def _delete_in_parts(organization_id: UUID, place: Place) -> None:
    for column in place.loops:
        if column != OWNER_COLUMN:
            _repeat(organization_id, place, _LOOPS, column)
    try:
        _repeat(organization_id, place, _PART)
    except IntegrityError:
        return  # something that goes later still refers to it: then in the last transaction


def _repeat(organization_id: UUID, place: Place, text: str, column: str = "") -> None:
    while True:
        begun = time.monotonic()
        with acting(ACTOR, organization_id), connection.cursor() as cursor:
            cursor.execute(_statement(text, place, column), [organization_id, PART])
            number = cursor.rowcount
        if number < PART:
            return
        time.sleep(min(time.monotonic() - begun, LONGEST_PAUSE))


def _execute(text: str, place: Place, organization_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_statement(text, place), [organization_id])


def _statement(text: str, place: Place, column: str = "") -> sql.Composed:
    owner = "id" if place.table == ORGANIZATIONS else OWNER_COLUMN
    return sql.SQL(text).format(
        table=sql.Identifier(place.table),
        owner=sql.Identifier(owner),
        column=sql.Identifier(column or owner),
    )
