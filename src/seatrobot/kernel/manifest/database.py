"""The database as the migrations make it, compared whole with the live one in one statement.

Everything that a database defines counts: relations, columns, constraints, policies, triggers with
their state, functions with their bodies, rules, views, grants on tables and columns, roles,
memberships, settings of roles, extensions, publications and more (catalog.sql). On the embedded
server its settings, its authentication rules, its other databases and PostgreSQL's own functions
count too; a server of the operator's own has others by right, and of them only counts what gives
one of our roles something, and what is set for our database.

Not seen: passwords, contents of tables, and what a superuser with a changed server program shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import psycopg

NAMES = {
    "seatrobot_owner": "{owner}",
    "seatrobot_app": "{app}",
    "seatrobot_examiner": "{examiner}",
    "seatrobot_recorder": "{recorder}",
    "seatrobot": "{database}",
}
"""Names of roles and of the database, with what stands for them in a list."""
OF_THE_SERVER = {
    "database",
    "file setting",
    "hba",
    "ident",
    "language",
    "parameter acl",
    "prepared transactions",
    "setting",
    "slot",
    "subscription",
    "system",
    "tablespace",
}
"""Kinds that say something about the server around our database."""
OF_ROLES = {"default acl", "member", "role", "role setting"}
"""Kinds of which, on a server of the operator's own, only our roles and our database count."""
LENT = {
    ("member", "{examiner} in pg_read_all_settings"),
    ("system grant", "function pg_hba_file_rules()"),
    ("system grant", "function pg_ident_file_mappings()"),
    ("system grant", "function pg_show_all_file_settings()"),
    ("system grant", "relation pg_file_settings"),
    ("system grant", "relation pg_hba_file_rules"),
    ("system grant", "relation pg_ident_file_mappings"),
}
"""What only a superuser gives the examiner; on a server of the operator's own it may be missing."""
OURS = "{database}"
OUR_ROLES = tuple(name for name in NAMES.values() if name != OURS)
WITH_ROWS = (" in {app}", " in {examiner}", " in {recorder}")
"""Roles that nobody else may be; who made them administers them, which is another membership."""
LONGEST_BODY = 200

CATALOG, SERVER, BUILT = (
    files(__package__).joinpath(name) for name in ("catalog.sql", "server.sql", "database.jsonl")
)

Manifest = dict[tuple[str, str], list[str]]
"""By kind and name, what is said of each object of that name, sorted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """built, found: what is said of the object; empty where there is none."""

    kind: str
    name: str
    built: list[str]
    found: list[str]

    @property
    def sentence(self) -> str:
        what = f"{self.kind} {self.name}"
        if not self.built:
            return f"more than was built: {what} ({_short(self.found)})"
        if not self.found:
            return f"less than was built: {what}"
        built = [each for each in self.built if each not in self.found]
        found = [each for each in self.found if each not in self.built]
        return f"other than was built: {what} ({_short(found)}, not {_short(built)})"


def take(connection: psycopg.Connection[Any], *, is_embedded: bool) -> Manifest:
    """Return what a database defines, as one consistent view of it.

    The connection is in autocommit. Nothing is set for the session but the search path: what is set
    in a session hides what somebody else has set for it.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        return snapshot(connection, is_embedded=is_embedded)


def snapshot(connection: psycopg.Connection[Any], *, is_embedded: bool) -> Manifest:
    """Return what is defined as the transaction in progress sees it; see `take`."""
    rows = connection.execute(CATALOG.read_bytes(), {"names": json.dumps(NAMES)}).fetchall()
    if is_embedded:
        rows += connection.execute(SERVER.read_bytes()).fetchall()
    return _listed(rows)


def compare(known: Manifest, live: Manifest, *, is_embedded: bool) -> list[Difference]:
    """Return whatever a live database has more, less or other than was built."""
    return [
        Difference(*key, known.get(key, []), live.get(key, []))
        for key in sorted(known.keys() | live.keys())
        if known.get(key, []) != live.get(key, [])
        and (is_embedded or _counts(key, known.get(key, []), live.get(key, [])))
    ]


@cache
def built() -> Manifest:
    """Return what the migrations of this build make."""
    return _listed(
        msgspec.json.decode(line, type=tuple[str, str, str])
        for line in BUILT.read_bytes().splitlines()
    )


def lines(manifest: Manifest) -> bytes:
    """Return a list as it is committed: an object a line, in order."""
    return b"".join(
        msgspec.json.encode([*key, body]) + b"\n"
        for key, bodies in sorted(manifest.items())
        for body in bodies
    )


def _listed(rows: Iterable[tuple[str, str, str | None]]) -> Manifest:
    manifest: Manifest = {}
    for kind, name, body in rows:
        manifest.setdefault((kind, name), []).append(body or "")
    return {key: sorted(bodies) for key, bodies in manifest.items()}


def _counts(key: tuple[str, str], built: list[str], found: list[str]) -> bool:
    """Whether a difference counts on a server of the operator's own.

    Of the server around our database: what gives one of our roles something.
    """
    kind, name = key
    if key in LENT and not found:
        return False
    more = [each for each in found if each not in built]
    if kind == "member" and name.endswith(WITH_ROWS):
        return any("inherit true" in each or "set true" in each for each in more)
    if kind in OF_ROLES:
        return name.startswith(OUR_ROLES) or name.endswith(f" in {OURS}")
    if kind in OF_THE_SERVER:
        return name == OURS or any(role in each for each in more for role in OUR_ROLES)
    return True


def _short(bodies: list[str]) -> str:
    text = " | ".join(bodies)
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}…"
