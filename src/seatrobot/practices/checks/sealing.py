"""Whether what is sealed opens with its organization's keys, and with nobody else's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM, first_id, new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.kernel.vault.fields import SealedField, sealed_fields

ORGANIZATIONS = 3
"""Of how many organizations each examination opens a sample, beside the platform."""
NEWEST, SOME = 2, 2
"""How many values of each column are opened: the newest, and some from a random place on."""
SAMPLE = """
    (SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {whose}
        ORDER BY {key} DESC LIMIT %(newest)s)
    UNION
    (SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {whose}
        AND {key} >= %(from)s ORDER BY {key} LIMIT %(some)s)
"""
KNOWN = "SELECT id FROM organizations_organization"
EPOCH = first_id(datetime(2026, 1, 1, tzinfo=UTC))
"""Nothing of ours is older; a random place lies between this and now."""


@dataclass(slots=True)
class Sample:
    """opened, unopened, elsewhere: values that do, that do not, and that open with others' keys.

    lost: organizations without keys that can be unwrapped.
    """

    opened: int = 0
    unopened: int = 0
    elsewhere: int = 0
    lost: int = 0
    notes: list[str] = field(default_factory=list)


def open_sample(examiner: psycopg.Connection[Any]) -> Sample:
    """Open a random sample of every sealed column, as the service; the journal says so."""
    known = [row[0] for row in examiner.execute(KNOWN)]
    sample = Sample()
    whole = [each for each in known if _has_keys(each, sample)]
    chosen = secrets.SystemRandom().sample(whole, min(ORGANIZATIONS, len(whole)))
    for organization_id in chosen:
        others = [each for each in whole if each != organization_id]
        stranger = secrets.choice(others) if others else PLATFORM
        _open(examiner, organization_id, stranger, sample)
    if whole:
        _open(examiner, PLATFORM, secrets.choice(whole), sample)
    return sample


def _has_keys(organization_id: UUID, sample: Sample) -> bool:
    if vault.key_store().has(organization_id):
        return True
    sample.lost += 1
    sample.notes.append(f"the organization {organization_id} has no keyring")
    return False


def _open(
    examiner: psycopg.Connection[Any], organization_id: UUID, stranger: UUID, sample: Sample
) -> None:
    """Open some values of one organization, or of the platform, in a unit of work."""
    is_platform = organization_id == PLATFORM
    with acting(ACTOR, None if is_platform else organization_id) as access:
        for each in sealed_fields():
            for key, sealed in _sample(examiner, each, organization_id):
                where = f"{each.model._meta.db_table}.{each.column}"
                try:
                    own, other = each.try_keys(key, organization_id, sealed, stranger)
                except VaultError as error:
                    own, other = False, False
                    sample.notes.append(f"keys of {organization_id}: {error}")
                sample.opened += own
                sample.unopened += not own
                sample.elsewhere += other
                if not own:
                    sample.notes.append(f"{where}: {key} does not open with its own keys")
                if other:
                    sample.notes.append(f"{where}: {key} opens with the keys of {stranger}")
        if access.opened:
            journal.record(Action.VAULT_CHECK, values=access.opened)


def rows(
    examiner: psycopg.Connection[Any],
    each: SealedField[Any],
    organization_id: UUID,
    statement: str,
    **values: object,
) -> Iterator[tuple[UUID, bytes]]:
    """Give keys and values of a sealed column that are one organization's, or the platform's.

    statement: with the names {key}, {column}, {table} and the condition {whose}; values: of its
    parameters.
    """
    meta = each.model._meta
    columns = {str(other.column) for other in meta.concrete_fields}
    own = "id" if meta.db_table == "organizations_organization" else "organization_id"
    if own == "id" or own in columns:
        whose = f"{own} IS NULL" if organization_id == PLATFORM else f"{own} = %(o)s"
    else:
        whose = "true" if organization_id == PLATFORM else "false"
    query = sql.SQL(statement).format(
        key=sql.Identifier(str(meta.pk.column)),
        column=sql.Identifier(str(each.column)),
        table=sql.Identifier(meta.db_table),
        whose=sql.SQL(whose),
    )
    for key, sealed in examiner.execute(query, {"o": organization_id, **values}):
        yield key, bytes(sealed)


def _sample(
    examiner: psycopg.Connection[Any], each: SealedField[Any], organization_id: UUID
) -> Iterator[tuple[UUID, bytes]]:
    start = UUID(int=EPOCH.int + secrets.randbelow(new_id().int - EPOCH.int))
    places = {"newest": NEWEST, "some": SOME, "from": start}
    return rows(examiner, each, organization_id, SAMPLE, **places)
