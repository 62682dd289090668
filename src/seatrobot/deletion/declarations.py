"""What a deletion has to empty, from what the models and the live database declare.

A table is an organization's when it has a column `organization_id`, or refers to such a table; the
tables of the models and those that the database has besides count alike. Any other must stand in
`NOBODYS` or `KEPT`, with the reason, or it is *undeclared*: then no verification passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection

OWNER_COLUMN = "organization_id"
ORGANIZATIONS = "organizations_organization"
KEPT: Mapping[str, str] = {
    "journal_entry": "the access log only grows; sealed under keys that are destroyed",
    "journal_leaf": "hashes of the access log's entries",
    "journal_checkpoint": "signed sizes and roots of the access log",
    "heads_stream": "size and root of the access log, as published",
    "accounts_sign_in": "the log of sign-ins only grows; sealed under keys that are destroyed",
    "deletion_deletion": "the deletion itself",
    "promises_evidence": "signed evidence; a note of what was wrong may name a row",
}
"""Tables in which an identifier stays on purpose, and why. No fingerprint may stay in them."""
NOBODYS: Mapping[str, str] = {
    "accounts_account": "people; those who belong to no other organization go with theirs",
    "accounts_attempt": "keyed hashes of addresses, for hours",
    "accounts_authenticator": "goes with its account",
    "accounts_background_check": "staff of the service",
    "accounts_known_origin": "goes with its account",
    "accounts_passkey": "goes with its account",
    "accounts_recovery_code": "goes with its account",
    "accounts_refusal_count": "counts of refused attempts by network",
    "accounts_session": "goes with its account",
    "accounts_staff_link": "staff of the service",
    "accounts_staff_member": "staff of the service",
    "auth_group": "Django's own, empty",
    "auth_group_permissions": "Django's own, empty",
    "auth_permission": "Django's own",
    "deletion_alert": "deletions that are late, by their own identifiers",
    "devices_device": "laptops of staff",
    "devices_enrolment_token": "laptops of staff",
    "django_content_type": "Django's own",
    "django_migrations": "which migrations ran",
    "heads_head": "heads over all streams",
    "organizations_setup_link": "hashes of links, for a day",
    "personnel_edition": "policies and courses of the staff",
    "personnel_reminder": "staff of the service",
    "personnel_result": "staff of the service",
    "personnel_signature": "staff of the service",
    "practices_probe": "which organization is kept for examinations",
    "practices_sign_in_count": "counts of the web server",
    "procrastinate_events": "goes with its job",
    "procrastinate_jobs": "jobs; those of an organization are deleted by their arguments",
    "procrastinate_periodic_defers": "goes with its job",
    "procrastinate_workers": "which workers are alive",
    "promises_attestation": "evidence of promises",
    "promises_change": "evidence of promises",
    "promises_day": "evidence of promises",
    "promises_signing_key": "staff of the service",
    "providers_certificate": "providers of the service",
    "providers_provider": "providers of the service",
    "providers_warned": "providers of the service",
    "staff_condition_change": "a number",
    "subscribing_pending": "addresses of the public",
    "subscribing_subscriber": "addresses of the public",
    "subscribing_untold": "changes that are not announced yet",
}
"""Tables with no row of an organization, and what is in them."""

TABLES = """
    SELECT c.relname, a.attnum IS NOT NULL,
        has_table_privilege(c.oid, 'DELETE'),
        coalesce((SELECT array_agg(DISTINCT f.confrelid::regclass::text)
            FROM pg_constraint f WHERE f.conrelid = c.oid AND f.contype = 'f'), '{}'),
        EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgdeferrable
            AND NOT t.tgisinternal AND t.tgtype & 8 > 0),
        coalesce((SELECT array_agg(k.attname::text) FROM pg_constraint f
            JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (f.conkey)
            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid = c.oid
              AND NOT k.attnotnull), '{}')
    FROM pg_class c
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
        AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relnamespace = 'public'::regnamespace
    ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A table with rows of organizations.

    refers: the tables it refers to. own: whether it has the organization's identifier itself; the
    rows of another go with those that they refer to. deletable: whether the application may
    delete rows; others go with what they refer to. together: rows are deleted with those of other
    tables in one transaction alone, as a trigger demands. loops: columns that refer to the table
    itself and may be empty.
    """

    table: str
    refers: frozenset[str]
    own: bool = True
    deletable: bool = True
    together: bool = False
    loops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """places: tables to empty, those first that refer to others. undeclared: what nobody named."""

    places: list[Place] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        return [place.table for place in self.places]


def declared() -> Declared:
    """Return what the live database has, as the application sees it."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return sort(cursor.fetchall())


def declared_by(superuser: psycopg.Connection[Any]) -> Declared:
    """Return the same over another connection; nothing is `deletable` to its role's measure."""
    return sort(superuser.execute(TABLES.encode()).fetchall())


def sort(rows: Iterable[tuple[Any, ...]]) -> Declared:
    """Return the tables of `TABLES`, sorted by what they refer to."""
    known = {
        name: Place(
            name, frozenset(refers) - {name}, own, deletable, together, tuple(sorted(set(loops)))
        )
        for name, own, deletable, refers, together, loops in rows
    }
    named = KEPT.keys() | NOBODYS.keys()
    ours = {name for name, place in known.items() if place.own and name not in named}
    ours.add(ORGANIZATIONS)
    while more := {
        name
        for name, place in known.items()
        if name not in ours | named and place.refers & (ours - {name})
    }:
        ours |= more
    undeclared = sorted(known.keys() - ours - named)
    return Declared(_ordered({name: known[name] for name in ours if name in known}), undeclared)


def _ordered(places: Mapping[str, Place]) -> list[Place]:
    """Sort so that a table stands before every one it refers to; the organization's row is last."""
    left, found = dict(places), list[Place]()
    while left:
        referred = {name for place in left.values() for name in place.refers}
        free = sorted(name for name in left if name not in referred) or sorted(left)[:1]
        found += [left.pop(name) for name in free]
    return [place for place in found if place.table != ORGANIZATIONS] + [
        place for place in found if place.table == ORGANIZATIONS
    ]
